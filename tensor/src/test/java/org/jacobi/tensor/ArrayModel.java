package org.jacobi.tensor;

import java.util.Arrays;
import java.util.function.Function;

/** A tensor as the simplest thing it can be, sizes and values in row-major order; what tests compare tensors with. */
final class ArrayModel {
    final long[] sizes;
    final double[] values;

    ArrayModel(long[] sizes, double[] values) {
        this.sizes = sizes;
        this.values = values;
    }

    static ArrayModel of(Tensor tensor) {
        return new ArrayModel(tensor.shape().toArray(), tensor.toDoubleArray());
    }

    static int numel(long[] sizes) {
        return (int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
    }

    /** Returns the index of the n-th element of a shape. */
    static long[] index(long[] sizes, long n) {
        long[] index = new long[sizes.length];
        long rest = n;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            index[axis] = rest % sizes[axis];
            rest /= sizes[axis];
        }
        return index;
    }

    /** Returns the element at an index; where an axis has size 1 its entry of the index does not matter. */
    double at(long... index) {
        long flat = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            flat = flat * sizes[axis] + (sizes[axis] == 1 ? 0 : index[axis]);
        }
        return values[(int) flat];
    }

    /** Returns the array of new sizes whose element at each index is this one's element at the index's source. */
    ArrayModel map(long[] newSizes, Function<long[], long[]> source) {
        double[] out = new double[numel(newSizes)];
        for (int n = 0; n < out.length; n++) {
            out[n] = at(source.apply(index(newSizes, n)));
        }
        return new ArrayModel(newSizes, out);
    }

    /** Returns the array broadcast to a shape with as many axes or more. */
    ArrayModel broadcast(long... newSizes) {
        int extra = newSizes.length - sizes.length;
        return map(newSizes, index -> Arrays.copyOfRange(index, extra, index.length));
    }
}
