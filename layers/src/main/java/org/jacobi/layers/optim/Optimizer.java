package org.jacobi.layers.optim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

import org.jacobi.layers.Param;
import org.jacobi.layers.StateDict;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.profile.Profiler;

/**
 * Changes parameters by their gradients, one {@link #step} at a time.
 *
 * <p>What it remembers for a parameter (a step count and a few tensors of the parameter's shape) starts at zero with
 * the parameter's first gradient and lives as long as the optimizer.
 */
public abstract class Optimizer {
    /** What is remembered for one parameter. */
    private static final class Memory {
        private long steps;
        private final Tensor[] moments;

        Memory(Param param, int count) {
            moments = new Tensor[count];
            for (int i = 0; i < count; i++) {
                moments[i] = Tensor.zeros(param.dtype(), param.shape().toArray()).unscope();
            }
        }
    }

    private static final String STEP = "step";

    private final List<ParamGroup> groups;
    private final List<String> momentNames;
    /** All parameters, group after group; their positions are their names in the state. */
    private final List<Param> params = new ArrayList<>();
    private final Map<Param, Memory> memories = new IdentityHashMap<>();

    /**
     * Makes an optimizer of groups that have no parameter in common.
     *
     * @param momentNames the names, in the state, of the tensors that are remembered for each parameter
     */
    protected Optimizer(List<ParamGroup> groups, String... momentNames) {
        this.groups = List.copyOf(groups);
        this.momentNames = List.of(momentNames);
        Set<Param> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ParamGroup group : groups) {
            for (Param param : group.params()) {
                if (!seen.add(param)) {
                    throw new IllegalArgumentException(getClass().getSimpleName() + ": a parameter of shape "
                            + param.shape() + " is given twice; each belongs into one group, once");
                }
                params.add(param);
            }
        }
        if (params.isEmpty()) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": there are no parameters to optimize");
        }
    }

    static double requireNotNegative(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be finite and not negative");
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

    /** Changes every parameter that has a gradient, in place. */
    public final void step() {
        try (var _ = TensorScope.open(); var _ = Profiler.region("optimizer step")) {
            for (ParamGroup group : groups) {
                for (Param param : group.params()) {
                    if (param.grad() != null) {
                        Memory memory = memories.computeIfAbsent(param, _ -> new Memory(param, momentNames.size()));
                        memory.steps++;
                        update(group, param.value(), param.grad().value().contiguous(), memory.moments, memory.steps);
                    }
                }
            }
        }
    }

    /**
     * Changes one parameter in place.
     *
     * @param group   the parameter's group
     * @param grad    its gradient, not to be changed
     * @param moments what is remembered for it, to be changed in place
     * @param step    counts the parameter's steps from 1
     */
    protected abstract void update(ParamGroup group, Tensor value, Tensor grad, Tensor[] moments, long step);

    /** Forgets the gradients of all parameters. */
    public final void zeroGrad() {
        params.forEach(Param::zeroGrad);
    }

    /**
     * Returns what is remembered, by the parameter's position and its own name, as in {@code 3.exp_avg}: the live
     * moments, and the step counts as i64 scalars. Learning rates and other settings are not part of it.
     */
    public final SequencedMap<String, Tensor> stateDict() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        for (int i = 0; i < params.size(); i++) {
            Memory memory = memories.get(params.get(i));
            if (memory != null) {
                state.put(i + "." + STEP, Tensor.scalar(memory.steps, DType.I64));
                put(state, i, memory);
            }
        }
        return state;
    }

    private void put(Map<String, Tensor> state, int position, Memory memory) {
        for (int m = 0; m < memory.moments.length; m++) {
            state.put(position + "." + momentNames.get(m), memory.moments[m]);
        }
    }

    /**
     * Replaces what is remembered by what {@link #stateDict} gave for the same parameters in the same order.
     *
     * @throws IllegalArgumentException naming the entries that are missing, unexpected or of another shape; then
     *                                  nothing was changed
     */
    public final void loadStateDict(Map<String, Tensor> state) {
        Map<Param, Memory> loaded = new IdentityHashMap<>();
        Map<Memory, Tensor> counts = new IdentityHashMap<>();
        try (var _ = TensorScope.open()) {
            SequencedMap<String, Tensor> targets = new LinkedHashMap<>();
            for (int i = 0; i < params.size(); i++) {
                // A parameter that never had a gradient has no entry at all.
                String prefix = i + ".";
                if (state.keySet().stream().anyMatch(name -> name.startsWith(prefix))) {
                    Memory memory = new Memory(params.get(i), momentNames.size());
                    Tensor count = Tensor.zeros(DType.I64);
                    targets.put(prefix + STEP, count);
                    put(targets, i, memory);
                    loaded.put(params.get(i), memory);
                    counts.put(memory, count);
                }
            }
            StateDict.load(getClass().getSimpleName(), targets, Map.of(), state, true);
            counts.forEach((memory, count) -> memory.steps = count.getLong());
        }
        memories.clear();
        memories.putAll(loaded);
    }
}
