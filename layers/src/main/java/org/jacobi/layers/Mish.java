package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x tanh(softplus(x)) (Misra, 2019), element by element. */
public final class Mish extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.mish();
    }
}
