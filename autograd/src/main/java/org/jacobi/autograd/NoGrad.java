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
    private static final ThreadLocal<Boolean> ACTIVE = ThreadLocal.withInitial(() -> false);

    private final boolean before;

    private NoGrad(boolean active) {
        before = ACTIVE.get();
        ACTIVE.set(active);
    }

    /** Stops recording until the returned object is closed. */
    public static NoGrad open() {
        return new NoGrad(true);
    }

    /** Sets recording on or off until the returned object is closed. */
    static NoGrad set(boolean active) {
        return new NoGrad(active);
    }

    /** Returns whether recording is off in this thread. */
    public static boolean active() {
        return ACTIVE.get();
    }

    @Override
    public void close() {
        ACTIVE.set(before);
    }
}
