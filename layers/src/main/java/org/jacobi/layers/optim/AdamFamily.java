package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/** What Adam and its relatives share: their settings, and the running means of the gradient and its square. */
abstract class AdamFamily<O extends AdamFamily<O>> extends GradientOptimizer<O> {
    private double beta1 = 0.9;
    private double beta2 = 0.999;
    private double eps = 1e-8;

    AdamFamily(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets how much of the running means of the gradient and its square is kept in each step; 0.9 and 0.999 at first. */
    public final O betas(double first, double second) {
        requireFraction("beta1", first);
        beta2 = requireFraction("beta2", second);
        beta1 = first;
        return self();
    }

    /** Sets what is added to the divisor; 1e-8 at first. */
    public final O eps(double small) {
        eps = requireNotNegative("eps", small);
        return self();
    }

    final double beta1() {
        return beta1;
    }

    final double beta2() {
        return beta2;
    }

    final double eps() {
        return eps;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("exp_avg", 0);
        state.add("exp_avg_sq", 0);
    }

    /** Updates both running means by a gradient; returns that of the gradient. */
    final Tensor follow(Tensor grad, ParamState state) {
        state.get("exp_avg_sq").mul_(beta2).addcmul_(grad, grad, 1 - beta2);
        return state.get("exp_avg").lerp_(grad, 1 - beta1);
    }

    /** Returns the share of a running mean that is not its start at zero. */
    static double correction(double beta, long step) {
        return 1 - StrictMath.pow(beta, step);
    }
}
