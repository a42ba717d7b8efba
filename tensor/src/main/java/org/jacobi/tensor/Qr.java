package org.jacobi.tensor;

/**
 * A QR decomposition, A = Q R: Q has orthonormal columns, R is upper triangular.
 *
 * @param <T> Tensor or Variable
 */
public record Qr<T>(T q, T r) {
}
