package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.backend.BinaryOp;

/**
 * The elements of an image as a convolution meets them: a row for each channel and place of the kernel, a column for each
 * output position (Chellapilla, Puri and Simard, 2006).
 */
final class Columns {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows ROWS = Simd.rows();
    private static final int W = 2;

    private Columns() {
    }

    private static long bytes(long elements) {
        return elements * Float.BYTES;
    }

    /**
     * Writes the columns of a tile for some channels, contiguous rows of the tile's width.
     *
     * @param x the address of the first of these channels in the tile's first image
     */
    static void lower(long columns, ConvShape shape, ConvShape.Tile tile, long x, int channels) {
        walk(false, columns, shape, tile, x, channels);
    }

    /** Adds the columns of a tile to the elements that they would have come from: the reverse of {@link #lower}. */
    static void addBack(long columns, ConvShape shape, ConvShape.Tile tile, long x, int channels) {
        walk(true, columns, shape, tile, x, channels);
    }

    private static void walk(boolean back, long columns, ConvShape shape, ConvShape.Tile tile, long x, int channels) {
        long row = columns;
        for (int c = 0; c < channels; c++) {
            for (int place = 0; place < shape.places; place++) {
                for (int image = 0; image < tile.images(); image++) {
                    long plane = x + bytes(((long) image * shape.channels + c) * shape.inSize);
                    long at = row + bytes((long) image * tile.positions());
                    if (shape.shifts && !back) {
                        shift(at, shape, tile, place, plane);
                    } else {
                        meet(back, at, shape, tile, place, plane);
                    }
                }
                row += bytes(tile.width());
            }
        }
    }

    /** Does the output positions of a tile at one place of the kernel, in one channel of one image, row by row. */
    private static void meet(boolean back, long columns, ConvShape shape, ConvShape.Tile tile, int place, long plane) {
        int width = shape.out[W];
        int placeW = place % shape.kernel[W];
        int first = (int) Math.min(width, shape.how.first(W, placeW));
        int end = (int) Math.max(first, shape.how.end(W, placeW, shape.in[W], width));
        int stride = (int) shape.how.stride()[W];
        int until = tile.from() + tile.positions();
        for (int at = tile.from(); at < until;) {
            int row = at / width;
            int begin = at - row * width;
            int length = Math.min(width - begin, until - at);
            long target = columns + bytes(at - tile.from());
            long source = sourceRow(shape, row, place, plane);
            int from = Math.clamp(first, begin, begin + length);
            int stop = source == 0 ? from : Math.clamp(end, from, begin + length);
            long elements = source + bytes(shape.how.source(W, placeW, from));
            if (back) {
                add(elements, target + bytes(from - begin), stride, stop - from);
            } else {
                ROWS.fill(target, 0, from - begin);
                pick(target + bytes(from - begin), elements, stride, stop - from);
                ROWS.fill(target + bytes(stop - begin), 0, begin + length - stop);
            }
            at += length;
        }
    }

    /** Where outputs are as wide as inputs, and without a stride, they meet a shifted plane: one copy, but for rows' ends. */
    private static void shift(long to, ConvShape shape, ConvShape.Tile tile, int place, long plane) {
        int width = shape.out[W];
        int placeW = place % shape.kernel[W];
        int placeH = place / shape.kernel[W];
        int firstRow = (int) Math.min(shape.out[1], shape.how.first(1, placeH));
        int endRow = (int) Math.max(firstRow, shape.how.end(1, placeH, shape.in[1], shape.out[1]));
        int first = (int) Math.min(width, shape.how.first(W, placeW));
        int end = (int) Math.max(first, shape.how.end(W, placeW, width, width));
        int until = tile.from() + tile.positions();
        int start = Math.clamp(firstRow * width, tile.from(), until);
        int stop = Math.clamp(endRow * width, start, until);
        ROWS.fill(to, 0, start - tile.from());
        if (start < stop) {
            long shift = shape.how.source(1, placeH, 0) * width + shape.how.source(W, placeW, 0);
            // The ends of rows lie in a neighbouring row, those of the plane nowhere.
            int from = Math.clamp(-shift, start, stop);
            int last = Math.clamp(shape.inSize - shift, from, stop);
            ROWS.copy(to + bytes(from - tile.from()), plane + bytes(from + shift), last - from);
            for (int row = start / width; row * width < stop; row++) {
                fillWithZeros(to, row * width, row * width + first, start, stop, tile.from());
                fillWithZeros(to, row * width + end, row * width + width, start, stop, tile.from());
            }
        }
        ROWS.fill(to + bytes(stop - tile.from()), 0, until - stop);
    }

    /** Writes zeros to the positions from first to end that lie between others. */
    private static void fillWithZeros(long to, int first, int end, int start, int stop, int origin) {
        for (int at = Math.max(first, start); at < Math.min(end, stop); at++) {
            MEMORY.set(JAVA_FLOAT_UNALIGNED, to + bytes(at - origin), 0f);
        }
    }

    /** Returns the address of the input's row that an output row meets at a place of the kernel, or 0 if there is none. */
    private static long sourceRow(ConvShape shape, int row, int place, long plane) {
        int line = place / shape.kernel[W];
        long h = shape.how.source(1, line % shape.kernel[1], row % shape.out[1]);
        long d = shape.how.source(0, line / shape.kernel[1], row / shape.out[1]);
        boolean inside = h >= 0 && h < shape.in[1] && d >= 0 && d < shape.in[0];
        return inside ? plane + bytes((d * shape.in[1] + h) * shape.in[W]) : 0;
    }

    private static void pick(long to, long from, int stride, int n) {
        if (stride == 1) {
            ROWS.copy(to, from, n);
            return;
        }
        for (int i = 0; i < n; i++) {
            MEMORY.set(JAVA_FLOAT_UNALIGNED, to + bytes(i),
                    MEMORY.get(JAVA_FLOAT_UNALIGNED, from + bytes((long) i * stride)));
        }
    }

    private static void add(long to, long from, int stride, int n) {
        if (stride == 1) {
            ROWS.binary(BinaryOp.ADD, to, to, from, n);
            return;
        }
        for (int i = 0; i < n; i++) {
            long element = to + bytes((long) i * stride);
            MEMORY.set(JAVA_FLOAT_UNALIGNED, element,
                    MEMORY.get(JAVA_FLOAT_UNALIGNED, element) + MEMORY.get(JAVA_FLOAT_UNALIGNED, from + bytes(i)));
        }
    }
}
