package org.jacobi.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * A backward pass, one node at a time: for teaching, and for finding out where a gradient goes wrong.
 *
 * <pre>{@code
 * try (BackwardWalk walk = Engine.walk(loss)) {
 *     while (walk.hasNext()) {
 *         IO.println(walk.next());
 *     }
 * }
 * }</pre>
 *
 * <p>It is the pass that {@link Variable#backward()} makes: gradients are added to the leaves, hooks run, and the graph is
 * released node by node. A walk closed before its end leaves the rest of the graph as it is.
 */
public final class BackwardWalk implements Iterator<BackwardWalk.Step>, AutoCloseable {
    /**
     * What happened at one node, or at a leaf, where the walk ends. The gradients are the walk's: they live until its next
     * step, unless copied.
     *
     * @param node  the op's node, or null at a leaf
     * @param leaf  the leaf, or null at a node
     * @param douts the gradients that came in, one for each output of the node; null for an output that is not used
     * @param grads the gradients that go out, one for each input of the node; null for an input that needs none; empty at a
     *              leaf, which adds what came in to its {@link Variable#grad}
     */
    public record Step(GradFn node, Variable leaf, List<Variable> douts, List<Variable> grads) {
        /** Returns the op's name, its file, its formula, and what came in and goes out. */
        @Override
        public String toString() {
            var text = new StringBuilder(node == null ? "leaf " + leaf.dtype() + leaf.shape()
                    : node.name() + "   " + node.source() + "\n    " + node.formula());
            for (int i = 0; i < douts.size(); i++) {
                line(text, "in ", i, douts);
            }
            for (int i = 0; i < grads.size(); i++) {
                line(text, "out", i, grads);
            }
            return text.toString();
        }

        private static void line(StringBuilder text, String direction, int position, List<Variable> gradients) {
            Variable gradient = gradients.get(position);
            text.append("\n    ").append(direction).append(' ').append(position).append("  ");
            text.append(gradient == null ? "none" : gradient.toString().replace("\n", "\n" + " ".repeat(11)));
        }
    }

    /** How far the walk has come with a node or a leaf. */
    public enum Progress {
        DONE, CURRENT, WAITING
    }

    private final Engine engine;
    private final Set<Object> done = Collections.newSetFromMap(new IdentityHashMap<>());
    private Step current;

    BackwardWalk(Engine engine) {
        this.engine = engine;
    }

    @Override
    public boolean hasNext() {
        return engine.hasNext();
    }

    /** Passes the gradient of one node, or leaf, on. */
    @Override
    public Step next() {
        if (!hasNext()) {
            throw new NoSuchElementException("BackwardWalk: every node has been walked; ask hasNext() first");
        }
        forget();
        engine.next();
        return current;
    }

    /** Returns what comes next: a {@link GradFn}, a leaf {@link Variable}, or null at the end. */
    public Object upNext() {
        return engine.upNext();
    }

    /** Returns how far the walk has come with a node (a {@link GradFn}) or a leaf (a {@link Variable}). */
    public Progress progress(Object nodeOrLeaf) {
        boolean isCurrent = current != null && (nodeOrLeaf == current.node || nodeOrLeaf == current.leaf);
        return isCurrent ? Progress.CURRENT : done.contains(nodeOrLeaf) ? Progress.DONE : Progress.WAITING;
    }

    /** Frees the gradients that are still on their way. */
    @Override
    public void close() {
        forget();
        engine.abandon();
    }

    /** Called by the engine: a node or leaf has been walked. */
    void walked(Object nodeOrLeaf, Variable[] douts, Variable[] grads) {
        done.add(nodeOrLeaf);
        current = new Step(nodeOrLeaf instanceof GradFn node ? node : null,
                nodeOrLeaf instanceof Variable leaf ? leaf : null, held(douts), held(grads));
    }

    private static List<Variable> held(Variable[] gradients) {
        List<Variable> held = new ArrayList<>(Arrays.asList(gradients));
        held.replaceAll(
                gradient -> gradient == null ? null : Batch.constant(gradient.data().alias().unscope(), gradient));
        return Collections.unmodifiableList(held);
    }

    private void forget() {
        if (current != null) {
            for (List<Variable> gradients : List.of(current.douts, current.grads)) {
                for (Variable gradient : gradients) {
                    if (gradient != null) {
                        gradient.data().release();
                    }
                }
            }
            current = null;
        }
    }
}
