package org.jacobi.tensor.backend;

/** How the elements along reduced axes become one. */
public enum ReduceOp {
    /** The sum; 0 over no elements. */
    SUM,
    /** The sum of squares; 0 over no elements. */
    SUM_OF_SQUARES,
    /** The arithmetic mean; NaN over no elements. */
    MEAN,
    /** The product; 1 over no elements. */
    PROD,
    /** The largest element; NaN if any is NaN. */
    MAX,
    /** The smallest element; NaN if any is NaN. */
    MIN,
    /** Whether any element is not 0. */
    ANY,
    /** Whether no element is 0. */
    ALL,
    /** How many elements are not 0. */
    COUNT;

    /** Returns whether the result tells which elements are 0, whatever their type. */
    public boolean isLogical() {
        return this == ANY || this == ALL || this == COUNT;
    }
}
