package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** The p-norm of a - b + eps along the last axis. */
public final class PairwiseDistance extends PairLayer {
    private final double p;
    private final double eps;
    private final boolean keepAxis;

    /** Takes Euclidean distances. */
    public PairwiseDistance() {
        this(2, 1e-6, false);
    }

    /**
     * Takes distances of a norm.
     *
     * @param eps      what is added to the differences, so that equal vectors have a gradient
     * @param keepAxis whether the last axis stays, with size 1
     */
    public PairwiseDistance(double p, double eps, boolean keepAxis) {
        this.p = p;
        this.eps = eps;
        this.keepAxis = keepAxis;
    }

    /** Takes (…, D) and (…, D), which broadcast, to (…). */
    @Override
    protected Variable compute(Variable a, Variable b) {
        return a.pairwiseDistance(b, p, eps, keepAxis);
    }
}
