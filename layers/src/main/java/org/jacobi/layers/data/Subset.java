package org.jacobi.layers.data;

import java.util.Objects;

/**
 * Some of another data set's examples: torch.utils.data.Subset.
 *
 * @param <T> an example
 */
public final class Subset<T> implements Dataset<T> {
    private final Dataset<T> source;
    private final long[] indices;

    /**
     * Chooses examples by their numbers, in that order.
     *
     * @throws IllegalArgumentException if the data set has no example of such a number
     */
    public Subset(Dataset<T> source, long... indices) {
        this.source = source;
        this.indices = indices.clone();
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 || indices[i] >= source.size()) {
                throw new IllegalArgumentException("Subset: number " + indices[i] + " at position " + i
                        + " is out of range for a data set of " + source.size() + " examples");
            }
        }
    }

    @Override
    public long size() {
        return indices.length;
    }

    @Override
    public T get(long index) {
        return source.get(sourceIndex(index));
    }

    /** Returns the number that an example has in the whole data set. */
    public long sourceIndex(long index) {
        return indices[(int) Objects.checkIndex(index, size())];
    }

    @Override
    public String describe(long index) {
        return source.describe(sourceIndex(index));
    }
}
