package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Adam that trusts its mean square only once it has seen enough gradients (Liu et al., "On the Variance of the Adaptive Learning
 * Rate and Beyond", 2020), as torch.optim.RAdam.
 *
 * <p>g, m and v are as in {@link Adam}; r∞ = 2 / (1 - β₂) - 1 and r = r∞ - 2 t β₂ᵗ / (1 - β₂ᵗ). If r > 5,
 * p = p - lr m̂ √((r - 4) (r - 2) r∞ / ((r∞ - 4) (r∞ - 2) r)) √(1 - β₂ᵗ) / (√v + eps), else p = p - lr m̂.
 */
public final class RAdam extends AdamFamily<RAdam> {
    private boolean decoupledWeightDecay;

    /** Makes an optimizer without weight decay. */
    public RAdam(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public RAdam(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets whether weights decay as in {@link AdamW}, apart from the gradient, instead of through it. */
    public RAdam decoupledWeightDecay(boolean on) {
        decoupledWeightDecay = on;
        return this;
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = grad;
        if (decoupledWeightDecay) {
            shrink(group, value);
        } else {
            g = decayed(group, value, grad);
        }
        long t = state.step();
        Tensor m = follow(g, state);
        double lr = group.lr() / correction(beta1(), t);
        double c = correction(beta2(), t);
        double most = 2 / (1 - beta2()) - 1;
        double length = most - 2 * t * (1 - c) / c;
        if (length > 5) {
            double share = Math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
            value.addcdiv_(m, state.get("exp_avg_sq").sqrt().add_(eps()), -lr * share * Math.sqrt(c));
        } else {
            value.sub_(m.mul(lr));
        }
    }
}
