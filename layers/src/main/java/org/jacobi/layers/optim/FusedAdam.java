package org.jacobi.layers.optim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Capture;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.AdamWStep;
import org.jacobi.tensor.backend.Backend;

/** What {@link Adam} and {@link AdamW} share: amsgrad, and the kernel; they differ in how parameters decay. */
abstract sealed class FusedAdam<O extends FusedAdam<O>> extends AdamFamily<O> permits Adam, AdamW {
    /** Steps that wait for the other parameters of their device. */
    private final Map<Backend, List<AdamWStep>> steps = new IdentityHashMap<>();
    /** While a step is recorded: the numbers of parameters with the same settings. */
    private final Map<Changing, Tensor> changing = new HashMap<>();
    private boolean amsgrad;

    /** What parameters have in common whose numbers will always be the same; a group is equal to itself alone. */
    private record Changing(ParamGroup group, double weightDecay, long steps) {
    }

    FusedAdam(List<ParamGroup> groups) {
        super(groups);
    }

    /**
     * Sets whether the largest v so far takes the place of v (Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond",
     * 2018).
     */
    public final O amsgrad(boolean on) {
        amsgrad = on;
        return self();
    }

    @Override
    protected final void remember(ParamGroup group, Param param, ParamState state) {
        super.remember(group, param, state);
        if (amsgrad) {
            state.add("max_exp_avg_sq", 0);
        }
    }

    /** Takes a step whose weight decay is decoupled from the gradient; those of parameters that can wait are taken at once. */
    final void step(ParamGroup group, Tensor value, Tensor grad, ParamState state, double weightDecay) {
        Tensor m = state.get("exp_avg").changing(name());
        Tensor v = state.get("exp_avg_sq").changing(name());
        Tensor vMax = amsgrad ? state.get("max_exp_avg_sq").changing(name()) : null;
        Tensor rounded = state.roundedFrom(value);
        value.changing(name());
        if (rounded != null) {
            rounded.changing(name());
        }
        AdamWStep step = new AdamWStep(value, rounded, grad, m, v, vMax, group.lr(), beta1(), beta2(), eps(),
                weightDecay, state.step(), changing(group, state, weightDecay));
        if (state.isGradient(grad)) {
            steps.computeIfAbsent(value.backend(), _ -> new ArrayList<>()).add(step);
        } else {
            value.backend().adamW(List.of(step));
        }
    }

    @Override
    final boolean isCapturable() {
        return true;
    }

    /** Returns what a step that is recorded reads from the device; null for an ordinary one. */
    private Tensor changing(ParamGroup group, ParamState state, double weightDecay) {
        Capture capture = Capture.current();
        return capture == null ? null : changing.computeIfAbsent(new Changing(group, weightDecay, state.step()),
                _ -> capture.numbers(3, () -> AdamWStep.numbers(group.lr(), beta1(), beta2(), weightDecay,
                        state.step())).unscope());
    }

    /** The kernel takes gradients of 16 bits, and rounds. */
    @Override
    final void updateRounded(ParamGroup group, Tensor value, Tensor master, Tensor grad, ParamState state) {
        update(group, master, grad, state);
    }

    @Override
    protected final void finish() {
        steps.forEach(Backend::adamW);
        steps.clear();
        changing.values().forEach(Tensor::release);
        changing.clear();
    }
}
