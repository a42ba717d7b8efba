package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** The logarithm of softmax along an axis. */
public final class LogSoftmax extends Layer {
    private final int axis;

    /** Works along an axis; a negative one counts from the last. */
    public LogSoftmax(int axis) {
        this.axis = axis;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.logSoftmax(axis);
    }
}
