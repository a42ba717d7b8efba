/** Transformer models. */
package org.jacobi.transformer;
