package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x / (1 + |x|), element by element. */
public final class Softsign extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.softsign();
    }
}
