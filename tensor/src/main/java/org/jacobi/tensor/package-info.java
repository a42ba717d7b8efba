/** Tensors: n-dimensional arrays outside the Java heap, with PyTorch's names and meanings, and who frees their memory. */
package org.jacobi.tensor;
