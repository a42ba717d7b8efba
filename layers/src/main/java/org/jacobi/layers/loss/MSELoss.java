package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The squared difference to a target of the same shape, as torch.nn.MSELoss.
 */
public final class MSELoss extends ReducedLoss<MSELoss> implements Loss {
    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.mse(Variable.constant(target), reduction());
    }
}
