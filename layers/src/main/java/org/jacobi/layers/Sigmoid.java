package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** 1 / (1 + e^-x), element by element. */
public final class Sigmoid extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.sigmoid();
    }
}
