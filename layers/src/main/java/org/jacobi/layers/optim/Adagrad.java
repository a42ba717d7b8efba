package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Gradients divided by the root of the sum of their squares (Duchi, Hazan and Singer, 2011), as torch.optim.Adagrad.
 *
 * <p>g = grad + weightDecay p; s = s + g²; p = p - lr / (1 + (t - 1) lrDecay) g / (√s + eps). PyTorch's learning rate is 1e-2.
 */
public final class Adagrad extends GradientOptimizer<Adagrad> {
    private double lrDecay;
    private double initialAccumulatorValue;
    private double eps = 1e-10;

    /** Makes an optimizer without weight decay. */
    public Adagrad(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Adagrad(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets how fast the learning rate falls; 0 at first. */
    public Adagrad lrDecay(double decay) {
        lrDecay = requireNotNegative("lrDecay", decay);
        return this;
    }

    /** Sets what the sums of squares start with; 0 at first. */
    public Adagrad initialAccumulatorValue(double start) {
        initialAccumulatorValue = requireNotNegative("initialAccumulatorValue", start);
        return this;
    }

    /** Sets what is added to the divisor; 1e-10 at first. */
    public Adagrad eps(double small) {
        eps = requireNotNegative("eps", small);
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("sum", initialAccumulatorValue);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        Tensor sum = state.get("sum").addcmul_(g, g, 1);
        value.addcdiv_(g, sum.sqrt().add_(eps), -group.lr() / (1 + (state.step() - 1) * lrDecay));
    }
}
