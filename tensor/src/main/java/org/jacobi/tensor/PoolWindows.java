package org.jacobi.tensor;

import java.util.Arrays;

/** Makes the {@link Taps} of the axes that pooling and interpolation work on, and checks what these are called with. */
final class PoolWindows {
    /** Its square is still a number of channels. */
    private static final long MAX_FACTOR = 1 << 20;
    private static final String[] LAYOUTS = {"(N, C, L)", "(N, C, H, W)", "(N, C, D, H, W)"};

    private PoolWindows() {
    }

    /** Checks that a kernel has as many sizes as an op's name says. */
    static void requireAxes(String op, int axes, long[] kernel) {
        if (Checks.required(op, "the kernel size", kernel).length != axes) {
            throw new IllegalArgumentException(op + ": the kernel has sizes for " + kernel.length + " axes, expected "
                    + axes);
        }
    }

    /** Checks that a shape has spatial axes, channels, and examples perhaps. */
    private static void requireLayout(String op, Shape shape, int spatial) {
        if (shape.rank() != spatial + 1 && shape.rank() != spatial + 2) {
            String layout = LAYOUTS[spatial - 1];
            throw new IllegalArgumentException(
                    op + ": needs " + layout + " or (" + layout.substring("(N, ".length()) + ", got shape " + shape);
        }
    }

    /** The windows of the last axes: as many as the kernel has sizes. */
    static Taps[] of(String op, TensorLike<?> x, long[] kernel, long[] stride, long[] padding, long[] dilation,
            boolean ceilMode, boolean countsPads) {
        Checks.floating(op, x.dtype());
        Shape shape = x.shape();
        int spatial = Checks.required(op, "the kernel size", kernel).length;
        if (spatial < 1 || spatial > 3) {
            throw new IllegalArgumentException(op + ": the kernel has sizes for " + spatial + " axes, expected 1 to 3");
        }
        for (long[] others : new long[][] {Checks.required(op, "the stride", stride),
            Checks.required(op, "the padding", padding), Checks.required(op, "the dilation", dilation)}) {
            if (others.length != spatial) {
                throw new IllegalArgumentException(op + ": kernel " + Arrays.toString(kernel) + ", stride "
                        + Arrays.toString(stride) + ", padding " + Arrays.toString(padding) + " and dilation "
                        + Arrays.toString(dilation) + " must have as many sizes");
            }
        }
        requireLayout(op, shape, spatial);
        Taps[] windows = new Taps[spatial];
        Arrays.setAll(windows, i -> Taps.windows(op, shape, shape.rank() - spatial + i, kernel[i], stride[i],
                padding[i], dilation[i], ceilMode, countsPads));
        return windows;
    }

    /** Windows of the last axes, as many along each as asked for. */
    static Taps[] adaptive(String op, TensorLike<?> x, long... outputs) {
        Checks.floating(op, x.dtype());
        Shape shape = x.shape();
        requireLayout(op, shape, outputs.length);
        Taps[] windows = new Taps[outputs.length];
        Arrays.setAll(windows, i -> Taps.adaptive(op, shape, shape.rank() - outputs.length + i, outputs[i]));
        return windows;
    }

    /** What an interpolation mixes: either sizes or factors are given. */
    static Taps[] interpolation(TensorLike<?> x, long[] size, double[] factors, Interpolation mode,
            boolean alignCorners) {
        String op = "interpolate";
        Checks.floating(op, x.dtype());
        Shape shape = x.shape();
        int spatial = shape.rank() - 2;
        if (spatial < 1 || spatial > 3 || size != null && size.length != spatial) {
            throw new IllegalArgumentException(
                    op + ": needs (N, C, ...) with one to three axes after the second, and a "
                            + "size for each of them; got shape " + shape
                            + (size == null ? "" : " and size " + Arrays.toString(size)));
        }
        Checks.required(op, "the mode", mode);
        if (alignCorners && mode != Interpolation.LINEAR && mode != Interpolation.CUBIC) {
            throw new IllegalArgumentException(
                    op + ": alignCorners goes with LINEAR and CUBIC only, the mode is " + mode);
        }
        if (mode == Interpolation.CUBIC && spatial != 2) {
            throw new IllegalArgumentException(op + ": CUBIC is for (N, C, H, W) only, got shape " + shape);
        }
        Taps[] taps = new Taps[spatial];
        for (int i = 0; i < spatial; i++) {
            long in = shape.size(i + 2);
            double wanted = size != null ? size[i] : Math.floor(in * factors[i]);
            if (!(wanted >= 1 && wanted <= Integer.MAX_VALUE - 8) || in < 1 || in > Integer.MAX_VALUE - 8) {
                throw new IllegalArgumentException(op + ": axis " + (i + 2) + " of shape " + shape
                        + " would get size " + wanted + "; both sizes must be at least 1");
            }
            double scale = size != null ? in / wanted : 1 / factors[i];
            taps[i] = mode == Interpolation.AREA ? Taps.adaptive(op, shape, i + 2, (long) wanted)
                    : Taps.interpolation(mode, alignCorners, (int) in, (int) wanted, scale);
        }
        return taps;
    }

    /** Returns the sizes of images (..., C, H, W) whose pixels are to be shuffled. */
    static long[] image(String op, Shape shape, long factor) {
        if (shape.rank() < 3 || factor < 1 || factor > MAX_FACTOR) {
            throw new IllegalArgumentException(op + ": needs (..., C, H, W) and a factor from 1 to " + MAX_FACTOR
                    + ", got shape " + shape + " and factor " + factor);
        }
        return shape.toArray();
    }

    /** Returns the order of axes that moves the five from one on. */
    static int[] order(int rank, int from, int... moved) {
        int[] order = new int[rank];
        Arrays.setAll(order, i -> i < from ? i : from + moved[i - from]);
        return order;
    }
}
