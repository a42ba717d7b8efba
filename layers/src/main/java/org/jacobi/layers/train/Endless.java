package org.jacobi.layers.train;

import java.util.Iterator;

/** Walks over batches again and again. */
final class Endless<B> implements Iterator<B>, AutoCloseable {
    private final Iterable<? extends B> batches;
    private Iterator<? extends B> walk;

    Endless(Iterable<? extends B> batches) {
        this.batches = batches;
        this.walk = batches.iterator();
    }

    @Override
    public boolean hasNext() {
        if (!walk.hasNext()) {
            close();
            walk = batches.iterator();
        }
        return walk.hasNext();
    }

    @Override
    public B next() {
        return walk.next();
    }

    @Override
    public void close() {
        close(walk);
    }

    /** Closes a walk that can be closed. */
    static void close(Iterator<?> walk) {
        if (walk instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(
                        "Trainer: the walk over the batches cannot be closed: " + e.getMessage(), e);
            }
        }
    }
}
