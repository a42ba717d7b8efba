package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Adam with Nesterov's momentum (Dozat, "Incorporating Nesterov Momentum into Adam", 2016), as torch.optim.NAdam.
 *
 * <p>With μₜ = β₁ (1 - 0.96^(t momentumDecay) / 2), g, m and v as in {@link Adam} and M the product of all μ so far:
 * p = p - lr ((1 - μₜ) g / (1 - M) + μₜ₊₁ m / (1 - M μₜ₊₁)) / (√(v / (1 - β₂ᵗ)) + eps). PyTorch's learning rate is 2e-3.
 */
public final class NAdam extends AdamFamily<NAdam> {
    private double momentumDecay = 4e-3;
    private boolean decoupledWeightDecay;

    /** Makes an optimizer without weight decay. */
    public NAdam(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public NAdam(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets how fast the momentum comes near beta1; 4e-3 at first. */
    public NAdam momentumDecay(double decay) {
        momentumDecay = requireNotNegative("momentumDecay", decay);
        return this;
    }

    /** Sets whether weights decay as in {@link AdamW}, apart from the gradient, instead of through it. */
    public NAdam decoupledWeightDecay(boolean on) {
        decoupledWeightDecay = on;
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("mu_product", 1, new long[0]);
        super.remember(group, param, state);
    }

    private double mu(long step) {
        return beta1() * (1 - 0.5 * StrictMath.pow(0.96, step * momentumDecay));
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = grad;
        if (decoupledWeightDecay) {
            shrink(group, value);
        } else {
            g = decayed(group, value, grad);
        }
        double mu = mu(state.step());
        double next = mu(state.step() + 1);
        double product = state.get("mu_product").mul_(mu).item();
        Tensor m = follow(g, state);
        Tensor divisor = state.get("exp_avg_sq").div(correction(beta2(), state.step())).sqrt_().add_(eps());
        value.addcdiv_(g, divisor, -group.lr() * (1 - mu) / (1 - product));
        value.addcdiv_(m, divisor, -group.lr() * next / (1 - product * next));
    }
}
