package org.jacobi.tensor.backend;

/** The elementwise functions of three operands, each with its definition in double precision. */
public enum TernaryOp {
    /** min(max(a, b), c): a limited to the range from b to c; NaN if any is NaN. */
    CLAMP((a, b, c) -> Math.min(Math.max(a, b), c)),
    /** a + c (b - a), from whichever end is nearer, so that c = 1 gives b. */
    LERP((a, b, c) -> Math.abs(c) < 0.5 ? a + c * (b - a) : b - (b - a) * (1 - c)),
    /** a + b c. */
    ADDCMUL((a, b, c) -> a + b * c),
    /** a + b / c. */
    ADDCDIV((a, b, c) -> a + b / c);

    @FunctionalInterface
    private interface Definition {
        double apply(double a, double b, double c);
    }

    private final Definition definition;

    TernaryOp(Definition definition) {
        this.definition = definition;
    }

    /** Returns the function's value. */
    public double apply(double a, double b, double c) {
        return definition.apply(a, b, c);
    }

    /** Returns the function's value on integers, exact where a double would round. */
    public long apply(long a, long b, long c) {
        return switch (this) {
            case CLAMP -> Math.min(Math.max(a, b), c);
            case ADDCMUL -> a + b * c;
            default -> throw new IllegalArgumentException(
                    this + ": is not defined for integers; convert with to(DType.F32)");
        };
    }

    /** Returns whether the function maps integers to integers; the others compute integers in f32. */
    public boolean keepsIntegers() {
        return this == CLAMP || this == ADDCMUL;
    }
}
