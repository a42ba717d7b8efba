package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Adam (Kingma and Ba, 2015), as torch.optim.Adam: weight decay is added to the gradient.
 *
 * <p>g = grad + weightDecay p; m = β₁ m + (1 - β₁) g and v = β₂ v + (1 - β₂) g² are its running means, corrected to
 * m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ); p = p - lr m̂ / (√v̂ + eps). With amsgrad (Reddi, Kale and Kumar, "On the
 * Convergence of Adam and Beyond", 2018) the largest v so far takes the place of v in v̂.
 */
public final class Adam extends AdamFamily {
    /** Makes an optimizer with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, no weight decay. */
    public Adam(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)), BETA1, BETA2, EPS, false);
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Adam(List<ParamGroup> groups, double beta1, double beta2, double eps, boolean amsgrad) {
        super(groups, beta1, beta2, eps, amsgrad);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, Tensor[] moments, long step) {
        Tensor g = group.weightDecay() == 0 ? grad : grad.add(value.mul(group.weightDecay()));
        update(value, g, moments, group.lr(), 0, step);
    }
}
