package org.jacobi.layers.data;

import java.util.Objects;
import java.util.function.Function;

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
     * @throws DataException             if the example cannot be read
     */
    T get(long index);

    /** Returns what errors call an example: its number, and its file where there is one. */
    default String describe(long index) {
        return "example " + index;
    }

    /** Returns the examples that a function makes of these, each time they are read. */
    default <R> Dataset<R> map(Function<? super T, ? extends R> function) {
        Objects.requireNonNull(function, "map: the function is null");
        return new MappedDataset<>(this, function);
    }

    /** Returns the examples with the given numbers, in that order; {@link Splits} makes such numbers. */
    default Subset<T> subset(long... indices) {
        return new Subset<>(this, indices);
    }
}
