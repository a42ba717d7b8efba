package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x sigmoid(x) (Elfwing, Uchibe and Doya, 2017), element by element. */
public final class SiLU extends Layer {
    @Override
    protected Variable compute(Variable x) {
        return x.silu();
    }
}
