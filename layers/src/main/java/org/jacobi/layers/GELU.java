package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x Φ(x), with the normal distribution's Φ (Hendrycks and Gimpel, 2016), or its approximation by tanh. */
public final class GELU extends Layer {
    private final boolean tanh;

    /** Makes the exact function. */
    public GELU() {
        this(false);
    }

    /** Makes the exact function, or the approximation by tanh that GPT-2 was trained with. */
    public GELU(boolean tanh) {
        this.tanh = tanh;
    }

    @Override
    protected Variable compute(Variable x) {
        return tanh ? x.geluTanh() : x.gelu();
    }
}
