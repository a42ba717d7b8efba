package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The negative log likelihood of counts under Poisson distributions, as torch.nn.PoissonNLLLoss; predictions are the logarithms of
 * the means at first.
 */
public final class PoissonNLLLoss extends ReducedLoss<PoissonNLLLoss> implements Loss {
    private boolean logInput = true;
    private boolean full;
    private double eps = 1e-8;

    /** Sets whether predictions are logarithms of means, instead of means. */
    public PoissonNLLLoss logInput(boolean on) {
        logInput = on;
        return this;
    }

    /** Sets whether Stirling's approximation of log(target!) is added. */
    public PoissonNLLLoss full(boolean on) {
        full = on;
        return this;
    }

    /** Sets what is added to means before their logarithm is taken; 1e-8 at first. */
    public PoissonNLLLoss eps(double small) {
        eps = small;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.poissonNllLoss(Variable.constant(target), logInput, full, eps, reduction());
    }
}
