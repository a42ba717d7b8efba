package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** (…, C, H r, W r) as (…, C r r, H, W): the reverse of {@link PixelShuffle}. */
public final class PixelUnshuffle extends Layer {
    private final long factor;

    /** Makes it for squares of factor x factor pixels. */
    public PixelUnshuffle(long factor) {
        if (factor < 1) {
            throw new IllegalArgumentException("PixelUnshuffle: the factor is " + factor + "; it must be at least 1");
        }
        this.factor = factor;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.pixelUnshuffle(factor);
    }
}
