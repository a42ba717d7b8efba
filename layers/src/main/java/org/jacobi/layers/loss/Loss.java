package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** How far a prediction is from its target: what a training makes small. */
@FunctionalInterface
public interface Loss {
    /**
     * Returns the loss of a prediction.
     *
     * @param target what the prediction should be; the loss says in which form
     */
    Variable of(Variable prediction, Tensor target);
}
