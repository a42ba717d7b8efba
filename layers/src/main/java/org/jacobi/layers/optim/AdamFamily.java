package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.tensor.Tensor;

/** What {@link Adam} and {@link AdamW} share: the running means and their step; they differ in how parameters decay. */
abstract sealed class AdamFamily extends Optimizer permits Adam, AdamW {
    static final double BETA1 = 0.9;
    static final double BETA2 = 0.999;
    static final double EPS = 1e-8;

    private final double beta1;
    private final double beta2;
    private final double eps;

    AdamFamily(List<ParamGroup> groups, double beta1, double beta2, double eps, boolean amsgrad) {
        super(groups, amsgrad ? new String[] {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}
                : new String[] {"exp_avg", "exp_avg_sq"});
        this.beta1 = requireFraction("beta1", beta1);
        this.beta2 = requireFraction("beta2", beta2);
        this.eps = requireNotNegative("eps", eps);
    }

    /** Takes a step whose weight decay is decoupled from the gradient. */
    final void update(Tensor value, Tensor grad, Tensor[] moments, double lr, double weightDecay, long step) {
        String name = getClass().getSimpleName();
        Tensor m = moments[0].changing(name);
        Tensor v = moments[1].changing(name);
        Tensor vMax = moments.length == 2 ? null : moments[2].changing(name);
        value.changing(name);
        value.backend().adamW(value, grad, m, v, vMax, 1, lr, beta1, beta2, eps, weightDecay, step);
    }
}
