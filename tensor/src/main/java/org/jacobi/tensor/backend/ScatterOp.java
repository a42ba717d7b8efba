package org.jacobi.tensor.backend;

/** What becomes of an element when another one is written to its place. */
public enum ScatterOp {
    /** It is replaced; of several, the last one stays. */
    REPLACE(null),
    /** The other one is added to it. */
    ADD(BinaryOp.ADD),
    /** It is multiplied with the other one. */
    MULTIPLY(BinaryOp.MUL),
    /** The larger one stays, NaN if either is NaN. */
    MAXIMUM(BinaryOp.MAXIMUM),
    /** The smaller one stays, NaN if either is NaN. */
    MINIMUM(BinaryOp.MINIMUM);

    private final BinaryOp function;

    ScatterOp(BinaryOp function) {
        this.function = function;
    }

    /** Returns the function that makes one element of both; null for {@link #REPLACE}. */
    public BinaryOp function() {
        return function;
    }
}
