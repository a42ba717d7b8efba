package org.jacobi.tensor;

/** Checks that several families of ops share; their messages begin with the op's name. */
final class Checks {
    private Checks() {
    }

    /** Checks that an op meets floating-point numbers. */
    static void floating(String op, DType dtype) {
        if (!dtype.isFloating()) {
            throw new IllegalArgumentException(
                    op + ": needs a floating-point input, got " + dtype + "; convert with to(DType.F32)");
        }
    }

    /** Returns an operand, or says that it is null. */
    static <T> T required(String op, String what, T operand) {
        if (operand == null) {
            throw new IllegalArgumentException(op + ": " + what + " is null");
        }
        return operand;
    }

    /** Returns several operands, or says which one is null. */
    static <T> T[] allRequired(String op, String what, T[] operands) {
        required(op, "the array of " + what + "s", operands);
        for (int i = 0; i < operands.length; i++) {
            required(op, what + " " + i, operands[i]);
        }
        return operands;
    }

    /** Returns a number of things as the length of a Java array, or says that there are too many of them. */
    static int length(String op, long count, String what) {
        if (count < 0 || count > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    op + ": " + count + " " + what + " do not fit into a Java array; there can"
                            + " be 0 to " + (Integer.MAX_VALUE - 8));
        }
        return (int) count;
    }

    /** Returns a number to fill a tensor with, or says that its type does not reach so far; fractions are cut off. */
    static double inRange(String op, double value, DType type) {
        if (required(op, "the type", type).overflows(value)) {
            throw new IllegalArgumentException(op + ": the value " + value + " cannot be converted to " + type
                    + " without overflow; take a wider type");
        }
        return value;
    }

    /** Returns a sum of sizes, or says that it is too large. */
    static long sum(String op, long a, long b) {
        long sum = a + b;
        if (((a ^ sum) & (b ^ sum)) < 0) {
            throw new IllegalArgumentException(op + ": " + a + " + " + b + " elements along an axis are beyond 2^63");
        }
        return sum;
    }

    /** Returns a product of a count and a size, neither of which is negative, or says that it is too large. */
    static long product(String op, long count, long size) {
        if (size != 0 && count > Long.MAX_VALUE / size) {
            throw new IllegalArgumentException(op + ": " + count + " times " + size
                    + " elements along an axis are beyond 2^63");
        }
        return count * size;
    }

    /** Tells whether numbers of a type can be positions: a u8 tensor would be a mask in PyTorch. */
    static boolean isPosition(DType type) {
        return !type.isFloating() && type != DType.BOOL && type != DType.U8;
    }

    /** Checks that a tensor is a bool mask. */
    static void mask(String op, Tensor mask) {
        if (required(op, "the mask", mask).dtype() != DType.BOOL) {
            throw new IllegalArgumentException(op + ": the mask must be bool, got " + mask.dtype()
                    + "; compare first, as in x.gt(0), or convert with to(DType.BOOL)");
        }
    }
}
