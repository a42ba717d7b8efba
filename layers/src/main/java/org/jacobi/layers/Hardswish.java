package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x hardsigmoid(x) (Howard et al., 2019), element by element. */
public final class Hardswish extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.hardswish();
    }
}
