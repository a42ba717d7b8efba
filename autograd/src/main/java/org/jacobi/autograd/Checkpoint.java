package org.jacobi.autograd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

import org.jacobi.autograd.ops.Reshape;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Draws;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Memory for time (Chen et al., 2016): what a function computes on its way is freed after the forward, and computed again
 * when backward comes to it.
 *
 * <pre>{@code
 * for (Block block : blocks) {
 *     x = Checkpoint.apply(block::forward, x); // only x is kept between the blocks
 * }
 * }</pre>
 *
 * <p>The function must be pure but for random numbers: the second run draws the same ones, from whatever generator, and
 * leaves generators as if there had been no second run. Gradients reach the inputs and whatever the function uses from
 * outside, parameters above all. Checkpoints may be nested, and differentiate to any order; a backward with createGraph
 * keeps what it recomputes, so that it saves no memory.
 */
public final class Checkpoint {
    private Checkpoint() {
    }

    /** Returns f(x), without keeping what it computes on the way. */
    public static Variable apply(UnaryOperator<Variable> f, Variable x) {
        return apply((Variable[] in) -> new Variable[] {f.apply(in[0])}, new Variable[] {x})[0];
    }

    /** Returns f(inputs), without keeping what it computes on the way. */
    public static Variable[] apply(UnaryOperator<Variable[]> f, Variable[] inputs) {
        if (NoGrad.active()) {
            return Autograd.given("checkpoint", f.apply(inputs.clone()));
        }
        DType autocast = Autocast.type();
        Recording recording = Recording.current();
        Set<GradFn> outer = recording.created;
        recording.created = Collections.newSetFromMap(new IdentityHashMap<>());
        try (TensorScope scope = TensorScope.open(); Draws draws = Draws.open(); var _ = Autocast.anew(autocast)) {
            // It runs with recording on, to learn what it uses from outside; then its graph is dropped.
            Variable[] own = inputs.clone();
            Arrays.setAll(own, i -> new Variable(inputs[i].data(), inputs[i].requiresGrad(), inputs[i].batch()));
            Variable[] outs = Autograd.given("checkpoint", f.apply(own.clone()));
            Variable[] all = joined(inputs, used(outs, own, recording.created));
            Tensor[] values = new Tensor[outs.length];
            try (var _ = NoGrad.open()) {
                Arrays.setAll(values, i -> scope.keep(Batch.spread(outs[i], all).data().alias()));
            }
            recording.created = outer;
            return Variable.recordAll(values, _ -> new Node(all, Saved.of(all), inputs.length, f, draws, autocast),
                    all);
        } finally {
            recording.created = outer;
        }
    }

    /** Returns the variables from outside, other than its own inputs, that outputs were computed from. */
    private static Variable[] used(Variable[] outs, Variable[] own, Set<GradFn> created) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Collections.addAll(seen, (Object[]) own);
        List<Variable> used = new ArrayList<>();
        ArrayDeque<Variable> stack = new ArrayDeque<>(Arrays.asList(outs));
        while (!stack.isEmpty()) {
            Variable variable = stack.pop();
            GradFn node = variable.gradFn();
            if (!variable.requiresGrad() || !seen.add(created.contains(node) ? node : variable)) {
                continue;
            }
            if (!created.contains(node)) {
                used.add(variable);
                continue;
            }
            for (Variable input : node.inputs()) {
                if (input != null) {
                    stack.push(input);
                }
            }
        }
        return used.toArray(Variable[]::new);
    }

    private static Variable[] joined(Variable[] a, Variable[] b) {
        Variable[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    /**
     * Returns the gradients of a function's inputs, for a {@link GradFn} whose backward runs a function of recorded ops anew.
     * Where a graph is wanted, it goes on to where the inputs came from.
     *
     * @param f     computes what the node's forward has computed
     * @param x     the inputs, as the node has saved them; an entry may be null
     * @param douts the gradient of each output of f; null for one that the loss does not depend on
     */
    public static Variable[] backward(UnaryOperator<Variable[]> f, Variable[] x, Variable... douts) {
        return backward(f, x, x.length, douts);
    }

    /** As above, of a function that is given the first inputs only and uses the others. */
    private static Variable[] backward(UnaryOperator<Variable[]> f, Variable[] x, int given, Variable... douts) {
        boolean createGraph = !NoGrad.active();
        Variable[] targets = x.clone();
        for (int i = 0; i < given; i++) {
            if (x[i] != null) {
                // A view, whose graph goes on where the input came from; or a leaf.
                targets[i] = createGraph && x[i].requiresGrad()
                        ? Reshape.apply(x[i], x[i].shape().toArray())
                        : new Variable(x[i].data(), x[i].requiresGrad(), x[i].batch());
            }
        }
        Variable[] outs;
        try (var _ = NoGrad.set(false)) {
            outs = f.apply(Arrays.copyOf(targets, given));
        }
        List<Variable> roots = new ArrayList<>();
        List<Variable> seeds = new ArrayList<>();
        for (int i = 0; i < outs.length; i++) {
            if (douts[i] != null && outs[i].requiresGrad()) {
                roots.add(outs[i]);
                seeds.add(douts[i]);
            }
        }
        Variable[] there = Arrays.stream(targets).filter(Objects::nonNull).toArray(Variable[]::new);
        Variable[] found =
                Engine.partial(roots.toArray(Variable[]::new), seeds.toArray(Variable[]::new), createGraph, there);
        Variable[] gradients = new Variable[targets.length];
        for (int i = 0, next = 0; i < targets.length; i++) {
            gradients[i] = targets[i] == null ? null : found[next++];
        }
        return gradients;
    }

    /**
     * The function as one node: its backward is that of the graph which it leaves when it runs again.
     *
     * @param inputs the function's inputs, then what it uses from outside
     * @param given    how many of these are the function's inputs
     * @param autocast the type of the {@link Autocast} that it ran in, or null
     */
    private record Node(Variable[] inputs, Saved saved, int given, UnaryOperator<Variable[]> f, Draws draws,
            DType autocast) implements GradFn {
        @Override
        public String name() {
            return "checkpoint";
        }

        @Override
        public Variable[] backward(Variable... douts) {
            Variable[] values = inputs.clone();
            Arrays.setAll(values, saved::get);
            try (var _ = draws.again(); var _ = Autocast.anew(autocast)) {
                return Checkpoint.backward(f, values, given, douts);
            }
        }
    }
}
