package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD.
 *
 * <p>g = grad + weightDecay p; buffer = momentum buffer + (1 - dampening) g, and g itself in the first step; p = p - lr buffer,
 * or p - lr (g + momentum buffer) with Nesterov's momentum (Sutskever et al., 2013). Without momentum, p = p - lr g.
 */
public final class SGD extends GradientOptimizer<SGD> {
    private static final String BUFFER = "momentum_buffer";

    private double momentum;
    private double dampening;
    private boolean nesterov;

    /** Makes an optimizer without momentum and weight decay. */
    public SGD(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public SGD(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets the momentum, not negative; 0 at first. A schedule may change it between steps, unless it was 0 in the first. */
    public SGD momentum(double factor) {
        check(requireNotNegative("momentum", factor), dampening, nesterov);
        momentum = factor;
        return this;
    }

    /** Sets the share of the gradient that does not enter the momentum's buffer; 0 at first. */
    public SGD dampening(double share) {
        requireFinite("dampening", share);
        check(momentum, share, nesterov);
        dampening = share;
        return this;
    }

    /** Sets whether to look ahead along the momentum, which must have been set before. */
    public SGD nesterov(boolean on) {
        check(momentum, dampening, on);
        nesterov = on;
        return this;
    }

    private static void check(double momentum, double dampening, boolean nesterov) {
        if (nesterov && (momentum == 0 || dampening != 0)) {
            throw new IllegalArgumentException(
                    "SGD: Nesterov's momentum needs a momentum above 0 and no dampening, got "
                            + momentum + " and " + dampening + "; set the momentum first");
        }
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        if (momentum != 0) {
            state.add(BUFFER, 0);
        }
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        if (momentum != 0) {
            Tensor buffer = state.get(BUFFER).mul_(momentum);
            buffer.add_(dampening == 0 || state.step() == 1 ? g : g.mul(1 - dampening));
            g = nesterov ? buffer.mul(momentum).add_(g) : buffer;
        }
        value.sub_(g.mul(group.lr()));
    }
}
