package org.jacobi.tensor;

import java.util.Arrays;

/**
 * Which elements of an axis each element of a new axis is made of, and with which weights: the windows of a pooling, or what
 * an interpolation mixes. It is a sparse matrix (outputs, size), row by row.
 */
public final class Taps {
    private final int size;
    /** The taps of output o are those from starts[o] to starts[o + 1]. */
    private final int[] starts;
    private final int[] sources;
    private final double[] weights;

    private Taps(int size, int[] starts, int[] sources, double[] weights) {
        this.size = size;
        this.starts = starts;
        this.sources = sources;
        this.weights = weights;
    }

    // ---- what it is ------------------------------------------------------------------------------------------------

    /** Returns the size of the axis that is read. */
    public int size() {
        return size;
    }

    /** Returns the size of the axis that is made. */
    public int outputs() {
        return starts.length - 1;
    }

    /** Returns the number of the first tap of an output; that of the next output, or the number of all taps, ends them. */
    public int start(int output) {
        return starts[output];
    }

    /** Returns how many taps an output has. */
    public int count(int output) {
        return starts[output + 1] - starts[output];
    }

    /** Returns which element of the axis a tap reads. */
    public int source(int tap) {
        return sources[tap];
    }

    /** Returns what a tap's element is multiplied with. */
    public double weight(int tap) {
        return weights[tap];
    }

    /** Returns whether the new axis is the old one. */
    public boolean isIdentity() {
        if (outputs() != size || sources.length != size) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (starts[i] != i || sources[i] != i || weights[i] != 1) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Taps that && size == that.size && Arrays.equals(starts, that.starts)
                && Arrays.equals(sources, that.sources) && Arrays.equals(weights, that.weights);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * (31 * size + Arrays.hashCode(starts)) + Arrays.hashCode(sources)) + Arrays.hashCode(weights);
    }

    /** Returns the transposed matrix: what an element of the old axis gave to which elements of the new one. */
    public Taps transposed() {
        int[] begins = new int[size + 1];
        for (int source : sources) {
            begins[source + 1]++;
        }
        Arrays.parallelPrefix(begins, Integer::sum);
        int[] next = begins.clone();
        int[] outputs = new int[sources.length];
        double[] turned = new double[sources.length];
        for (int o = 0; o < outputs(); o++) {
            for (int tap = starts[o]; tap < starts[o + 1]; tap++) {
                int at = next[sources[tap]]++;
                outputs[at] = o;
                turned[at] = weights[tap];
            }
        }
        return new Taps(outputs(), begins, outputs, turned);
    }

    // ---- how they are made -----------------------------------------------------------------------------------------

    /** Collects taps, output by output. */
    private static final class Builder {
        private final int size;
        private final int[] starts;
        private int[] sources;
        private double[] weights;
        private int taps;
        private int done;

        Builder(int size, int outputs, int expected) {
            this.size = size;
            starts = new int[outputs + 1];
            sources = new int[Math.multiplyExact(outputs, expected)];
            weights = new double[sources.length];
        }

        void tap(int source, double weight) {
            if (taps == sources.length) {
                sources = Arrays.copyOf(sources, 2 * taps + 8);
                weights = Arrays.copyOf(weights, sources.length);
            }
            sources[taps] = source;
            weights[taps++] = weight;
        }

        void endOutput() {
            starts[++done] = taps;
        }

        Taps build() {
            return new Taps(size, starts, Arrays.copyOf(sources, taps), Arrays.copyOf(weights, taps));
        }
    }

    /**
     * Returns taps of one's own, such as a filter's.
     *
     * @param size    the size of the axis that is read
     * @param sources for each output the elements that it is made of
     * @param weights for each output what each of these is multiplied with
     */
    public static Taps of(int size, int[][] sources, double[][] weights) {
        if (size < 0 || sources.length != weights.length) {
            throw new IllegalArgumentException(
                    "taps: an axis of " + size + " elements, and sources of " + sources.length
                            + " outputs with weights of " + weights.length + "; there must be as many of both");
        }
        Builder taps = new Builder(size, sources.length, 1);
        for (int o = 0; o < sources.length; o++) {
            if (sources[o].length != weights[o].length) {
                throw new IllegalArgumentException("taps: output " + o + " has " + sources[o].length + " sources and "
                        + weights[o].length + " weights; there must be as many of both");
            }
            for (int tap = 0; tap < sources[o].length; tap++) {
                if (sources[o][tap] < 0 || sources[o][tap] >= size) {
                    throw new IllegalArgumentException("taps: output " + o + " reads element " + sources[o][tap]
                            + " of an axis of " + size);
                }
                taps.tap(sources[o][tap], weights[o][tap]);
            }
            taps.endOutput();
        }
        return taps.build();
    }

    /** Returns the taps of an axis of size 1 that stays as it is. */
    static Taps single() {
        return new Taps(1, new int[] {0, 1}, new int[] {0}, new double[] {1});
    }

    /**
     * Returns the windows of a pooling, each weighted for its average.
     *
     * @param op         for error messages
     * @param axis       for error messages: the axis of x that the windows lie on
     * @param ceilMode   whether a last window may hang over the end, if it begins on the axis or its padding in front
     * @param countsPads whether padding counts as zeros in the average
     */
    static Taps windows(String op, Shape shape, int axis, long kernel, long stride, long padding, long dilation,
            boolean ceilMode, boolean countsPads) {
        if (kernel < 1 || stride < 1 || dilation < 1 || padding < 0) {
            throw new IllegalArgumentException(op + ": kernel size " + kernel + ", stride " + stride + " and dilation "
                    + dilation + " must be at least 1, padding " + padding + " at least 0");
        }
        if (padding > kernel / 2) {
            throw new IllegalArgumentException(op + ": padding " + padding
                    + " is more than half of the kernel size " + kernel + "; windows would lie in the padding alone");
        }
        long size = shape.size(axis);
        long reach = Math.addExact(Math.multiplyExact(dilation, kernel - 1), 1);
        long room = size + 2 * padding - reach;
        if (size == 0 || room < 0) {
            throw new IllegalArgumentException(op + ": a window of " + reach + " is larger than axis " + axis
                    + " of shape " + shape + (padding == 0 ? "" : " with its padding of " + padding + " on both sides")
                    + "; take a smaller kernel or a larger input");
        }
        long outputs = (room + (ceilMode ? stride - 1 : 0)) / stride + 1;
        if (ceilMode && (outputs - 1) * stride >= size + padding) {
            outputs--;
        }
        int length = Checks.length(op, size, "positions");
        Builder taps = new Builder(length, Math.toIntExact(outputs), Math.toIntExact(Math.min(kernel, size)));
        for (long o = 0; o < outputs; o++) {
            long start = o * stride - padding;
            long end = Math.min(start + reach, size + padding);
            long first = start < 0 ? start + Math.ceilDiv(-start, dilation) * dilation : start;
            long last = Math.min(end, size);
            if (first >= last) {
                throw new IllegalArgumentException(op + ": with a dilation of " + dilation + " and a padding of "
                        + padding + ", a window of " + kernel + " meets no element of axis " + axis + " of shape "
                        + shape + "; take a smaller dilation");
            }
            long counted = countsPads ? end - start : Math.ceilDiv(last - first, dilation);
            for (long at = first; at < last; at += dilation) {
                taps.tap((int) at, 1.0 / counted);
            }
            taps.endOutput();
        }
        return taps.build();
    }

    /** Returns windows that cover an axis evenly, whatever its size, each weighted for its average. */
    static Taps adaptive(String op, Shape shape, int axis, long outputs) {
        if (outputs < 1 || shape.size(axis) < 1) {
            throw new IllegalArgumentException(op + ": an output size of " + outputs + " for axis " + axis
                    + " of shape " + shape + "; both must be at least 1");
        }
        int size = Checks.length(op, shape.size(axis), "positions");
        int count = Checks.length(op, outputs, "outputs");
        Builder taps = new Builder(size, count, Math.ceilDiv(size, count));
        for (long o = 0; o < outputs; o++) {
            int start = (int) (o * size / outputs);
            int end = (int) Math.ceilDiv((o + 1) * size, outputs);
            for (int at = start; at < end; at++) {
                taps.tap(at, 1.0 / (end - start));
            }
            taps.endOutput();
        }
        return taps.build();
    }

    /**
     * Returns what an interpolation mixes.
     *
     * @param scale how many elements of the axis an output is wide: size / outputs, or as the user says
     */
    static Taps interpolation(Interpolation mode, boolean alignCorners, int size, int outputs, double scale) {
        Builder taps =
                new Builder(size, outputs, mode == Interpolation.CUBIC ? 4 : mode == Interpolation.LINEAR ? 2 : 1);
        double step = alignCorners ? outputs > 1 ? (size - 1.0) / (outputs - 1) : 0 : scale;
        for (int o = 0; o < outputs; o++) {
            double center = alignCorners ? o * step : (o + 0.5) * step - 0.5;
            switch (mode) {
                // In f32, as in PyTorch: which element is the nearest hangs on the rounding.
                case NEAREST -> taps.tap(Math.min((int) (o * (float) scale), size - 1), 1);
                case NEAREST_EXACT -> taps.tap(Math.min((int) ((o + 0.5f) * (float) scale), size - 1), 1);
                case LINEAR -> {
                    double at = Math.max(0, center);
                    int low = Math.min((int) at, size - 1);
                    int high = Math.min(low + 1, size - 1);
                    taps.tap(low, 1 - (at - low));
                    taps.tap(high, at - low);
                }
                case CUBIC -> {
                    int low = (int) Math.floor(center);
                    for (int at = low - 1; at <= low + 2; at++) {
                        taps.tap(Math.clamp(at, 0, size - 1), cubic(Math.abs(center - at)));
                    }
                }
                case AREA -> throw new AssertionError("an average of windows");
            }
            taps.endOutput();
        }
        return taps.build();
    }

    /** The weight of an element at a distance below 2 (Keys, 1981), with PyTorch's parameter -0.75. */
    private static double cubic(double distance) {
        double a = -0.75;
        return distance <= 1 ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
                : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    }
}
