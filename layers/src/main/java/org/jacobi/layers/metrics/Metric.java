package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/**
 * A measure of how well predictions fit their targets, which takes them in batch after batch.
 *
 * <p>What it remembers is not made of tensors of the batches, so that it may live longer than their scopes.
 *
 * @param <R> the result: a Double, or several numbers
 */
public interface Metric<R> {
    /**
     * Takes in one more batch.
     *
     * @throws IllegalArgumentException if prediction and target do not have the form that the metric asks for
     */
    void update(Tensor prediction, Tensor target);

    /**
     * Returns the measure of all that was taken in since the start or the last {@link #reset}; it may go on afterwards.
     *
     * @throws IllegalStateException if nothing was taken in
     */
    R compute();

    /** Forgets what was taken in. */
    void reset();
}
