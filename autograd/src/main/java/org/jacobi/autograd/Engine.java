package org.jacobi.autograd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.profile.Activity;
import org.jacobi.tensor.profile.Profiler;

/**
 * The reverse walk: from the roots back to the leaves, each node after all of its consumers.
 *
 * <p>First the nodes that the roots depend on are found and it is counted how many consumers each has. Then nodes whose
 * consumers are all done pass their gradient on. Both walks are loops, so that a chain of any length passes. Gradients
 * between nodes are freed as soon as they are consumed.
 *
 * <p>Users call {@link Variable#backward()}, or {@link #walk} to make the same steps one by one.
 */
public final class Engine {
    /** A node or a leaf that the roots depend on. */
    private static final class Pending {
        /** How many uses of its outputs have not passed their gradient on yet. */
        private int uses;
        /** With targets: the nodes that use its outputs, and whether a target lies here, or behind its inputs. */
        private List<Pending> consumers;
        private boolean wanted;
        private boolean leadsOn;
        /** The outputs and the gradient gathered so far for each. */
        private Variable[] outputs;
        private Variable[] grads;
    }

    private final boolean retainGraph;
    private final boolean createGraph;
    /** Keyed by identity: a GradFn, or a leaf Variable. */
    private final Map<Object, Pending> pending = new IdentityHashMap<>();
    private final ArrayDeque<Object> ready = new ArrayDeque<>();
    /** The variables whose gradients are asked for; null to accumulate into all leaves. */
    private final Variable[] targets;
    private final Variable[] found;
    /** Who is shown every step; null for nobody. */
    private BackwardWalk watcher;

    /** With targets: nodes that the walk does not go behind, since no target lies there; null for none. */
    private Set<GradFn> barrier;
    /** Whether a walk around this one will complete the targets' gradients, and run their hooks. */
    private boolean partial;

    private Engine(boolean retainGraph, boolean createGraph, Variable[] targets) {
        this.retainGraph = retainGraph || createGraph;
        this.createGraph = createGraph;
        this.targets = targets;
        this.found = targets == null ? null : new Variable[targets.length];
    }

    /** Accumulates the gradients of a root into the leaves it depends on. */
    static void backward(Variable root, Variable seed, boolean retainGraph, boolean createGraph) {
        new Engine(retainGraph, createGraph, null).run(new Variable[] {root}, new Variable[] {seed});
    }

    /** Returns the gradients of a root with respect to targets; null for one that it does not depend on. */
    static Variable[] grad(Variable root, Variable seed, boolean retainGraph, boolean createGraph,
            Variable... targets) {
        return grad(new Variable[] {root}, new Variable[] {seed}, retainGraph, createGraph, null, targets);
    }

    /**
     * Returns the gradients of roots, each with the gradient to start from, with respect to targets, which may be
     * intermediate; null for a target that no root depends on. Only the nodes between are walked.
     *
     * @param barrier nodes that the walk need not go behind; null for none
     */
    static Variable[] grad(Variable[] roots, Variable[] seeds, boolean retainGraph, boolean createGraph,
            Set<GradFn> barrier, Variable... targets) {
        Engine engine = new Engine(retainGraph, createGraph, targets);
        engine.barrier = barrier;
        engine.run(roots, seeds);
        return engine.found;
    }

    /** Returns what of the targets' gradients comes from the given roots, as a part of a walk that goes on from there. */
    static Variable[] partial(Variable[] roots, Variable[] seeds, boolean createGraph, Variable... targets) {
        Engine engine = new Engine(false, createGraph, targets);
        engine.partial = true;
        engine.run(roots, seeds);
        return engine.found;
    }

    /**
     * Starts the backward pass of a scalar, to be made one node at a time.
     *
     * @see Variable#backward()
     */
    public static BackwardWalk walk(Variable root) {
        Engine engine = new Engine(false, false, null);
        engine.watcher = new BackwardWalk(engine);
        try (var _ = NoGrad.set(true); var _ = TensorScope.open()) {
            Variable seed = root.checkedSeed("walk");
            engine.count(new Variable[] {root});
            engine.deliver(root, engine.own(seed));
        }
        return engine.watcher;
    }

    boolean hasNext() {
        return !ready.isEmpty();
    }

    Object upNext() {
        return ready.peek();
    }

    /** Makes one step of a watched walk. */
    void next() {
        try (var _ = NoGrad.set(true); var _ = Autocast.suspended(); var _ = TensorScope.open()) {
            advance();
        }
    }

    /** Frees what is on its way: nothing more will be walked. */
    void abandon() {
        for (Pending entry : pending.values()) {
            for (int i = 0; entry.grads != null && i < entry.grads.length; i++) {
                consumed(entry.grads[i]);
            }
        }
        pending.clear();
        ready.clear();
    }

    private void run(Variable[] roots, Variable[] seeds) {
        count(roots);
        if (targets != null) {
            markWanted();
        }
        Recording recording = Recording.current();
        Predicate<Variable> outer = recording.wanted;
        recording.wanted = targets == null ? null : this::isWanted;
        try (var _ = NoGrad.set(!createGraph); var _ = Autocast.suspended(); var _ = Profiler.region("backward")) {
            if (createGraph) {
                start(roots, seeds);
                walkOn(null);
            } else {
                try (TensorScope walkScope = TensorScope.open()) {
                    start(roots, seeds);
                    try (TensorScope nodeScope = TensorScope.open()) {
                        walkOn(nodeScope);
                    }
                    for (int i = 0; targets != null && i < found.length; i++) {
                        if (found[i] != null) {
                            walkScope.keep(found[i].data());
                        }
                    }
                }
            }
        } finally {
            recording.wanted = outer;
        }
    }

    private boolean isWanted(Variable input) {
        Pending entry = pending.get(key(input));
        return entry != null && entry.wanted;
    }

    private void start(Variable[] roots, Variable[] seeds) {
        for (int i = 0; i < roots.length; i++) {
            if (roots[i].requiresGrad()) {
                deliver(roots[i], own(seeds[i]));
            }
        }
    }

    /** Marks the nodes on the way to a target. */
    private void markWanted() {
        ArrayDeque<Pending> queue = new ArrayDeque<>();
        for (Variable target : targets) {
            Pending entry = pending.get(key(target));
            if (entry != null && !entry.wanted) {
                entry.wanted = true;
                queue.add(entry);
            }
        }
        while (!queue.isEmpty()) {
            for (Pending consumer : queue.remove().consumers) {
                if (!consumer.leadsOn) {
                    consumer.leadsOn = true;
                    if (!consumer.wanted) {
                        consumer.wanted = true;
                        queue.add(consumer);
                    }
                }
            }
        }
    }

    private static Object key(Variable variable) {
        return variable.gradFn() == null ? variable : variable.gradFn();
    }

    /** Finds everything the roots depend on and counts how often each is used. */
    private void count(Variable[] roots) {
        ArrayDeque<GradFn> stack = new ArrayDeque<>();
        for (Variable root : roots) {
            if (root.requiresGrad()) {
                use(root, null, stack);
            }
        }
        while (!stack.isEmpty()) {
            GradFn node = stack.pop();
            if (targets == null) {
                requireUnreleased(node);
            }
            Pending consumer = targets == null ? null : pending.get(node);
            for (Variable input : node.inputs()) {
                if (input != null && input.requiresGrad()) {
                    use(input, consumer, stack);
                }
            }
        }
    }

    private static void requireUnreleased(GradFn node) {
        if (node.saved().isReleased()) {
            throw new IllegalStateException("backward: the graph was released by an earlier backward (at op "
                    + node.name() + "); call backward with retainGraph to walk it twice, or run the forward again");
        }
    }

    private void use(Variable variable, Pending consumer, ArrayDeque<GradFn> stack) {
        GradFn node = variable.gradFn();
        Pending entry = pending.get(key(variable));
        if (entry == null) {
            entry = new Pending();
            pending.put(key(variable), entry);
            if (targets != null) {
                entry.consumers = new ArrayList<>();
            }
            if (node != null && (barrier == null || !barrier.contains(node))) {
                stack.push(node);
            }
        }
        if (consumer != null) {
            entry.consumers.add(consumer);
        }
        entry.uses++;
    }

    /** Walks; what a node's backward computes on its way is freed after it, the gradients that it returns are kept. */
    private void walkOn(TensorScope nodeScope) {
        while (!ready.isEmpty()) {
            advance();
            if (nodeScope != null) {
                nodeScope.clear();
            }
        }
    }

    /** Walks one node or leaf. */
    private void advance() {
        Object next = ready.pop();
        Pending entry = pending.remove(next);
        if (next instanceof Variable leaf) {
            finish(leaf, entry.grads[0]);
        } else if (targets == null || entry.leadsOn) {
            step((GradFn) next, entry);
        } else {
            for (Variable grad : entry.grads) {
                consumed(grad);
            }
        }
    }

    private void step(GradFn node, Pending entry) {
        requireUnreleased(node);
        Variable[] douts = entry.grads;
        boolean reached = false;
        for (Variable dout : douts) {
            reached |= dout != null;
        }
        Variable[] inputs = node.inputs();
        Variable[] grads = reached ? computed(node, douts) : new Variable[inputs.length];
        if (Variable.isWatched()) {
            Anomaly.checkBackward(node, douts, grads);
        }
        if (watcher != null) {
            watcher.walked(node, douts, grads);
        }
        if (!retainGraph) {
            node.saved().release();
        }
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] != null && inputs[i].requiresGrad()) {
                deliver(inputs[i], grads[i] == null ? null : own(Batch.settled(grads[i], inputs[i])));
            }
        }
        for (Variable dout : douts) {
            consumed(dout);
        }
    }

    /** Frees a gradient that has been passed on; with createGraph it belongs to the new graph. */
    private void consumed(Variable grad) {
        if (!createGraph && grad != null) {
            grad.data().release();
        }
    }

    /**
     * Returns a handle of a gradient that the walk may free: the same tensor may have been returned for two inputs, be the
     * consumed gradient itself, or belong to somebody else. It outlives the current node.
     */
    private Variable own(Variable grad) {
        return createGraph ? grad : new Variable(kept(grad.data().alias()), false, grad.batch());
    }

    /** Has a tensor outlive the current node; a watched walk keeps it out of the scopes that its user may close meanwhile. */
    private Tensor kept(Tensor tensor) {
        return watcher == null ? tensor.keep() : tensor.unscope();
    }

    /** Runs a node's backward while somebody profiles, or looks for anomalies. */
    private static Variable[] watched(GradFn node, Variable[] douts) {
        Profiler profiler = Profiler.active();
        try (var _ = profiler == null ? null : profiler.enter(Activity.BACKWARD, node.name())) {
            return Anomaly.active() ? Anomaly.backward(node, douts) : node.backward(douts);
        }
    }

    /** Runs a node's backward, and checks what it returns. */
    static Variable[] computed(GradFn node, Variable[] douts) {
        Variable[] grads = Variable.isWatched() ? watched(node, douts) : node.backward(douts);
        Variable[] inputs = node.inputs();
        if (grads.length != inputs.length) {
            throw new IllegalStateException("backward of " + node.name() + " returned " + grads.length
                    + " gradients for " + inputs.length + " inputs");
        }
        for (int i = 0; i < grads.length; i++) {
            if (grads[i] != null && inputs[i] != null && (!grads[i].shape().equals(inputs[i].shape())
                    || grads[i].dtype() != inputs[i].dtype())) {
                throw new IllegalStateException("backward of " + node.name() + " returned a gradient of shape "
                        + grads[i].shape() + " and type " + grads[i].dtype() + " for input " + i + " of shape "
                        + inputs[i].shape() + " and type " + inputs[i].dtype());
            }
            if (grads[i] != null && inputs[i] != null && grads[i].device() != inputs[i].device()) {
                // Of a scalar on the CPU beside operands elsewhere.
                grads[i] = grads[i].to(inputs[i].device());
            }
        }
        return grads;
    }

    /** Adds to what has arrived for a variable; its node is ready once nothing more is to come. */
    private void deliver(Variable variable, Variable grad) {
        Object key = key(variable);
        Pending entry = pending.get(key);
        if (targets != null && !entry.wanted) {
            consumed(grad);
            return;
        }
        if (entry.grads == null) {
            entry.grads = new Variable[variable.siblings()];
            entry.outputs = new Variable[variable.siblings()];
        }
        int slot = variable.outputIndex();
        entry.outputs[slot] = variable;
        if (grad != null) {
            entry.grads[slot] = entry.grads[slot] == null ? grad : sum(entry.grads[slot], grad);
        }
        if (--entry.uses == 0) {
            complete(entry);
            ready.push(key);
        }
    }

    private Variable sum(Variable sofar, Variable grad) {
        Tensor value = sofar.data();
        if (createGraph) {
            return sofar.add(grad);
        }
        if (value.isExclusive() && value.isContiguous() && sofar.batch() == grad.batch()) {
            value.add_(grad.data());
            grad.data().release();
            return sofar;
        }
        Variable total = sofar.add(grad);
        kept(total.data());
        value.release();
        grad.data().release();
        return total;
    }

    /** Runs the hooks on complete gradients and takes what the caller asked for. */
    private void complete(Pending entry) {
        for (int slot = 0; slot < entry.grads.length; slot++) {
            Variable output = entry.outputs[slot];
            if (entry.grads[slot] == null) {
                continue;
            }
            if (output.hasHooks() && !(partial && Arrays.asList(targets).contains(output))) {
                Variable seen = entry.grads[slot];
                entry.grads[slot] = own(output.runHooks(seen));
                consumed(seen);
            }
            for (int i = 0; targets != null && i < targets.length; i++) {
                if (targets[i] == output) {
                    found[i] = own(entry.grads[slot]);
                }
            }
        }
    }

    private void finish(Variable leaf, Variable grad) {
        if (targets == null && grad != null) {
            leaf.accumulateGrad(grad, createGraph);
        }
        if (watcher != null) {
            watcher.walked(leaf, new Variable[] {grad}, new Variable[0]);
        }
        consumed(grad);
    }
}
