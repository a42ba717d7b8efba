package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Gradients divided by the root of their mean square (Hinton, lecture 6 of "Neural Networks for Machine Learning", 2012), as
 * torch.optim.RMSprop.
 *
 * <p>g = grad + weightDecay p; v = α v + (1 - α) g²; d = √v + eps, or √(v - a²) + eps with a = α a + (1 - α) g if it is centered;
 * p = p - lr g / d, or with momentum buffer = momentum buffer + g / d and p = p - lr buffer. PyTorch's learning rate is 1e-2.
 */
public final class RMSprop extends GradientOptimizer<RMSprop> {
    private double alpha = 0.99;
    private double eps = 1e-8;
    private double momentum;
    private boolean centered;

    /** Makes an optimizer without weight decay. */
    public RMSprop(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public RMSprop(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets how much of the running mean of squares is kept in each step; 0.99 at first. */
    public RMSprop alpha(double share) {
        alpha = requireNotNegative("alpha", share);
        return this;
    }

    /** Sets what is added to the divisor; 1e-8 at first. */
    public RMSprop eps(double small) {
        eps = requireNotNegative("eps", small);
        return this;
    }

    /** Sets the momentum, not negative; 0 at first. */
    public RMSprop momentum(double factor) {
        momentum = requireNotNegative("momentum", factor);
        return this;
    }

    /** Sets whether the gradient's variance takes the place of its mean square. */
    public RMSprop centered(boolean on) {
        centered = on;
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("square_avg", 0);
        if (momentum != 0) {
            state.add("momentum_buffer", 0);
        }
        if (centered) {
            state.add("grad_avg", 0);
        }
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        Tensor v = state.get("square_avg").mul_(alpha).addcmul_(g, g, 1 - alpha);
        Tensor divisor;
        if (centered) {
            Tensor mean = state.get("grad_avg").lerp_(g, 1 - alpha);
            divisor = v.addcmul(mean, mean, -1).sqrt_().add_(eps);
        } else {
            divisor = v.sqrt().add_(eps);
        }
        if (momentum == 0) {
            value.addcdiv_(g, divisor, -group.lr());
        } else {
            value.sub_(state.get("momentum_buffer").mul_(momentum).addcdiv_(g, divisor, 1).mul(group.lr()));
        }
    }
}
