package org.jacobi.layers.data;

import java.util.List;

/**
 * Makes a batch of examples.
 *
 * @param <T> an example
 * @param <B> a batch
 */
@FunctionalInterface
public interface Collate<T, B> {
    /**
     * Returns the batch of the examples, of which there is at least one.
     *
     * @param numbers the examples' numbers in the data set, for errors
     */
    B apply(List<T> examples, long[] numbers);
}
