package org.jacobi.layers.data;

import org.jacobi.tensor.Tensor;

/**
 * Several examples, stacked along a new first axis.
 *
 * @param input  (N, …)
 * @param target (N, …)
 */
public record Batch(Tensor input, Tensor target) {
    /** Returns the number of examples. */
    public long size() {
        return input.size(0);
    }
}
