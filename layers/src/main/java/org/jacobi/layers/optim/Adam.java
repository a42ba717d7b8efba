package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Adam (Kingma and Ba, 2015), as torch.optim.Adam: weight decay is added to the gradient.
 *
 * <p>g = grad + weightDecay p; m = β₁ m + (1 - β₁) g and v = β₂ v + (1 - β₂) g² are its running means, corrected to
 * m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ); p = p - lr m̂ / (√v̂ + eps).
 */
public final class Adam extends FusedAdam<Adam> {
    /** Makes an optimizer without weight decay. */
    public Adam(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Adam(List<ParamGroup> groups) {
        super(groups);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        step(group, value, decayed(group, value, grad), state, 0);
    }
}
