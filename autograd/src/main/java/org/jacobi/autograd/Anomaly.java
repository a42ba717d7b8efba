package org.jacobi.autograd;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * While it is open, the first NaN or infinity that an op of the current thread makes is an {@link ArithmeticException} that
 * names the op, the line and the layer that called it, and the result or gradient at fault.
 *
 * <pre>{@code
 * try (var _ = Anomaly.detect()) {
 *     Variable loss = model.forward(x).crossEntropy(targets);
 *     loss.backward();
 * }
 * }</pre>
 *
 * <p>PyTorch's detect_anomaly looks for NaN in the backward only. Here the forward is checked too, with or without recording,
 * and infinities count; an op whose input holds an infinity already, such as a mask of -inf, may hand it on. The exception's
 * cause has the forward's calls as its stack trace; a node that was recorded outside anomaly mode has none. Every result
 * and every gradient is read once more than usual: this is for debugging.
 */
public final class Anomaly implements AutoCloseable {
    /** What is worst in a tensor. */
    private enum Content {
        FINITE("finite"), INFINITE("infinity"), NAN("NaN");

        private final String text;

        Content(String text) {
            this.text = text;
        }

        static Content of(Variable variable) {
            Tensor x = Batch.value(variable);
            if (!x.dtype().isFloating() || x.numel() == 0) {
                return FINITE;
            }
            try (var _ = TensorScope.open()) {
                Tensor wide = x.dtype() == DType.F64 ? x : x.to(DType.F32);
                if (wide.isNaN().any().item() != 0) {
                    return NAN;
                }
                return wide.abs().eq(Double.POSITIVE_INFINITY).any().item() != 0 ? INFINITE : FINITE;
            }
        }

        static Content worst(Variable... variables) {
            Content worst = FINITE;
            for (Variable variable : variables) {
                if (variable != null && worst != NAN) {
                    Content content = of(variable);
                    worst = content.compareTo(worst) > 0 ? content : worst;
                }
            }
            return worst;
        }
    }

    /** What is checked in a thread: the ops that a backward is made of are not, their node's gradients are. */
    private enum Mode {
        OFF, ON, INSIDE_BACKWARD
    }

    /** In how many threads the mode is on: while it is 0, {@link #active} costs the reading of a field. */
    private static int threads;
    private static final ThreadLocal<Mode> MODE = ThreadLocal.withInitial(() -> Mode.OFF);

    private final Mode before = MODE.get();

    private Anomaly(Mode mode) {
        set(mode);
    }

    /** Looks for anomalies in this thread until the returned object is closed. */
    public static Anomaly detect() {
        return new Anomaly(Mode.ON);
    }

    @Override
    public void close() {
        set(before);
    }

    private static synchronized void set(Mode mode) {
        threads += (mode == Mode.OFF ? 0 : 1) - (MODE.get() == Mode.OFF ? 0 : 1);
        MODE.set(mode);
    }

    static boolean active() {
        return threads != 0 && MODE.get() != Mode.OFF;
    }

    /** Notes where an op was called, and checks its results. */
    static void checkForward(GradFn node, Variable[] inputs, Variable... outs) {
        Creation creation = Creation.here();
        node.saved().created(creation);
        for (int i = 0; i < outs.length && MODE.get() == Mode.ON; i++) {
            Content content = Content.of(outs[i]);
            if (content == Content.NAN || content == Content.INFINITE && Content.worst(inputs) == Content.FINITE) {
                throw exception("anomaly: the forward of " + node.name() + " gave " + content.text + " in "
                        + (outs.length == 1 ? "its result " : "result " + i + " ") + outs[i].dtype() + outs[i].shape()
                        + list(", from input", inputs), node, creation);
            }
        }
    }

    /** Runs a node's backward, whose ops are not checked one by one: {@link #checkBackward} checks what comes out. */
    static Variable[] backward(GradFn node, Variable[] douts) {
        try (var _ = new Anomaly(Mode.INSIDE_BACKWARD)) {
            return node.backward(douts);
        }
    }

    /** Checks the gradients that a node has computed, if the mode is on. */
    static void checkBackward(GradFn node, Variable[] douts, Variable[] grads) {
        if (!active()) {
            return;
        }
        for (int i = 0; i < node.inputs().length; i++) {
            Content content = grads[i] == null || !node.needs(i) ? Content.FINITE : Content.of(grads[i]);
            if (content != Content.FINITE) {
                throw exception("anomaly: the backward of " + node.name() + " gave " + content.text
                        + " in the gradient of input " + i + " " + grads[i].dtype() + grads[i].shape()
                        + list(", from the gradient of output", douts) + list("; input", node.inputs()), node,
                        node.saved().creation());
            }
        }
    }

    private static String list(String what, Variable[] variables) {
        var text = new StringBuilder();
        for (int i = 0; i < variables.length; i++) {
            if (variables[i] != null) {
                text.append(text.isEmpty() ? what + " " : ", ").append(i).append(' ').append(variables[i].dtype())
                        .append(variables[i].shape()).append(": ").append(Content.of(variables[i]).text);
            }
        }
        return text.toString();
    }

    private static ArithmeticException exception(String message, GradFn node, Creation creation) {
        var exception = new ArithmeticException(message + "; the forward was called "
                + (creation == null ? "outside anomaly mode" : "at " + creation));
        if (creation != null) {
            exception.initCause(creation.asCause(node.name()));
        }
        return exception;
    }
}
