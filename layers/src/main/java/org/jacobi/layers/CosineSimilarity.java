package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** The cosine of the angle between vectors that lie along an axis of two inputs, whose other axes broadcast. */
public final class CosineSimilarity extends PairLayer {
    private final int axis;

    /** Takes vectors along axis 1. */
    public CosineSimilarity() {
        this(1);
    }

    /** Takes vectors along an axis; a negative one counts from the last. */
    public CosineSimilarity(int axis) {
        this.axis = axis;
    }

    @Override
    protected Variable compute(Variable a, Variable b) {
        return a.cosineSimilarity(b, axis);
    }
}
