package org.jacobi.layers.optim;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

import org.jacobi.layers.Param;
import org.jacobi.layers.StateDict;
import org.jacobi.tensor.Capture;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.profile.Profiler;

/**
 * An optimizer that changes each parameter by its own gradient, and by what it remembers of earlier ones.
 *
 * <p>What it remembers (a step count and a few tensors) starts with the parameter's first gradient and lives as long as the
 * optimizer. Parameters of 16 bits are changed by way of copies in f32, which are part of that.
 *
 * @param <O> the class itself, which methods that make settings return
 */
public abstract class GradientOptimizer<O extends GradientOptimizer<O>> extends Optimizer {
    private static final String STEP = "step";

    private final Map<Param, ParamState> states = new IdentityHashMap<>();
    private boolean maximize;

    /** Makes an optimizer of groups that have no parameter in common. */
    protected GradientOptimizer(List<ParamGroup> groups) {
        super(groups);
    }

    /** Returns this. */
    @SuppressWarnings("unchecked")
    protected final O self() {
        return (O) this; // O is the class itself
    }

    /** Sets the weight decay of all groups, not negative, 0 for none; the class says what it means. */
    public final O weightDecay(double decay) {
        groups().forEach(group -> group.setWeightDecay(decay));
        return self();
    }

    /** Sets whether to climb along the gradient instead of going down, so that what is differentiated grows. */
    public final O maximize(boolean on) {
        maximize = on;
        return self();
    }

    @Override
    public final void step() {
        Capture capture = Capture.current();
        if (capture != null && !isCapturable()) {
            throw new IllegalStateException(
                    name() + ": a captured step would go on with the same learning rate and count for ever;"
                            + " take the step after the replay, or an Adam or AdamW, whose steps can be captured");
        }
        try (var scope = TensorScope.open(); var _ = Profiler.region("optimizer step")) {
            for (ParamGroup group : groups()) {
                for (Param param : group.params()) {
                    if (param.grad() != null) {
                        ParamState state = states.computeIfAbsent(param, _ -> newState(group, param));
                        count(state, capture);
                        Tensor grad = param.grad().value().contiguous();
                        update(group, param, maximize ? grad.neg() : grad, state);
                        scope.clear();
                    }
                }
            }
            finish();
        }
    }

    /** Counts a step; one that is recorded is counted when it is replayed. */
    private static void count(ParamState state, Capture capture) {
        if (capture == null) {
            state.steps++;
        } else {
            capture.beforeReplay(() -> state.steps++);
        }
    }

    /** Whether {@link #update} has kernels read what changes from step to step from {@link Capture#numbers}. */
    boolean isCapturable() {
        return false;
    }

    private void update(ParamGroup group, Param param, Tensor grad, ParamState state) {
        Tensor master = state.master();
        if (master == null) {
            update(group, param.value(), grad, state);
        } else {
            updateRounded(group, param.value(), master, grad, state);
            state.rounded();
        }
    }

    /** Changes the master of a parameter of 16 bits, and rounds it into the parameter. */
    void updateRounded(ParamGroup group, Tensor value, Tensor master, Tensor grad, ParamState state) {
        update(group, master, grad.to(master.dtype()), state);
        value.copy_(master);
    }

    /** Ends a step; what {@link #update} has left to be done for several parameters at once is done here. */
    protected void finish() {
        // most optimizers leave nothing
    }

    /** Begins to remember something of a parameter, whose first gradient has come: names and first values. */
    protected abstract void remember(ParamGroup group, Param param, ParamState state);

    /**
     * Changes one parameter in place.
     *
     * @param group the parameter's group
     * @param value its numbers; of a parameter of 16 bits a copy in f32, from which it is rounded afterwards
     * @param grad  its gradient in that type, not to be changed
     * @param state what is remembered of it, to be changed in place
     */
    protected abstract void update(ParamGroup group, Tensor value, Tensor grad, ParamState state);

    private ParamState newState(ParamGroup group, Param param) {
        ParamState state = new ParamState(name(), param);
        remember(group, param, state);
        return state;
    }

    /** Returns grad + weightDecay value, the gradient of the loss with half the squared length of the parameters added. */
    protected static Tensor decayed(ParamGroup group, Tensor value, Tensor grad) {
        return group.weightDecay() == 0 ? grad : value.mul(group.weightDecay()).add_(grad);
    }

    /** Shrinks value by lr weightDecay, apart from the gradient (Loshchilov and Hutter, 2019). */
    protected static void shrink(ParamGroup group, Tensor value) {
        if (group.weightDecay() != 0) {
            value.mul_(1 - group.lr() * group.weightDecay());
        }
    }

    @Override
    public final SequencedMap<String, Tensor> stateDict() {
        SequencedMap<String, Tensor> all = new LinkedHashMap<>();
        for (int i = 0; i < params().size(); i++) {
            ParamState state = states.get(params().get(i));
            if (state != null) {
                all.put(i + "." + STEP, Tensor.scalar(state.steps, DType.I64));
                put(all, i, state);
            }
        }
        return all;
    }

    private static void put(Map<String, Tensor> all, int position, ParamState state) {
        state.tensors().forEach((name, tensor) -> all.put(position + "." + name, tensor));
    }

    @Override
    public final void loadStateDict(Map<String, Tensor> saved) {
        Map<Param, ParamState> loaded = new IdentityHashMap<>();
        Map<ParamState, Tensor> counts = new IdentityHashMap<>();
        try (var _ = TensorScope.open()) {
            SequencedMap<String, Tensor> targets = new LinkedHashMap<>();
            int i = 0;
            for (ParamGroup group : groups()) {
                for (Param param : group.params()) {
                    // A parameter that never had a gradient has no entry at all.
                    String prefix = i + ".";
                    if (saved.keySet().stream().anyMatch(name -> name.startsWith(prefix))) {
                        ParamState state = newState(group, param);
                        Tensor count = Tensor.zeros(DType.I64);
                        targets.put(prefix + STEP, count);
                        put(targets, i, state);
                        loaded.put(param, state);
                        counts.put(state, count);
                    }
                    i++;
                }
            }
            StateDict.load(name(), targets, Map.of(), saved);
            counts.forEach((state, count) -> state.loaded(count.getLong()));
        }
        states.clear();
        states.putAll(loaded);
    }
}
