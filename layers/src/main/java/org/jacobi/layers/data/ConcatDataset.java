package org.jacobi.layers.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Data sets one after the other: torch.utils.data.ConcatDataset.
 *
 * @param <T> an example
 */
public final class ConcatDataset<T> implements Dataset<T> {
    private final List<Dataset<T>> parts;
    /** The number of the example after each part's last. */
    private final long[] ends;

    /** Joins data sets. */
    public ConcatDataset(List<? extends Dataset<T>> parts) {
        this.parts = List.copyOf(parts);
        ends = new long[parts.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = (i == 0 ? 0 : ends[i - 1]) + parts.get(i).size();
        }
    }

    @Override
    public long size() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    @Override
    public T get(long index) {
        int part = part(index);
        return parts.get(part).get(index - start(part));
    }

    @Override
    public String describe(long index) {
        int part = part(index);
        return parts.get(part).describe(index - start(part)) + " of part " + part;
    }

    private int part(long index) {
        Objects.checkIndex(index, size());
        int found = Arrays.binarySearch(ends, index + 1);
        int part = found >= 0 ? found : -found - 1;
        // Of parts that end at the same example all but the first are empty.
        while (part > 0 && ends[part - 1] > index) {
            part--;
        }
        return part;
    }

    private long start(int part) {
        return part == 0 ? 0 : ends[part - 1];
    }
}
