package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Steps of one length in the direction of a mean gradient's signs (Chen et al., "Symbolic Discovery of Optimization Algorithms",
 * 2023). Not part of PyTorch.
 *
 * <p>p = p (1 - lr weightDecay) - lr sign(β₁ m + (1 - β₁) grad); m = β₂ m + (1 - β₂) grad. The authors use a learning rate of 1e-4.
 */
public final class Lion extends GradientOptimizer<Lion> {
    private double beta1 = 0.9;
    private double beta2 = 0.99;

    /** Makes an optimizer without weight decay. */
    public Lion(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Lion(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets the shares of the mean gradient in the step's direction, and in its own next value; 0.9 and 0.99 at first. */
    public Lion betas(double first, double second) {
        requireFraction("beta1", first);
        beta2 = requireFraction("beta2", second);
        beta1 = first;
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("exp_avg", 0);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        shrink(group, value);
        Tensor m = state.get("exp_avg");
        value.sub_(m.lerp(grad, 1 - beta1).sign().mul_(group.lr()));
        m.lerp_(grad, 1 - beta2);
    }
}
