package org.jacobi.tensor;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Pooling, interpolation and the shuffling of pixels: what is done along the last one, two or three axes of (N, C, L),
 * (N, C, H, W) or (N, C, D, H, W), where N may be missing. Windows and neighbours are {@link Taps}.
 *
 * @param <T> Tensor or Variable
 */
public interface ComposedPooling<T extends ComposedPooling<T>> extends TensorLike<T> {
    /**
     * Returns the weighted sums of the elements that taps name, along each of the last axes by itself: as many as there are
     * taps, those of the outermost axis first.
     */
    T resample(Taps... taps);

    /** Returns the largest element of each window of the last axes, of which the outermost axis's come first. */
    T maxPool(Taps... windows);

    /**
     * Returns the largest element of each window of the last axes, and where each was, counted in row-major order within
     * these axes; of equal elements the first.
     */
    Located<T> maxPoolWithIndices(Taps... windows);

    // ---- the largest of each window --------------------------------------------------------------------------------

    /**
     * Returns the largest element of each window of as many last axes as the kernel has sizes, and where each was, counted in
     * row-major order within these axes; of equal elements the first.
     */
    default Located<T> maxPoolWithIndices(long[] kernel, long[] stride, long[] padding, long[] dilation,
            boolean ceilMode) {
        return maxPoolWithIndices(
                PoolWindows.of("maxPoolWithIndices", this, kernel, stride, padding, dilation, ceilMode, true));
    }

    /** Returns the largest of every kernel neighbours, without overlap. */
    default T maxPool1d(long kernel) {
        return maxPool1d(kernel, kernel, 0, 1, false);
    }

    /** Returns the largest element of each window of (N, C, L); padding counts as -infinity. */
    default T maxPool1d(long kernel, long stride, long padding, long dilation, boolean ceilMode) {
        return maxPool(PoolWindows.of("maxPool1d", this, new long[] {kernel}, new long[] {stride},
                new long[] {padding}, new long[] {dilation}, ceilMode, true));
    }

    /** Returns the largest element of each kernel x kernel window, without overlap. */
    default T maxPool2d(long kernel) {
        return maxPool2d(kernel, kernel, 0);
    }

    /** Returns the largest element of each kernel x kernel window of (N, C, H, W); padding counts as -infinity. */
    default T maxPool2d(long kernel, long stride, long padding) {
        return maxPool2d(new long[] {kernel, kernel}, new long[] {stride, stride}, new long[] {padding, padding},
                new long[] {1, 1}, false);
    }

    /** Returns the largest element of each window of (N, C, H, W); padding counts as -infinity. */
    default T maxPool2d(long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceilMode) {
        PoolWindows.requireAxes("maxPool2d", 2, kernel);
        return maxPool(PoolWindows.of("maxPool2d", this, kernel, stride, padding, dilation, ceilMode, true));
    }

    /** Returns the largest element of each kernel x kernel x kernel window, without overlap. */
    default T maxPool3d(long kernel) {
        return maxPool3d(new long[] {kernel, kernel, kernel}, new long[] {kernel, kernel, kernel}, new long[3],
                new long[] {1, 1, 1}, false);
    }

    /** Returns the largest element of each window of (N, C, D, H, W); padding counts as -infinity. */
    default T maxPool3d(long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceilMode) {
        PoolWindows.requireAxes("maxPool3d", 3, kernel);
        return maxPool(PoolWindows.of("maxPool3d", this, kernel, stride, padding, dilation, ceilMode, true));
    }

    // ---- the average of each window --------------------------------------------------------------------------------

    /** Returns the average of every kernel neighbours, without overlap. */
    default T avgPool1d(long kernel) {
        return avgPool1d(kernel, kernel, 0, false, true);
    }

    /** Returns the average of each window of (N, C, L); padding counts as zeros if asked for, else not at all. */
    default T avgPool1d(long kernel, long stride, long padding, boolean ceilMode, boolean countIncludePad) {
        return resample(PoolWindows.of("avgPool1d", this, new long[] {kernel}, new long[] {stride},
                new long[] {padding}, new long[] {1}, ceilMode, countIncludePad));
    }

    /** Returns the average of each kernel x kernel window, without overlap. */
    default T avgPool2d(long kernel) {
        return avgPool2d(kernel, kernel, 0);
    }

    /** Returns the average of each kernel x kernel window of (N, C, H, W); padding counts as zeros. */
    default T avgPool2d(long kernel, long stride, long padding) {
        return avgPool2d(new long[] {kernel, kernel}, new long[] {stride, stride}, new long[] {padding, padding},
                false, true);
    }

    /** Returns the average of each window of (N, C, H, W); padding counts as zeros if asked for, else not at all. */
    default T avgPool2d(long[] kernel, long[] stride, long[] padding, boolean ceilMode, boolean countIncludePad) {
        PoolWindows.requireAxes("avgPool2d", 2, kernel);
        return resample(PoolWindows.of("avgPool2d", this, kernel, stride, padding, new long[] {1, 1}, ceilMode,
                countIncludePad));
    }

    /** Returns the average of each kernel x kernel x kernel window, without overlap. */
    default T avgPool3d(long kernel) {
        return avgPool3d(new long[] {kernel, kernel, kernel}, new long[] {kernel, kernel, kernel}, new long[3], false,
                true);
    }

    /** Returns the average of each window of (N, C, D, H, W); padding counts as zeros if asked for, else not at all. */
    default T avgPool3d(long[] kernel, long[] stride, long[] padding, boolean ceilMode, boolean countIncludePad) {
        PoolWindows.requireAxes("avgPool3d", 3, kernel);
        return resample(PoolWindows.of("avgPool3d", this, kernel, stride, padding, new long[] {1, 1, 1}, ceilMode,
                countIncludePad));
    }

    // ---- as many windows as are asked for --------------------------------------------------------------------------

    /** One window that covers everything is a mean, which has a faster kernel. */
    private T averaged(Taps... windows) {
        return Arrays.stream(windows).allMatch(taps -> taps.outputs() == 1)
                ? mean(true, IntStream.rangeClosed(-windows.length, -1).toArray())
                : resample(windows);
    }

    /** Returns averages of (N, C, L) over as many windows as asked for, which cover the axis evenly. */
    default T adaptiveAvgPool1d(long size) {
        return averaged(PoolWindows.adaptive("adaptiveAvgPool1d", this, size));
    }

    /** Returns averages of (N, C, H, W) over height x width windows that cover the image evenly. */
    default T adaptiveAvgPool2d(long height, long width) {
        return averaged(PoolWindows.adaptive("adaptiveAvgPool2d", this, height, width));
    }

    /** Returns averages of (N, C, D, H, W) over depth x height x width windows that cover it evenly. */
    default T adaptiveAvgPool3d(long depth, long height, long width) {
        return averaged(PoolWindows.adaptive("adaptiveAvgPool3d", this, depth, height, width));
    }

    /** Returns the largest elements of (N, C, L) in as many windows as asked for, which cover the axis evenly. */
    default T adaptiveMaxPool1d(long size) {
        return maxPool(PoolWindows.adaptive("adaptiveMaxPool1d", this, size));
    }

    /** Returns the largest elements of (N, C, H, W) in height x width windows that cover the image evenly. */
    default T adaptiveMaxPool2d(long height, long width) {
        return maxPool(PoolWindows.adaptive("adaptiveMaxPool2d", this, height, width));
    }

    /** Returns the largest elements of (N, C, D, H, W) in depth x height x width windows that cover it evenly. */
    default T adaptiveMaxPool3d(long depth, long height, long width) {
        return maxPool(PoolWindows.adaptive("adaptiveMaxPool3d", this, depth, height, width));
    }

    // ---- other sizes -----------------------------------------------------------------------------------------------

    /**
     * Returns (N, C, ...) with the axes after the second resized.
     *
     * @param alignCorners whether the middles of the outermost elements stay where they are, rather than their edges; for
     *                     {@link Interpolation#LINEAR} and {@link Interpolation#CUBIC} only
     */
    default T interpolate(long[] size, Interpolation mode, boolean alignCorners) {
        return resample(PoolWindows.interpolation(this, size, null, mode, alignCorners));
    }

    /** Returns (N, C, ...) with each axis after the second resized to floor(size scaleFactor). */
    default T interpolate(double scaleFactor, Interpolation mode, boolean alignCorners) {
        double[] factors = new double[Math.max(0, rank() - 2)];
        Arrays.fill(factors, scaleFactor);
        return resample(PoolWindows.interpolation(this, null, factors, mode, alignCorners));
    }

    /** Returns (..., C r r, H, W) as (..., C, H r, W r): each pixel's r r channels become a square of pixels (Shi et al., 2016). */
    default T pixelShuffle(long factor) {
        long[] sizes = PoolWindows.image("pixelShuffle", shape(), factor);
        int c = sizes.length - 3;
        if (sizes[c] % (factor * factor) != 0) {
            throw new IllegalArgumentException("pixelShuffle: " + sizes[c] + " channels of shape " + shape()
                    + " are no multiple of " + factor + " x " + factor);
        }
        long[] split = Arrays.copyOf(sizes, sizes.length + 2);
        System.arraycopy(new long[] {sizes[c] / (factor * factor), factor, factor, sizes[c + 1], sizes[c + 2]}, 0,
                split, c, 5);
        int[] order = PoolWindows.order(split.length, c, 0, 3, 1, 4, 2);
        sizes[c] /= factor * factor;
        sizes[c + 1] *= factor;
        sizes[c + 2] *= factor;
        return reshape(split).permute(order).reshape(sizes);
    }

    /** Returns (..., C, H r, W r) as (..., C r r, H, W): the reverse of {@link #pixelShuffle}. */
    default T pixelUnshuffle(long factor) {
        long[] sizes = PoolWindows.image("pixelUnshuffle", shape(), factor);
        int c = sizes.length - 3;
        if (sizes[c + 1] % factor != 0 || sizes[c + 2] % factor != 0) {
            throw new IllegalArgumentException("pixelUnshuffle: height and width of shape " + shape()
                    + " are no multiples of " + factor);
        }
        long[] split = Arrays.copyOf(sizes, sizes.length + 2);
        System.arraycopy(new long[] {sizes[c], sizes[c + 1] / factor, factor, sizes[c + 2] / factor, factor}, 0, split,
                c, 5);
        int[] order = PoolWindows.order(split.length, c, 0, 2, 4, 1, 3);
        sizes[c] *= factor * factor;
        sizes[c + 1] /= factor;
        sizes[c + 2] /= factor;
        return reshape(split).permute(order).reshape(sizes);
    }
}
