package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/** What {@link Adam} and {@link AdamW} share: amsgrad, and the kernel; they differ in how parameters decay. */
abstract sealed class FusedAdam<O extends FusedAdam<O>> extends AdamFamily<O> permits Adam, AdamW {
    private boolean amsgrad;

    FusedAdam(List<ParamGroup> groups) {
        super(groups);
    }

    /**
     * Sets whether the largest v so far takes the place of v (Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond",
     * 2018).
     */
    public final O amsgrad(boolean on) {
        amsgrad = on;
        return self();
    }

    @Override
    protected final void remember(ParamGroup group, Param param, ParamState state) {
        super.remember(group, param, state);
        if (amsgrad) {
            state.add("max_exp_avg_sq", 0);
        }
    }

    /** Takes a step whose weight decay is decoupled from the gradient. */
    final void step(Tensor value, Tensor grad, ParamState state, double lr, double weightDecay) {
        Tensor m = state.get("exp_avg").changing(name());
        Tensor v = state.get("exp_avg_sq").changing(name());
        Tensor vMax = amsgrad ? state.get("max_exp_avg_sq").changing(name()) : null;
        value.changing(name());
        value.backend().adamW(value, grad, m, v, vMax, 1, lr, beta1(), beta2(), eps(), weightDecay, state.step());
    }
}
