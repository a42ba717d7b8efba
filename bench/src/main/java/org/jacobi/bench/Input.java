package org.jacobi.bench;

import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * An operand that is made of random numbers.
 *
 * @param below 0 for normally distributed f32 numbers, else the end (exclusive) of uniform i64 numbers from 0
 * @param sizes the shape
 */
record Input(long below, long... sizes) {
    private static final long SEED = 1;

    static Input f32(long... sizes) {
        return new Input(0, sizes);
    }

    static Input indices(long below, long... sizes) {
        return new Input(below, sizes);
    }

    /** Makes the operands: the same numbers in every JVM, for both sides. */
    static Tensor[] make(List<Input> inputs) {
        Generator generator = new Generator(SEED);
        return inputs.stream().map(input -> input.make(generator)).toArray(Tensor[]::new);
    }

    private Tensor make(Generator generator) {
        return below == 0
                ? Tensor.randn(generator, sizes)
                : Tensor.rand(generator, sizes).mul(below).to(DType.I64);
    }

    /** Returns the gradient from which a backward walk starts, for a result of the given shape. */
    static Tensor outputGradient(long... sizes) {
        return Tensor.randn(new Generator(SEED + 1), sizes);
    }
}
