package org.jacobi.tensor;

/**
 * The smallest and the largest element, alike in shape.
 *
 * @param <T> Tensor or Variable
 */
public record MinMax<T>(T min, T max) {
}
