package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** The first half of the last axis times relu of the second (Shazeer, 2020). */
public final class ReGLU extends Layer {
    @Override
    protected Variable compute(Variable x) {
        Variable[] halves = x.chunk(-1, 2);
        if (halves.length != 2 || halves[0].size(-1) != halves[1].size(-1)) {
            throw new IllegalArgumentException(
                    "ReGLU: the last axis of x of shape " + x.shape() + " cannot be halved; it must be even");
        }
        return halves[0].mul(halves[1].relu());
    }
}
