package org.jacobi.autograd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * The forward sweep: from the inputs to the outputs, each node after those that it uses, with a tangent for every value.
 *
 * <p>No op has a rule of its own for tangents, for its backward says all: that computes g = Jᵀ d for a gradient d of its
 * output, and is linear in d. Run on a variable d with recording on, it leaves a small graph, and the backward of that
 * graph for a tangent t of the input is (Jᵀ)ᵀ t = J t, the tangent of the output, whatever d is. So one sweep costs what a
 * forward and two backwards of every node cost.
 */
final class ForwardMode {
    private final boolean createGraph;
    /** The nodes that the outputs depend on, and which outputs of each are used. */
    private final Map<GradFn, Variable[]> outputs = new IdentityHashMap<>();
    /** The same nodes, each after those that it depends on. */
    private final List<GradFn> order = new ArrayList<>();
    private final Map<Variable, Variable> tangents = new IdentityHashMap<>();

    private ForwardMode(boolean createGraph) {
        this.createGraph = createGraph;
    }

    /**
     * Returns the tangents of outputs, for tangents of inputs that a recorded graph leads to; null for an output that does
     * not depend on them.
     */
    static Variable[] tangents(Variable[] outputs, Variable[] inputs, Variable[] tangents, boolean createGraph) {
        ForwardMode sweep = new ForwardMode(createGraph);
        for (int i = 0; i < inputs.length; i++) {
            sweep.tangents.put(inputs[i], tangents[i]);
        }
        for (Variable output : outputs) {
            sweep.find(output);
        }
        try (var _ = Autocast.suspended()) {
            for (GradFn node : sweep.order) {
                sweep.step(node);
            }
        }
        Variable[] found = new Variable[outputs.length];
        Arrays.setAll(found, i -> sweep.tangents.get(outputs[i]));
        return found;
    }

    /** Finds the nodes that a variable depends on: a walk in depth, on a stack of our own. */
    private void find(Variable root) {
        ArrayDeque<GradFn> path = new ArrayDeque<>();
        ArrayDeque<Integer> next = new ArrayDeque<>();
        enter(root, path, next);
        while (!path.isEmpty()) {
            Variable[] inputs = path.peek().inputs();
            int i = next.pop();
            if (i == inputs.length) {
                order.add(path.pop());
            } else {
                next.push(i + 1);
                if (inputs[i] != null) {
                    enter(inputs[i], path, next);
                }
            }
        }
    }

    private void enter(Variable variable, ArrayDeque<GradFn> path, ArrayDeque<Integer> next) {
        GradFn node = variable.gradFn();
        if (node == null || tangents.containsKey(variable)) {
            return;
        }
        Variable[] known = outputs.get(node);
        if (known == null) {
            known = new Variable[variable.siblings()];
            outputs.put(node, known);
            path.push(node);
            next.push(0);
        }
        known[variable.outputIndex()] = variable;
    }

    private void step(GradFn node) {
        Variable[] inputs = node.inputs();
        boolean reached = false;
        for (Variable input : inputs) {
            reached |= input != null && tangents.get(input) != null;
        }
        if (!reached) {
            return;
        }
        Variable[] outs = outputs.get(node);
        Variable[] results;
        if (createGraph) {
            results = transposed(node, outs);
        } else {
            try (TensorScope scope = TensorScope.open()) {
                results = transposed(node, outs);
                for (Variable result : results) {
                    if (result != null) {
                        scope.keep(result.data());
                    }
                }
            }
        }
        for (int i = 0; i < outs.length; i++) {
            if (outs[i] != null && results[i] != null) {
                tangents.put(outs[i], results[i]);
            }
        }
    }

    /** Returns the tangents of a node's outputs. */
    private Variable[] transposed(GradFn node, Variable[] outs) {
        if (node.saved().isReleased()) {
            throw new IllegalStateException(
                    "jvp: the graph was released by a backward inside of the function (at op " + node.name() + ")");
        }
        Variable[] douts = new Variable[outs.length];
        for (int i = 0; i < outs.length; i++) {
            if (outs[i] != null && outs[i].requiresGrad()) {
                Tensor zeros = Tensor.zeros(outs[i].device(), outs[i].dtype()).expandTo(outs[i].data().shape());
                douts[i] = new Variable(zeros, true, outs[i].batch());
            }
        }
        Variable[] inputs = node.inputs();
        List<Variable> roots = new ArrayList<>();
        List<Variable> seeds = new ArrayList<>();
        Recording recording = Recording.current();
        Predicate<Variable> outer = recording.wanted;
        recording.wanted = input -> tangents.get(input) != null;
        try (var _ = NoGrad.set(false)) {
            Variable[] grads = Engine.computed(node, douts);
            for (int i = 0; i < inputs.length; i++) {
                Variable tangent = inputs[i] == null ? null : tangents.get(inputs[i]);
                if (tangent != null && grads[i] != null) {
                    roots.add(Batch.settled(grads[i], inputs[i]));
                    seeds.add(tangent);
                }
            }
        } finally {
            recording.wanted = outer;
        }
        return gradients(roots, seeds, douts);
    }

    private Variable[] gradients(List<Variable> roots, List<Variable> seeds, Variable[] douts) {
        List<Variable> targets = new ArrayList<>();
        for (Variable dout : douts) {
            if (dout != null) {
                targets.add(dout);
            }
        }
        Variable[] found =
                Engine.grad(roots.toArray(Variable[]::new), seeds.toArray(Variable[]::new), true, createGraph,
                        outputs.keySet(), targets.toArray(Variable[]::new));
        Variable[] results = new Variable[douts.length];
        int next = 0;
        for (int i = 0; i < results.length; i++) {
            results[i] = douts[i] == null ? null : found[next++];
        }
        return results;
    }
}
