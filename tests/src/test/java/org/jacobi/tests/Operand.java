package org.jacobi.tests;

import java.util.SplittableRandom;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * One operand of a sample: its shape and which numbers it holds.
 *
 * @param dtype          null for the floating-point type that is being tested
 * @param differentiable whether a gradient is asked for
 * @param whole          whether the numbers are whole, so that ties occur
 * @param low            the smallest number
 * @param high           what all numbers lie below
 */
record Operand(DType dtype, boolean differentiable, boolean whole, double low, double high, long... shape) {

    /** What a kernel must get right beside ordinary numbers. */
    private static final double[] SPECIAL = {0, -0.0, 1, -1, 0.5, -2, 3, Double.NaN, Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE,
        -Float.MAX_VALUE,
        1e-10f, -1e-10f, 1e-4f, 0.49999997f, 2.5, -3.5, 9.3f, 16, 17.3f, 31.4159274f, 80, 88.7f, -87.3f, -88.8f,
        -103.9f,
        100, 1e6f, -1e6f, 8388609, 1e20f};

    /** Numbers from -2 to 2. */
    static Operand real(long... shape) {
        return within(-2, 2, shape);
    }

    /** Numbers from 0.5 to 2. */
    static Operand positive(long... shape) {
        return within(0.5, 2, shape);
    }

    static Operand within(double low, double high, long... shape) {
        return new Operand(null, true, false, low, high, shape);
    }

    /** The whole numbers from -2 to 2, in a floating-point type: equal ones meet. */
    static Operand ties(long... shape) {
        return new Operand(null, true, true, -2, 3, shape);
    }

    /** Numbers from -2 to 2 that need no gradient. */
    static Operand constant(long... shape) {
        return new Operand(null, false, false, -2, 2, shape);
    }

    static Operand bool(long... shape) {
        return new Operand(DType.BOOL, false, true, 0, 2, shape);
    }

    /** Whole numbers from low to high - 1. */
    static Operand integers(DType dtype, long low, long high, long... shape) {
        return new Operand(dtype, false, true, low, high, shape);
    }

    /** Numbers of positions on an axis of the given size. */
    static Operand index(long size, long... shape) {
        return integers(DType.I64, 0, size, shape);
    }

    /** Returns the type of this operand when the given floating-point type is tested. */
    DType type(DType real) {
        return dtype == null ? real : dtype;
    }

    /** Returns the numbers in row-major order, as they are in a contiguous layout; each is exact in f32. */
    double[] numbers(SplittableRandom random, boolean special) {
        int count = 1;
        for (long size : shape) {
            count = Math.multiplyExact(count, Math.toIntExact(size));
        }
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            double u = random.nextDouble();
            if (special && dtype == null) {
                numbers[i] = SPECIAL[(int) (u * SPECIAL.length)];
            } else {
                double x = low + u * (high - low);
                numbers[i] = whole ? Math.floor(x) : (float) x;
            }
        }
        return numbers;
    }

    /** Returns a new tensor of this operand's numbers. */
    Tensor make(DType real, Layout layout, SplittableRandom random, boolean special) {
        return make(Device.CPU, real, layout, random, special);
    }

    /** Returns a new tensor of this operand's numbers on a device. */
    Tensor make(Device device, DType real, Layout layout, SplittableRandom random, boolean special) {
        double[] numbers = numbers(random, special);
        long[] storedShape = layout.stored(shape);
        int length = 1;
        for (long size : storedShape) {
            length *= Math.toIntExact(size);
        }
        double[] stored = new double[length];
        for (int i = 0; i < numbers.length; i++) {
            stored[layout.position(i, shape)] = numbers[i];
        }
        return layout.view(Tensor.of(stored).reshape(storedShape).to(type(real)).to(device), shape);
    }
}
