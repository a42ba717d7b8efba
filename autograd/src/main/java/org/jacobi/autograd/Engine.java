package org.jacobi.autograd;

import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Map;

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

    private Engine(boolean retainGraph, boolean createGraph, Variable[] targets) {
        this.retainGraph = retainGraph || createGraph;
        this.createGraph = createGraph;
        this.targets = targets;
        this.found = targets == null ? null : new Variable[targets.length];
    }

    /** Accumulates the gradients of a root into the leaves it depends on. */
    static void backward(Variable root, Variable seed, boolean retainGraph, boolean createGraph) {
        new Engine(retainGraph, createGraph, null).run(root, seed);
    }

    /** Returns the gradients of a root with respect to targets; null for one that it does not depend on. */
    static Variable[] grad(Variable root, Variable seed, boolean retainGraph, boolean createGraph,
            Variable... targets) {
        Engine engine = new Engine(retainGraph, createGraph, targets);
        engine.run(root, seed);
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
            Variable seed = root.checkedSeed();
            engine.count(root);
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
        try (var _ = NoGrad.set(true); var _ = TensorScope.open()) {
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

    private void run(Variable root, Variable seed) {
        count(root);
        try (var _ = NoGrad.set(!createGraph); var _ = Profiler.region("backward")) {
            if (createGraph) {
                deliver(root, seed);
                walkOn(null);
            } else {
                try (TensorScope walkScope = TensorScope.open()) {
                    deliver(root, own(seed));
                    try (TensorScope nodeScope = TensorScope.open()) {
                        walkOn(nodeScope);
                    }
                    for (int i = 0; targets != null && i < found.length; i++) {
                        if (found[i] != null) {
                            walkScope.keep(found[i].value());
                        }
                    }
                }
            }
        }
    }

    /** Finds everything the root depends on and counts how often each is used. */
    private void count(Variable root) {
        ArrayDeque<GradFn> stack = new ArrayDeque<>();
        use(root, stack);
        while (!stack.isEmpty()) {
            GradFn node = stack.pop();
            if (node.saved().isReleased()) {
                throw new IllegalStateException("backward: the graph was released by an earlier backward (at op "
                        + node.name() + "); call backward with retainGraph to walk it twice, or run the forward again");
            }
            for (Variable input : node.inputs()) {
                if (input != null && input.requiresGrad()) {
                    use(input, stack);
                }
            }
        }
    }

    private void use(Variable variable, ArrayDeque<GradFn> stack) {
        GradFn node = variable.gradFn();
        Pending entry = pending.get(node == null ? variable : node);
        if (entry == null) {
            entry = new Pending();
            pending.put(node == null ? variable : node, entry);
            if (node != null) {
                stack.push(node);
            }
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
        } else {
            step((GradFn) next, entry);
        }
    }

    private void step(GradFn node, Pending entry) {
        Variable[] douts = entry.grads;
        boolean reached = false;
        for (Variable dout : douts) {
            reached |= dout != null;
        }
        Variable[] inputs = node.inputs();
        boolean watched = Variable.isWatched();
        Variable[] grads = reached ? checked(node, watched ? watched(node, douts) : node.backward(douts))
                : new Variable[inputs.length];
        if (watched) {
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
                deliver(inputs[i], grads[i] == null ? null : own(grads[i]));
            }
        }
        for (Variable dout : douts) {
            consumed(dout);
        }
    }

    /** Frees a gradient that has been passed on; with createGraph it belongs to the new graph. */
    private void consumed(Variable grad) {
        if (!createGraph && grad != null) {
            grad.value().release();
        }
    }

    /**
     * Returns a handle of a gradient that the walk may free: the same tensor may have been returned for two inputs, be the
     * consumed gradient itself, or belong to somebody else. It outlives the current node.
     */
    private Variable own(Variable grad) {
        return createGraph ? grad : Variable.constant(kept(grad.value().alias()));
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

    private static Variable[] checked(GradFn node, Variable[] grads) {
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
        }
        return grads;
    }

    /** Adds to what has arrived for a variable; its node is ready once nothing more is to come. */
    private void deliver(Variable variable, Variable grad) {
        GradFn node = variable.gradFn();
        Object key = node == null ? variable : node;
        Pending entry = pending.get(key);
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
        Tensor value = sofar.value();
        if (createGraph) {
            return sofar.add(grad);
        }
        if (value.isExclusive() && value.isContiguous()) {
            value.add_(grad.value());
            grad.value().release();
            return sofar;
        }
        Tensor total = kept(value.add(grad.value()));
        value.release();
        grad.value().release();
        return Variable.constant(total);
    }

    /** Runs the hooks on complete gradients and takes what the caller asked for. */
    private void complete(Pending entry) {
        for (int slot = 0; slot < entry.grads.length; slot++) {
            Variable output = entry.outputs[slot];
            if (entry.grads[slot] == null) {
                continue;
            }
            if (output.hasHooks()) {
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
