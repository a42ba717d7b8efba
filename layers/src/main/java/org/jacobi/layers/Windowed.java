package org.jacobi.layers;

import java.util.Arrays;

/** What pooling layers are told: the sizes of their windows, one an axis. */
abstract class Windowed extends Layer {
    final long[] kernel;
    final long[] stride;
    final long[] padding;
    final boolean ceilMode;

    Windowed(int axes, long[] kernel, long[] stride, long[] padding, boolean ceilMode) {
        for (long[] sizes : new long[][] {kernel, stride, padding}) {
            if (sizes.length != axes) {
                throw new IllegalArgumentException(getClass().getSimpleName() + ": kernel " + Arrays.toString(kernel)
                        + ", stride " + Arrays.toString(stride) + " and padding " + Arrays.toString(padding)
                        + " must have " + axes + (axes == 1 ? " size" : " sizes"));
            }
        }
        for (int i = 0; i < axes; i++) {
            if (kernel[i] < 1 || stride[i] < 1 || padding[i] < 0 || padding[i] > kernel[i] / 2) {
                throw new IllegalArgumentException(getClass().getSimpleName() + ": kernel " + Arrays.toString(kernel)
                        + " and stride " + Arrays.toString(stride) + " must be at least 1, padding "
                        + Arrays.toString(padding) + " from 0 to half of the kernel");
            }
        }
        this.kernel = kernel.clone();
        this.stride = stride.clone();
        this.padding = padding.clone();
        this.ceilMode = ceilMode;
    }

    /** Returns one size for each of some axes. */
    static long[] all(int axes, long size) {
        long[] sizes = new long[axes];
        Arrays.fill(sizes, size);
        return sizes;
    }
}
