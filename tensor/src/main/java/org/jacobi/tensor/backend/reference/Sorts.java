package org.jacobi.tensor.backend.reference;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Sorting and searching along the last axis. */
final class Sorts {
    private Sorts() {
    }

    /** Compares two elements: -0 equals 0, and NaN is larger than any number and equal to itself. */
    static int compare(DType type, long a, long b) {
        return type.isFloating() ? compare(Elements.getDouble(type, a), Elements.getDouble(type, b))
                : Long.compare(Elements.getLong(type, a), Elements.getLong(type, b));
    }

    private static int compare(double x, double y) {
        return x == y ? 0 : Double.compare(x, y);
    }

    static boolean isNaN(DType type, long address) {
        return type.isFloating() && Double.isNaN(Elements.getDouble(type, address));
    }

    static void sort(Tensor values, Tensor indices, Tensor x, boolean descending) {
        DType type = x.dtype();
        int n = Math.toIntExact(x.size(-1));
        long step = x.stride(-1) * type.bytes();
        long valueStep = values.stride(-1) * type.bytes();
        long indexStep = indices.stride(-1) * DType.I64.bytes();
        Integer[] order = new Integer[n];
        Walk rows = new Walk(x.shape().with(-1, 1).toArray(), Walk.strides(values), Walk.strides(indices),
                Walk.strides(x));
        for (boolean row = rows.start(values.address(), indices.address(), x.address()); row; row = rows.next()) {
            for (long r = 0; r < rows.length(); r++) {
                long first = rows.address(2) + r * rows.step(2);
                Arrays.setAll(order, i -> i);
                // A merge sort: equal elements stay in order.
                Arrays.sort(order,
                        (i, j) -> compare(type, first + i * step, first + j * step) * (descending ? -1 : 1));
                for (int i = 0; i < n; i++) {
                    Elements.move(type, rows.address(0) + r * rows.step(0) + i * valueStep, first + order[i] * step);
                    Elements.setLong(DType.I64, rows.address(1) + r * rows.step(1) + i * indexStep, order[i]);
                }
            }
        }
    }

    static void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right) {
        DType type = x.dtype();
        long n = sorted.size(-1);
        long step = sorted.stride(-1) * type.bytes();
        long[] rowStrides = Walk.strides(sorted);
        rowStrides[x.rank() - 1] = 0; // every element of a row searches the same one
        Walk walk = new Walk(x.shape().toArray(), Walk.strides(out), Walk.strides(x), rowStrides);
        for (boolean row = walk.start(out.address(), x.address(), sorted.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                long value = walk.address(1) + i * walk.step(1);
                long first = walk.address(2) + i * walk.step(2);
                long below = 0;
                long above = n;
                while (below < above) {
                    long middle = (below + above) / 2;
                    int order = compare(type, first + middle * step, value);
                    if (order < 0 || right && order == 0) {
                        below = middle + 1;
                    } else {
                        above = middle;
                    }
                }
                Elements.setLong(DType.I64, walk.address(0) + i * walk.step(0), below);
            }
        }
    }
}
