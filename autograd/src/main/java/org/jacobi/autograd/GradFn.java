package org.jacobi.autograd;

/**
 * One node of the graph: an op that was run, what it saved, and how gradients pass back through it.
 *
 * <p>Ops are records whose components are the inputs, the saved values and the constants. One file holds an op's forward
 * (its static {@code apply}) and its backward. {@link #backward} is written with Variable ops, so that it can itself be
 * recorded and differentiated again. Nodes are compared by identity only.
 */
public interface GradFn {
    /** Returns the op's inputs in order; an entry may be null where an optional input is absent. */
    Variable[] inputs();

    /** Returns what the op saved for its backward. */
    Saved saved();

    /**
     * Returns the gradient of each input, in its shape, or null for an input that needs none.
     *
     * @param douts the gradient of each output, in its shape; null for an output that the loss does not depend on
     */
    Variable[] backward(Variable... douts);

    /** Returns the op's name, as users call it. */
    default String name() {
        String simple = getClass().getSimpleName();
        return Character.toLowerCase(simple.charAt(0)) + simple.substring(1);
    }

    /** Returns in one line what {@link #backward} computes, as {@link Formula} on the class says; empty if it says nothing. */
    default String formula() {
        Formula formula = getClass().getAnnotation(Formula.class);
        return formula == null ? "" : formula.value();
    }

    /** Returns the path, below a source folder, of the file that holds the op's forward and backward. */
    default String source() {
        return getClass().getName().replaceFirst("\\$.*", "").replace('.', '/') + ".java";
    }

    /** Returns whether the gradient of an input is asked for. */
    default boolean needs(int input) {
        Variable variable = inputs()[input];
        return variable != null && variable.requiresGrad() && Recording.wants(variable);
    }
}
