package org.jacobi.autograd;

import java.util.List;

/**
 * Where an op was called: the calls that led to it, and the layer it ran in.
 *
 * @param layer the path of {@link ModelPath}; empty outside of all layers
 * @param calls from the line that called the op outwards
 */
record Creation(String layer, List<StackTraceElement> calls) {
    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    /** Returns the place that is just calling an op. */
    static Creation here() {
        return new Creation(ModelPath.current(), WALKER.walk(frames -> frames
                .dropWhile(frame -> isMachinery(frame.getDeclaringClass()))
                .map(StackWalker.StackFrame::toStackTraceElement).toList()));
    }

    /** Returns whether a class is Variable, one of the interfaces it is made of, an op, or what runs them. */
    private static boolean isMachinery(Class<?> type) {
        return type.getPackageName().equals(Creation.class.getPackageName() + ".ops")
                || type.isAssignableFrom(Variable.class)
                || List.of(Creation.class, Anomaly.class, Engine.class, BackwardWalk.class, CustomGrad.class)
                        .contains(type);
    }

    /** Returns the calling line, and the layer. */
    @Override
    public String toString() {
        return (calls.isEmpty() ? "an unknown line" : calls.getFirst().toString())
                + (layer.isEmpty() ? "" : ", in layer " + layer);
    }

    /** Returns an exception that carries the calls as its stack trace. */
    Throwable asCause(String op) {
        var cause = new RuntimeException("the forward of " + op + " was called here");
        cause.setStackTrace(calls.toArray(StackTraceElement[]::new));
        return cause;
    }
}
