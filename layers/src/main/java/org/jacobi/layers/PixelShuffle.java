package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** (…, C r r, H, W) as (…, C, H r, W r), where r r channels become a square of pixels (Shi et al., 2016). */
public final class PixelShuffle extends Layer {
    private final long factor;

    /** Makes it for squares of factor x factor pixels. */
    public PixelShuffle(long factor) {
        if (factor < 1) {
            throw new IllegalArgumentException("PixelShuffle: the factor is " + factor + "; it must be at least 1");
        }
        this.factor = factor;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.pixelShuffle(factor);
    }
}
