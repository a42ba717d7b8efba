/** Tensors in files. */
package org.jacobi.tensor.io;
