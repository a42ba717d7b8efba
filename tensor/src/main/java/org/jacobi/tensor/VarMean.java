package org.jacobi.tensor;

/**
 * A variance and the mean that it is taken about, alike in shape.
 *
 * @param <T> Tensor or Variable
 */
public record VarMean<T>(T var, T mean) {
}
