package org.jacobi.autograd;

/**
 * Turns recording off for the current thread while it is open: results need no gradient and keep no graph.
 *
 * <pre>{@code
 * try (var _ = NoGrad.open()) {
 *     Variable logits = model.forward(x);
 * }
 * }</pre>
 */
public final class NoGrad implements AutoCloseable {
    private final boolean before;

    private NoGrad(boolean off) {
        Recording recording = Recording.current();
        before = recording.off;
        recording.off = off;
    }

    /** Stops recording until the returned object is closed. */
    public static NoGrad open() {
        return new NoGrad(true);
    }

    /** Sets recording on or off until the returned object is closed. */
    static NoGrad set(boolean off) {
        return new NoGrad(off);
    }

    /** Returns whether recording is off in this thread. */
    public static boolean active() {
        return Recording.current().off;
    }

    @Override
    public void close() {
        Recording.current().off = before;
    }
}
