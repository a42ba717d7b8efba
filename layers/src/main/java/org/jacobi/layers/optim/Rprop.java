package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Steps by the signs of gradients alone (Riedmiller and Braun, 1993), as torch.optim.Rprop; for gradients of whole data sets.
 *
 * <p>Each number has a step of its own, lr at first, times the second eta while its gradient keeps its sign, and times the first
 * when that turns; the number then stays where it is once. PyTorch's learning rate is 1e-2. Weights do not decay in PyTorch; here
 * their decay would be added to the gradient.
 */
public final class Rprop extends GradientOptimizer<Rprop> {
    private double etaMinus = 0.5;
    private double etaPlus = 1.2;
    private double smallest = 1e-6;
    private double largest = 50;

    /** Makes an optimizer without weight decay. */
    public Rprop(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Rprop(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets the factors of a step whose gradient has turned, and of one whose gradient has not; 0.5 and 1.2 at first. */
    public Rprop etas(double minus, double plus) {
        if (!(0 < minus && minus < 1 && 1 < plus)) {
            throw new IllegalArgumentException("etas are " + minus + " and " + plus
                    + "; the first must lie between 0 and 1, the second above 1");
        }
        etaMinus = minus;
        etaPlus = plus;
        return this;
    }

    /** Sets the smallest and the largest step; 1e-6 and 50 at first. */
    public Rprop stepSizes(double min, double max) {
        smallest = requireNotNegative("the smallest step", min);
        largest = requireNotNegative("the largest step", max);
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("prev", 0);
        state.add("step_size", group.lr());
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor g = decayed(group, value, grad);
        Tensor prev = state.get("prev");
        Tensor agreement = g.mul(prev);
        Tensor turned = agreement.lt(0);
        Tensor size = state.get("step_size");
        Tensor factor = Tensor.onesLike(value).maskedFill_(turned, etaMinus)
                .maskedFill_(agreement.gt(0), etaPlus);
        size.mul_(factor).clamp_(smallest, largest);
        prev.copy_(g).maskedFill_(turned, 0);
        value.sub_(prev.sign().mul_(size));
    }
}
