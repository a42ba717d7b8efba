package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The negative log likelihood of targets under normal distributions of predicted means and variances, as torch.nn.GaussianNLLLoss.
 */
public final class GaussianNLLLoss extends ReducedLoss<GaussianNLLLoss> {
    private boolean full;
    private double eps = 1e-6;

    /** Sets whether the constant log(2 π) / 2 is added. */
    public GaussianNLLLoss full(boolean on) {
        full = on;
        return this;
    }

    /** Sets the least variance; 1e-6 at first. */
    public GaussianNLLLoss eps(double least) {
        eps = least;
        return this;
    }

    /** Returns the loss of means and variances, which broadcast to the means' shape. */
    public Variable of(Variable mean, Tensor target, Variable variance) {
        return mean.gaussianNllLoss(Variable.constant(target), variance, full, eps, reduction());
    }
}
