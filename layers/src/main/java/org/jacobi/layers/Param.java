package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * A value that a layer learns: a leaf that requires a gradient and lives outside all scopes.
 *
 * <p>It stays as long as it is reachable, as do its gradient and what an optimizer remembers for it.
 */
public final class Param extends Variable {
    /** Makes a parameter of a floating-point tensor, which it takes out of its scope. */
    public Param(Tensor value) {
        super(value.contiguous().unscope(), true);
    }

    /**
     * Sets whether backward walks to come leave a gradient here, and returns this parameter. False freezes it: an optimizer
     * skips what has no gradient, so one that is already there should be forgotten with {@link #zeroGrad}.
     */
    public Param requiresGrad_(boolean on) {
        setRequiresGrad(on);
        return this;
    }
}
