package org.jacobi.layers.data;

/**
 * Examples by their number, such as the images of a folder or the rows of a table: torch.utils.data.Dataset.
 *
 * <p>{@link #get} may be called by several threads at once, and any number of times for the same example: whatever is random
 * about an example, such as an augmentation, belongs to the loader's transform.
 *
 * @param <T> an example
 */
public interface Dataset<T> {
    /** Returns the number of examples. */
    long size();

    /**
     * Returns an example. Its tensors are new and belong to the caller's scope.
     *
     * @throws IndexOutOfBoundsException unless 0 ≤ index &lt; size
     */
    T get(long index);
}
