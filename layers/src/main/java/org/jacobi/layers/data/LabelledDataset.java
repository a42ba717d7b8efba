package org.jacobi.layers.data;

import java.util.List;

/**
 * Examples that belong to one class each, known without reading them.
 *
 * @param <T> an example
 */
public interface LabelledDataset<T> extends Dataset<T> {
    /** Returns the classes' names by their numbers. */
    List<String> classes();

    /** Returns the number of an example's class. */
    long label(long index);

    /** Returns the number of each example's class. */
    default long[] labels() {
        long[] labels = new long[Math.toIntExact(size())];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = label(i);
        }
        return labels;
    }
}
