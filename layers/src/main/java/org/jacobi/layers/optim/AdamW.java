package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as torch.optim.AdamW.
 *
 * <p>m = β₁ m + (1 - β₁) g and v = β₂ v + (1 - β₂) g² are running means of the gradient and its square, corrected to
 * m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) for their start at zero; p = p (1 - lr weightDecay) - lr m̂ / (√v̂ + eps).
 */
public final class AdamW extends Optimizer {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPS = 1e-8;
    private static final double WEIGHT_DECAY = 0.01;

    private final double beta1;
    private final double beta2;
    private final double eps;

    /** Makes an optimizer with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, weight decay 0.01. */
    public AdamW(List<Param> params, double lr) {
        this(params, lr, WEIGHT_DECAY);
    }

    /** Makes an optimizer with betas 0.9 and 0.999 and eps 1e-8. */
    public AdamW(List<Param> params, double lr, double weightDecay) {
        this(List.of(new ParamGroup(params, lr, weightDecay)), BETA1, BETA2, EPS);
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public AdamW(List<ParamGroup> groups, double beta1, double beta2, double eps) {
        super(groups, "exp_avg", "exp_avg_sq");
        this.beta1 = requireFraction("beta1", beta1);
        this.beta2 = requireFraction("beta2", beta2);
        this.eps = requireNotNegative("eps", eps);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, Tensor[] moments, long step) {
        Tensor m = moments[0].changing("AdamW");
        Tensor v = moments[1].changing("AdamW");
        value.changing("AdamW");
        value.backend().adamW(value, grad, m, v, 1, group.lr(), beta1, beta2, eps, group.weightDecay(), step);
    }
}
