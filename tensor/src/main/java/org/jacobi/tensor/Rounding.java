package org.jacobi.tensor;

import org.jacobi.tensor.backend.BinaryOp;

/** How a quotient becomes an integer. */
public enum Rounding {
    /** Towards 0, as in C and Java. */
    TRUNC,
    /** Down, as in Python. */
    FLOOR;

    BinaryOp op() {
        return this == FLOOR ? BinaryOp.FLOOR_DIVIDE : BinaryOp.TRUNC_DIVIDE;
    }
}
