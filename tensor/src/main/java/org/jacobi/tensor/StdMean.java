package org.jacobi.tensor;

/**
 * A standard deviation and the mean that it is taken about, alike in shape.
 *
 * @param <T> Tensor or Variable
 */
public record StdMean<T>(T std, T mean) {
}
