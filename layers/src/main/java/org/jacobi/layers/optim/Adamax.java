package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Adam with the largest gradient in place of the mean square (Kingma and Ba, 2015, section 7), as torch.optim.Adamax.
 *
 * <p>g = grad + weightDecay p; m = β₁ m + (1 - β₁) g; u = max(β₂ u, |g| + eps); p = p - lr m / ((1 - β₁ᵗ) u). PyTorch's
 * learning rate is 2e-3.
 */
public final class Adamax extends AdamFamily<Adamax> {

    /** Makes an optimizer without weight decay. */
    public Adamax(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Adamax(List<ParamGroup> groups) {
        super(groups);
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("exp_avg", 0);
        state.add("exp_inf", 0);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        Tensor m = state.get("exp_avg").lerp_(g, 1 - beta1());
        Tensor u = state.get("exp_inf");
        u.copy_(u.mul(beta2()).maximum(g.abs().add_(eps())));
        value.addcdiv_(m, u, -group.lr() / correction(beta1(), state.step()));
    }
}
