package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The absolute difference to a target of the same shape, as torch.nn.L1Loss.
 */
public final class L1Loss extends ReducedLoss<L1Loss> implements Loss {
    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.l1Loss(Variable.constant(target), reduction());
    }
}
