package org.jacobi.tensor;

/**
 * Elements that an op has picked, and where along the axis they were: what PyTorch returns as named tuples of values and
 * indices.
 *
 * @param values  the elements: a Tensor, or a Variable through which gradients go to the elements picked
 * @param indices their positions along the axis, i64, in values' shape
 */
public record Located<T>(T values, Tensor indices) {
}
