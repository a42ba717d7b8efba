package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** The hyperbolic tangent, element by element. */
public final class Tanh extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.tanh();
    }
}
