package org.jacobi.layers.data;

import java.util.function.Function;

/** What a function makes of another data set's examples. */
record MappedDataset<S, T>(Dataset<S> source, Function<? super S, ? extends T> function) implements Dataset<T> {
    @Override
    public long size() {
        return source.size();
    }

    @Override
    public T get(long index) {
        return function.apply(source.get(index));
    }

    @Override
    public String describe(long index) {
        return source.describe(index);
    }
}
