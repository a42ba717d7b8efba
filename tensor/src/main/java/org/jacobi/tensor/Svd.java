package org.jacobi.tensor;

/**
 * A singular value decomposition, A = U diag(S) Vh: U has orthonormal columns, Vh orthonormal rows, S descends.
 *
 * @param <T> Tensor or Variable
 */
public record Svd<T>(T u, T s, T vh) {
}
