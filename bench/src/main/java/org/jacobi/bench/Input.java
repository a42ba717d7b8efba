package org.jacobi.bench;

import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * An operand that is made of random numbers.
 *
 * @param kind  which numbers
 * @param below the end (exclusive) of indices
 * @param sizes the shape
 */
record Input(Kind kind, long below, long... sizes) {

    private static final long SEED = 1;

    /** What numbers an operand is made of. */
    private enum Kind {
        /** Normally distributed, f32. */
        NORMAL,
        /** Uniform from 0.5 to 2, f32. */
        POSITIVE,
        /** Uniform whole numbers from 0, i64. */
        INDEX
    }

    static Input f32(long... sizes) {
        return new Input(Kind.NORMAL, 0, sizes);
    }

    static Input positive(long... sizes) {
        return new Input(Kind.POSITIVE, 0, sizes);
    }

    static Input indices(long below, long... sizes) {
        return new Input(Kind.INDEX, below, sizes);
    }

    /** Makes the operands: the same numbers in every JVM, for both sides. */
    static Tensor[] make(List<Input> inputs) {
        Generator generator = new Generator(SEED);
        return inputs.stream().map(input -> input.make(generator)).toArray(Tensor[]::new);
    }

    /** Returns how many bytes the numbers take. */
    double bytes() {
        return (double) Shape.of(sizes).numel() * (kind == Kind.INDEX ? DType.I64 : DType.F32).bytes();
    }

    private Tensor make(Generator generator) {
        return switch (kind) {
            case NORMAL -> Tensor.randn(generator, sizes);
            case POSITIVE -> Tensor.rand(generator, sizes).mul(1.5).add(0.5);
            case INDEX -> Tensor.rand(generator, sizes).mul(below).to(DType.I64);
        };
    }

    /** Returns the gradient from which a backward walk starts, for a result of the given shape. */
    static Tensor outputGradient(long... sizes) {
        return Tensor.randn(new Generator(SEED + 1), sizes);
    }
}
