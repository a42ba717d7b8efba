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
public final class AdamW extends FusedAdam<AdamW> {
    private static final double WEIGHT_DECAY = 0.01;

    /** Makes an optimizer with PyTorch's weight decay of 0.01. */
    public AdamW(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, WEIGHT_DECAY)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public AdamW(List<ParamGroup> groups) {
        super(groups);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        step(group, value, grad, state, group.weightDecay());
    }
}
