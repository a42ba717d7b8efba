package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Steps as long as recent steps, for gradients as large as recent gradients (Zeiler, 2012), as torch.optim.Adadelta.
 *
 * <p>g = grad + weightDecay p; v = ρ v + (1 - ρ) g²; Δ = g √(u + eps) / √(v + eps); u = ρ u + (1 - ρ) Δ²; p = p - lr Δ.
 * PyTorch's learning rate is 1.
 */
public final class Adadelta extends GradientOptimizer<Adadelta> {
    private double rho = 0.9;
    private double eps = 1e-6;

    /** Makes an optimizer without weight decay. */
    public Adadelta(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Adadelta(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets how much of the running means of squares is kept in each step; 0.9 at first. */
    public Adadelta rho(double share) {
        rho = requireFraction("rho", share);
        return this;
    }

    /** Sets what is added to both mean squares; 1e-6 at first. */
    public Adadelta eps(double small) {
        eps = requireNotNegative("eps", small);
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("square_avg", 0);
        state.add("acc_delta", 0);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        Tensor v = state.get("square_avg").mul_(rho).addcmul_(g, g, 1 - rho);
        Tensor u = state.get("acc_delta");
        Tensor delta = u.add(eps).div_(v.add(eps)).sqrt_().mul_(g);
        u.mul_(rho).addcmul_(delta, delta, 1 - rho);
        value.sub_(delta.mul_(group.lr()));
    }
}
