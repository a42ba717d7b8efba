package org.jacobi.tensor;

/**
 * A determinant as sign and logarithm: det = sign e^logabsdet, which neither overflows nor underflows.
 *
 * @param sign      1, -1, or 0 for a singular matrix
 * @param logabsdet minus infinity for a singular matrix
 * @param <T>       Tensor or Variable
 */
public record Slogdet<T>(T sign, T logabsdet) {
}
