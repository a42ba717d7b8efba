package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** A layer of two inputs. Hooks see the first one. */
public abstract class PairLayer extends Layer {
    /** Computes the output; subclasses write it, users call {@link #forward(Variable, Variable)}. */
    protected abstract Variable compute(Variable a, Variable b);

    /** Returns the output of this layer. */
    public final Variable forward(Variable a, Variable b) {
        return forwardAll(a, x -> new Variable[] {compute(x, b)})[0];
    }

    /** Returns the output of this layer for constants. */
    public final Variable forward(Tensor a, Tensor b) {
        return forward(Variable.constant(a), Variable.constant(b));
    }

    @Override
    protected final Variable compute(Variable x) {
        throw new IllegalStateException(getClass().getSimpleName() + ": needs two inputs; call forward(a, b)");
    }
}
