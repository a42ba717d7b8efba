package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x - tanh(x), element by element. */
public final class Tanhshrink extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.tanhshrink();
    }
}
