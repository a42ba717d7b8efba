package org.jacobi.layers.optim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Changes parameters by their gradients, one {@link #step} at a time.
 *
 * <p>Settings beside the learning rate start with PyTorch's defaults and are made by methods that can be
 * chained, before the first step:
 *
 * <pre>{@code
 * var optimizer = new SGD(model.parameters(), 0.1).momentum(0.9).nesterov(true).weightDecay(5e-4);
 * }</pre>
 */
public abstract class Optimizer {
    private final List<ParamGroup> groups;
    /** All parameters, group after group; their positions are their names in the state. */
    private final List<Param> params = new ArrayList<>();

    /** Makes an optimizer of groups that have no parameter in common. */
    protected Optimizer(List<ParamGroup> groups) {
        this.groups = List.copyOf(groups);
        Set<Param> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ParamGroup group : groups) {
            for (Param param : group.params()) {
                if (!seen.add(param)) {
                    throw new IllegalArgumentException(name() + ": a parameter of shape " + param.shape()
                            + " is given twice; each belongs into one group, once");
                }
                params.add(param);
            }
        }
        if (params.isEmpty()) {
            throw new IllegalArgumentException(name() + ": there are no parameters to optimize");
        }
    }

    /** Returns the optimizer's name, for messages. */
    final String name() {
        return getClass().getSimpleName();
    }

    static double requireNotNegative(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be finite and not negative");
        }
        return value;
    }

    static double requireFinite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be finite");
        }
        return value;
    }

    static double requireFraction(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least 0 and below 1");
        }
        return value;
    }

    /** Returns the groups, whose learning rates can be set one by one. */
    public final List<ParamGroup> groups() {
        return groups;
    }

    /** Sets the learning rate of all groups for the steps to come. */
    public final void setLearningRate(double lr) {
        groups.forEach(group -> group.setLr(lr));
    }

    /** Returns the parameters of all groups, one group after the other. */
    final List<Param> params() {
        return params;
    }

    /** Changes every parameter that has a gradient, in place. */
    public abstract void step();

    /**
     * Computes a loss with its gradients and takes a step, as torch.optim's step(closure) does.
     *
     * @param closure forgets the gradients, computes the loss, calls its backward, and returns it
     * @return the loss before the step
     */
    public double step(Supplier<Variable> closure) {
        try (var _ = TensorScope.open()) {
            double loss = closure.get().item();
            step();
            return loss;
        }
    }

    /** Forgets the gradients of all parameters. */
    public final void zeroGrad() {
        params.forEach(Param::zeroGrad);
    }

    /**
     * Returns what is remembered, by the parameter's position and its own name, as in {@code 3.exp_avg}: the live
     * tensors, and counts as i64 scalars. Learning rates and other settings are not part of it.
     */
    public abstract SequencedMap<String, Tensor> stateDict();

    /**
     * Replaces what is remembered by what {@link #stateDict} gave for the same parameters in the same order.
     *
     * @throws IllegalArgumentException naming the entries that are missing, unexpected or of another shape; then
     *                                  nothing was changed
     */
    public abstract void loadStateDict(Map<String, Tensor> saved);
}
