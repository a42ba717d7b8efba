package org.jacobi.onnx.ops;

import java.util.Arrays;

import org.jacobi.tensor.Tensor;

/**
 * The windows that convolutions and pools lay over the spatial axes of their input.
 *
 * @param input sizes of the spatial axes
 * @param begin how much padding is before each axis; what lies after it follows from the rest
 * @param output how many windows there are along each axis
 */
record Windows(long[] input, long[] kernel, long[] strides, long[] dilations, long[] begin, long[] end, long[] output) {
    /** Reads strides, dilations and pads from a node's attributes, and counts the windows. */
    static Windows of(Call call, long[] input, long[] kernel, boolean roundUp) {
        int axes = input.length;
        long[] strides = orOnes(call.integers("strides"), axes);
        long[] dilations = orOnes(call.integers("dilations"), axes);
        long[] pads = call.integers("pads") == null ? new long[2 * axes] : call.integers("pads");
        if (kernel.length != axes || strides.length != axes || dilations.length != axes || pads.length != 2 * axes) {
            throw new IllegalArgumentException("kernel_shape, strides, dilations and pads must fit the " + axes
                    + " spatial axes of the input");
        }
        long[] begin = Arrays.copyOf(pads, axes);
        long[] end = Arrays.copyOfRange(pads, axes, 2 * axes);
        long[] output = new long[axes];
        String auto = call.text("auto_pad", "NOTSET");
        for (int i = 0; i < axes; i++) {
            long extent = (kernel[i] - 1) * dilations[i] + 1;
            switch (auto) {
                case "SAME_UPPER", "SAME_LOWER" -> {
                    output[i] = Math.ceilDiv(input[i], strides[i]);
                    long total = Math.max(0, (output[i] - 1) * strides[i] + extent - input[i]);
                    begin[i] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                    end[i] = total - begin[i];
                }
                case "VALID", "NOTSET", "" -> {
                    if (auto.equals("VALID")) {
                        begin[i] = 0;
                        end[i] = 0;
                    }
                    long room = input[i] + begin[i] + end[i] - extent;
                    output[i] = (roundUp ? Math.ceilDiv(room, strides[i]) : Math.floorDiv(room, strides[i])) + 1;
                    if (roundUp && (output[i] - 1) * strides[i] >= input[i] + begin[i]) {
                        output[i]--; // it would lie in the padding altogether
                    }
                }
                default -> throw new IllegalArgumentException("attribute 'auto_pad' is " + auto);
            }
            if (output[i] < 0) {
                throw new IllegalArgumentException("a window of " + extent + " does not fit into " + input[i]
                        + " elements with paddings " + begin[i] + " and " + end[i]);
            }
        }
        return new Windows(input, kernel, strides, dilations, begin, end, output);
    }

    static long[] orOnes(long[] given, int count) {
        if (given != null) {
            return given;
        }
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Returns the number of places in a window. */
    long places() {
        return Numbers.product(kernel, 0, kernel.length);
    }

    /** Returns the number of windows. */
    long count() {
        return Numbers.product(output, 0, output.length);
    }

    /** Returns the number of elements that windows lie over. */
    long elements() {
        return Numbers.product(input, 0, input.length);
    }

    /** Returns the row-major position in the input of a place in a window, or -1 if it lies in the padding. */
    long position(long place, long window) {
        long[] places = new long[kernel.length];
        long[] windows = new long[kernel.length];
        unravel(place, kernel, places);
        unravel(window, output, windows);
        long position = 0;
        for (int i = 0; i < kernel.length; i++) {
            long x = windows[i] * strides[i] - begin[i] + places[i] * dilations[i];
            if (x < 0 || x >= input[i]) {
                return -1;
            }
            position = position * input[i] + x;
        }
        return position;
    }

    /** Returns for each window how many of its places lie in the input, or also in the padding. */
    double[] covered(boolean padding) {
        double[] out = new double[Numbers.size(count())];
        long[] window = new long[kernel.length];
        for (int w = 0; w < out.length; w++) {
            unravel(w, output, window);
            double product = 1;
            for (int i = 0; i < kernel.length; i++) {
                int inside = 0;
                for (long k = 0; k < kernel[i]; k++) {
                    long x = window[i] * strides[i] - begin[i] + k * dilations[i];
                    boolean in = padding ? x >= -begin[i] && x < input[i] + end[i] : x >= 0 && x < input[i];
                    inside += in ? 1 : 0;
                }
                product *= inside;
            }
            out[w] = product;
        }
        return out;
    }

    private static void unravel(long position, long[] sizes, long[] coordinates) {
        for (int i = sizes.length - 1; i >= 0; i--) {
            coordinates[i] = position % sizes[i];
            position /= sizes[i];
        }
    }

    /**
     * Returns what the windows show of an input (N, C, spatial axes ...), as (N, C, places, windows).
     *
     * @param padding the value of padding
     */
    Tensor unfold(Tensor x, double padding) {
        Tensor padded = Tensor.full(padding, x.dtype(), room(x.size(0), x.size(1)));
        inner(padded).copy_(x);
        Tensor out = Tensor.empty(x.dtype(), withPlaces(x.size(0), x.size(1)));
        for (long place = 0; place < places(); place++) {
            out.select(2, place).copy_(seenAt(place, padded));
        }
        return out.reshape(x.size(0), x.size(1), places(), count());
    }

    /** Adds up what lies in windows (N, C, places, windows) to what they lie over (N, C, spatial axes ...). */
    Tensor fold(Tensor columns) {
        Tensor sums = Tensor.zeros(columns.dtype(), room(columns.size(0), columns.size(1)));
        Tensor in = columns.reshape(withPlaces(columns.size(0), columns.size(1)));
        for (long place = 0; place < places(); place++) {
            seenAt(place, sums).add_(in.select(2, place));
        }
        return inner(sums);
    }

    /** Returns the sizes of the input with its padding, and as much more as the last windows reach over. */
    private long[] room(long n, long c) {
        long[] spatial = new long[input.length];
        for (int i = 0; i < spatial.length; i++) {
            long reached = (output[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1;
            spatial[i] = Math.max(begin[i] + input[i] + end[i], reached);
        }
        return outputShape(n, c, spatial);
    }

    private long[] withPlaces(long n, long c) {
        long[] sizes = new long[output.length + 3];
        sizes[0] = n;
        sizes[1] = c;
        sizes[2] = places();
        System.arraycopy(output, 0, sizes, 3, output.length);
        return sizes;
    }

    /** Returns a view of the input in its padding. */
    private Tensor inner(Tensor padded) {
        Tensor view = padded;
        for (int i = 0; i < input.length; i++) {
            view = view.narrow(2 + i, begin[i], input[i]);
        }
        return view;
    }

    /** Returns a view of what all windows have at one of their places: (N, C, windows along each axis ...). */
    private Tensor seenAt(long place, Tensor padded) {
        long[] at = new long[kernel.length];
        unravel(place, kernel, at);
        Tensor view = padded;
        for (int i = 0; i < kernel.length; i++) {
            long first = at[i] * dilations[i];
            view = view.slice(2 + i, first, output[i] == 0 ? first : first + (output[i] - 1) * strides[i] + 1,
                    strides[i]);
        }
        return view;
    }

    /** Returns the sizes (n, c, spatial ...). */
    static long[] outputShape(long n, long c, long[] spatial) {
        long[] sizes = new long[spatial.length + 2];
        sizes[0] = n;
        sizes[1] = c;
        System.arraycopy(spatial, 0, sizes, 2, spatial.length);
        return sizes;
    }

    /** Returns the sizes of the axes after batch and channels. */
    static long[] spatial(Tensor x) {
        if (x.rank() < 3) {
            throw new IllegalArgumentException(
                    "needs axes for batch, channels and at least one of space, got shape " + x.shape());
        }
        return Arrays.copyOfRange(x.shape().toArray(), 2, x.rank());
    }
}
