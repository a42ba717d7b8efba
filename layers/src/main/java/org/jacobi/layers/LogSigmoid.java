package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** log sigmoid(x), element by element. */
public final class LogSigmoid extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.logSigmoid();
    }
}
