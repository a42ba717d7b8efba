package org.jacobi.layers.data;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * A change of an example, such as an augmentation, whose random choices all come from the generator it is given.
 *
 * <p>Transforms are called by several threads at once, so they keep no state. The result's tensors are new, or those of
 * the argument; the argument's numbers are not changed.
 *
 * @param <T> what is changed: an image or a signal ({@link Tensor}), an {@link Example}, a {@link Batch}
 */
@FunctionalInterface
public interface Transform<T> {
    /** Returns what becomes of the value. */
    T apply(T value, Generator generator);

    /** Returns this transform followed by another. */
    default Transform<T> then(Transform<T> next) {
        return (value, generator) -> next.apply(apply(value, generator), generator);
    }

    /** Returns the transform that does this one with probability p, and else nothing. */
    default Transform<T> withProbability(double p) {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("Transform: probability is " + p + ", expected 0 to 1");
        }
        return (value, generator) -> generator.nextDouble() < p ? apply(value, generator) : value;
    }

    /** Returns the transform of an example's input alone. */
    static Transform<Example> ofInput(Transform<Tensor> transform) {
        return (example, generator) -> new Example(transform.apply(example.input(), generator), example.target());
    }
}
