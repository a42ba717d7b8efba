package org.jacobi.tensor;

/**
 * What is left of a tensor when repetitions are dropped.
 *
 * @param values  each different element, or slice, once
 * @param inverse i64: for every element, or slice, the position in values of what it equals
 * @param counts  i64: how often each of values occurs
 */
public record Unique(Tensor values, Tensor inverse, Tensor counts) {
}
