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
public final class AdamW extends AdamFamily {
    private static final double WEIGHT_DECAY = 0.01;

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
        this(groups, beta1, beta2, eps, false);
    }

    /** Makes an optimizer that divides by the largest v so far if amsgrad is asked for, as {@link Adam} describes. */
    public AdamW(List<ParamGroup> groups, double beta1, double beta2, double eps, boolean amsgrad) {
        super(groups, beta1, beta2, eps, amsgrad);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, Tensor[] moments, long step) {
        update(value, grad, moments, group.lr(), group.weightDecay(), step);
    }
}
