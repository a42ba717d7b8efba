package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Stochastic gradient descent that also averages the parameters it has seen (Polyak and Juditsky, 1992), as torch.optim.ASGD.
 *
 * <p>g = grad + weightDecay p; p = p (1 - lambd η) - η g; η = lr / (1 + lambd lr t)^alpha for the next step. The average, which
 * {@link #stateDict} shows as ax, moves by 1 / max(1, t - t0) of the way to p. PyTorch's learning rate is 1e-2.
 */
public final class ASGD extends GradientOptimizer<ASGD> {
    private double lambd = 1e-4;
    private double alpha = 0.75;
    private double t0 = 1e6;

    /** Makes an optimizer without weight decay. */
    public ASGD(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public ASGD(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets the decay of parameters; 1e-4 at first. */
    public ASGD lambd(double decay) {
        lambd = requireNotNegative("lambd", decay);
        return this;
    }

    /** Sets the power with which the rate falls; 0.75 at first. */
    public ASGD alpha(double power) {
        alpha = requireFinite("alpha", power);
        return this;
    }

    /** Sets the step at which averaging begins; 1e6 at first. */
    public ASGD t0(double step) {
        t0 = requireFinite("t0", step);
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("eta", group.lr(), new long[0]);
        state.add("mu", 1, new long[0]);
        state.add("ax", 0);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        double eta = state.get("eta").item();
        double mu = state.get("mu").item();
        value.mul_(1 - lambd * eta).sub_(g.mul(eta));
        if (mu == 1) {
            state.get("ax").copy_(value);
        } else {
            state.get("ax").lerp_(value, mu);
        }
        state.get("eta").fill_(group.lr() / StrictMath.pow(1 + lambd * group.lr() * state.step(), alpha));
        state.get("mu").fill_(1 / Math.max(1, state.step() - t0));
    }
}
