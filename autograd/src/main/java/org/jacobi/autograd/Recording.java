package org.jacobi.autograd;

import java.util.Set;
import java.util.function.Predicate;

/** What a thread does with the ops that it runs: whether their nodes are recorded, and who wants to know of them. */
final class Recording {
    private static final ThreadLocal<Recording> CURRENT = ThreadLocal.withInitial(Recording::new);

    boolean off;
    /** Where {@link Checkpoint} collects the nodes that its function makes; null otherwise. */
    Set<GradFn> created;
    /** The inputs of nodes whose gradients a walk asks for; null for all that require one. */
    Predicate<Variable> wanted;
    /** The vmaps that are running, outermost first: for each a variable of which its axis is hidden. */
    Variable[] running = {};
    /** The innermost {@link Autocast}; null for none. */
    Autocast autocast;

    static Recording current() {
        return CURRENT.get();
    }

    static boolean wants(Variable input) {
        Predicate<Variable> wanted = current().wanted;
        return wanted == null || wanted.test(input);
    }

    static void noteCreated(GradFn node) {
        Set<GradFn> nodes = current().created;
        if (nodes != null) {
            nodes.add(node);
        }
    }
}
