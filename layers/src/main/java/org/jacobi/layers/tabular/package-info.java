/** Tables: reading them from CSV files, cleaning them, and making tensors of them. */
package org.jacobi.layers.tabular;
