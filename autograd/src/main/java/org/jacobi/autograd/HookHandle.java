package org.jacobi.autograd;

import java.util.List;

/** A registered hook, PyTorch's RemovableHandle: closing it takes the hook away, whoever is just being told included. */
public final class HookHandle implements AutoCloseable {
    private Runnable removal;

    private HookHandle(Runnable removal) {
        this.removal = removal;
    }

    /**
     * Adds a hook to a list and returns what takes it out again.
     *
     * @param hooks a list that may change while it is walked, such as a CopyOnWriteArrayList
     */
    public static <H> HookHandle register(List<H> hooks, H hook) {
        hooks.add(hook);
        return new HookHandle(() -> hooks.remove(hook));
    }

    /** Removes the hook; closing twice does nothing. */
    @Override
    public void close() {
        if (removal != null) {
            removal.run();
            removal = null;
        }
    }
}
