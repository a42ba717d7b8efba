package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** min(max(x, 0), 6), element by element. */
public final class ReLU6 extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.relu6();
    }
}
