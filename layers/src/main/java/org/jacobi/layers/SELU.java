package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** scale (x where it is positive, else alpha (e^x - 1)), whose two numbers keep mean 0 and variance 1 (Klambauer et al., 2017), element by element. */
public final class SELU extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.selu();
    }
}
