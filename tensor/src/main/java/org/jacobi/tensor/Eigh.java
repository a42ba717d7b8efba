package org.jacobi.tensor;

/**
 * The eigenvalues of a symmetric matrix, ascending, and its eigenvectors, the columns of an orthogonal matrix.
 *
 * @param <T> Tensor or Variable
 */
public record Eigh<T>(T eigenvalues, T eigenvectors) {
}
