package org.jacobi.layers.data;

import java.lang.ref.Cleaner;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

import org.jacobi.tensor.TensorScope;

/**
 * The batches of one epoch, in order.
 *
 * <p>Reading it to its end or closing it ends the loader's threads and frees what they prepared. An epoch that is left early and
 * not closed is closed by its loader when the next one begins, or after the garbage collector found it unreachable.
 *
 * @param <B> a batch
 */
public final class Epoch<B extends TensorBundle<B>> implements Iterator<B>, Iterable<B>, AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Prefetcher<B> batches;
    private final LoaderState start;
    private final int batchSize;
    private final long examples;

    Epoch(Prefetcher<B> batches, LoaderState start, int batchSize, long examples) {
        this.batches = batches;
        this.start = start;
        this.batchSize = batchSize;
        this.examples = examples;
        // Its threads know the prefetcher, not the epoch, which can thus become unreachable while they wait.
        CLEANER.register(this, () -> batches.stop("it was left unread"));
    }

    /** Returns this: the batches that have not been taken. */
    @Override
    public Iterator<B> iterator() {
        return this;
    }

    @Override
    public boolean hasNext() {
        return batches.hasNext();
    }

    /**
     * Returns the next batch, whose tensors belong to this thread's innermost scope; waits for it if need be.
     *
     * @throws DataException          if an example of the batch cannot be loaded; the epoch is closed then
     * @throws NoSuchElementException after the last batch
     * @throws IllegalStateException  if the epoch was closed, or the thread interrupted
     */
    @Override
    public B next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the epoch has no more batches: " + state());
        }
        return batches.take().adopt();
    }

    /** Does something with each batch that is left, in a scope of its own: the batch is freed afterwards. */
    @Override
    public void forEach(Consumer<? super B> action) {
        forEachRemaining(action);
    }

    @Override
    public void forEachRemaining(Consumer<? super B> action) {
        try (this) {
            while (hasNext()) {
                try (var _ = TensorScope.open()) {
                    action.accept(next());
                }
            }
        }
    }

    /** Returns where the epoch is: {@link DataLoader#resume} goes on with the batch after the last that was taken. */
    public LoaderState state() {
        return start.after(batches.taken(), batchSize, examples);
    }

    /** Ends the threads and frees batches that were not taken. Closing twice does nothing. */
    @Override
    public void close() {
        batches.close("it was closed");
    }
}
