package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD (without dampening).
 *
 * <p>g = grad + weightDecay p; buffer = momentum buffer + g; p = p - lr buffer, or p - lr (g + momentum buffer) with
 * Nesterov's momentum (Sutskever et al., 2013). Without momentum, p = p - lr g.
 */
public final class SGD extends Optimizer {
    private final double momentum;
    private final boolean nesterov;

    /** Makes an optimizer without momentum and weight decay. */
    public SGD(List<Param> params, double lr) {
        this(params, lr, 0, 0);
    }

    /** Makes an optimizer with momentum and weight decay; 0 for none. */
    public SGD(List<Param> params, double lr, double momentum, double weightDecay) {
        this(List.of(new ParamGroup(params, lr, weightDecay)), momentum, false);
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public SGD(List<ParamGroup> groups, double momentum, boolean nesterov) {
        super(groups, requireNotNegative("momentum", momentum) == 0 ? new String[0] : new String[] {"momentum_buffer"});
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("SGD: Nesterov's momentum needs a momentum above 0");
        }
        this.momentum = momentum;
        this.nesterov = nesterov;
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, Tensor[] moments, long step) {
        Tensor g = group.weightDecay() == 0 ? grad : grad.add(value.mul(group.weightDecay()));
        if (momentum != 0) {
            Tensor buffer = moments[0].mul_(momentum).add_(g);
            g = nesterov ? g.add(buffer.mul(momentum)) : buffer;
        }
        value.sub_(g.mul(group.lr()));
    }
}
