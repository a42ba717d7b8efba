package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** max(x, 0), element by element. */
public final class ReLU extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.relu();
    }
}
