package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
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

    /** Adds the columns of a tile, which are lost, to the elements that they would have come from: the reverse of {@link #lower}. */
    static void addBack(long columns, ConvShape shape, ConvShape.Tile tile, long x, int channels) {
        walk(true, columns, shape, tile, x, channels);
    }

    private static void walk(boolean back, long columns, ConvShape shape, ConvShape.Tile tile, long x, int channels) {
        StridePhases phases = shape.shifts && shape.hasStride() ? new StridePhases(shape, tile) : null;
        long bytes = phases == null ? 0 : phases.bytes();
        long scratch = phases == null ? 0 : SlabAllocator.global().allocate(bytes);
        try {
            for (int c = 0; c < channels; c++) {
                for (int image = 0; image < tile.images(); image++) {
                    long plane = x + bytes(((long) image * shape.channels + c) * shape.inSize);
                    long row = columns
                            + bytes((long) c * shape.places * tile.width() + (long) image * tile.positions());
                    if (phases == null) {
                        meet(back, row, shape, tile, plane);
                    } else if (back) {
                        phases.clear(scratch);
                        phases.meet(true, row, scratch);
                        phases.merge(plane, scratch);
                    } else {
                        phases.split(scratch, plane);
                        phases.meet(false, row, scratch);
                    }
                }
            }
        } finally {
            if (phases != null) {
                SlabAllocator.global().free(scratch, bytes);
            }
        }
    }

    private static void meet(boolean back, long row, ConvShape shape, ConvShape.Tile tile, long plane) {
        for (int place = 0; place < shape.places; place++) {
            long at = row + bytes((long) place * tile.width());
            if (shape.shifts && !back) {
                int placeH = place / shape.kernel[W];
                shift(false, at, shape, tile, plane, 0, shape.in[1], shape.how.source(1, placeH, 0),
                        shape.how.source(W, place % shape.kernel[W], 0));
            } else {
                meet(back, at, shape, tile, place, plane);
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

    /**
     * Where outputs are as wide as inputs, and without a stride, they meet a shifted plane: one copy, but for rows' ends. Back,
     * the plane is added to, and the columns at rows' ends become zeros.
     *
     * @param top    the first row of the plane that there is
     * @param bottom the row after the last
     * @param down   how many rows below its output the input lies that it meets, and how far to the right
     */
    static void shift(boolean back, long columns, ConvShape shape, ConvShape.Tile tile, long plane, int top, int bottom,
            long down, long right) {
        int width = shape.out[W];
        int until = tile.from() + tile.positions();
        int start = Math.clamp((top - down) * width, tile.from(), until);
        int stop = Math.clamp((bottom - down) * width, start, until);
        int first = Math.clamp(-right, 0, width);
        int end = Math.clamp(width - right, first, width);
        long shift = down * width + right;
        // The ends of rows lie in a neighbouring row, those of the plane nowhere.
        int from = Math.clamp((long) top * width - shift, start, stop);
        int last = Math.clamp((long) bottom * width - shift, from, stop);
        long to = columns + bytes(from - tile.from());
        long source = plane + bytes(from + shift);
        if (back) {
            clearEnds(columns, width, first, end, start, stop, tile.from());
            ROWS.binary(BinaryOp.ADD, source, source, to, last - from);
        } else {
            ROWS.fill(columns, 0, start - tile.from());
            ROWS.copy(to, source, last - from);
            clearEnds(columns, width, first, end, start, stop, tile.from());
            ROWS.fill(columns + bytes(stop - tile.from()), 0, until - stop);
        }
    }

    /** Writes zeros before the first and from the end on of each row, of the positions from start to stop. */
    private static void clearEnds(long columns, int width, int first, int end, int start, int stop, int origin) {
        for (int row = start / width; row * width < stop; row++) {
            fillWithZeros(columns, row * width, row * width + first, start, stop, origin);
            fillWithZeros(columns, row * width + end, row * width + width, start, stop, origin);
        }
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
