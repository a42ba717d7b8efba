package org.jacobi.tensor.backend.cpu;

import java.util.stream.IntStream;

/**
 * The planes into which the strides of a convolution cut a channel of an image: phase (i, j) has each element whose row leaves
 * the remainder i, and whose column leaves j, when divided by the stride. A place of the kernel meets one phase, without a
 * stride (the polyphase decomposition; see Vaidyanathan, "Multirate Systems and Filter Banks", 1993).
 *
 * <p>Phases are as wide as the outputs, filled up with zeros, and have only those rows that a tile of outputs meets.
 */
final class StridePhases {
    private static final Rows ROWS = Simd.rows();
    private static final WindowRows WINDOWS = Simd.windowRows();
    private static final int H = 1;
    private static final int W = 2;

    private final ConvShape shape;
    private final ConvShape.Tile tile;
    private final int strideH;
    private final int strideW;
    private final int width;
    /** The first of a phase's rows, which may lie above the image, and how many there are. */
    private final long top;
    private final long rows;
    /** Whether any place meets the rows that leave a remainder, and the columns. */
    private final boolean[] metH;
    private final boolean[] metW;

    StridePhases(ConvShape shape, ConvShape.Tile tile) {
        this.shape = shape;
        this.tile = tile;
        strideH = (int) shape.how.stride()[H];
        strideW = (int) shape.how.stride()[W];
        width = shape.out[W];
        long firstRow = tile.from() / width;
        long endRow = Math.ceilDiv(tile.from() + tile.positions(), width);
        top = firstRow + shift(H, 0);
        rows = endRow + shift(H, shape.kernel[H] - 1) - top;
        metH = met(H, strideH);
        metW = met(W, strideW);
    }

    private boolean[] met(int axis, int stride) {
        boolean[] met = new boolean[stride];
        IntStream.range(0, shape.kernel[axis]).forEach(place -> met[phase(axis, place)] = true);
        return met;
    }

    /** Returns the remainder of the elements that a place of the kernel meets along an axis. */
    private int phase(int axis, int place) {
        return (int) Math.floorMod(shape.how.source(axis, place, 0), shape.how.stride()[axis]);
    }

    /** Returns how far behind its output the element of a phase lies that a place meets. */
    private long shift(int axis, int place) {
        return Math.floorDiv(shape.how.source(axis, place, 0), shape.how.stride()[axis]);
    }

    /** Returns how much memory the phases need. */
    long bytes() {
        return strideH * strideW * rows * width * Float.BYTES;
    }

    /** Returns where the first row of a phase's plane would be, at this address of the phases. */
    private long plane(long phases, int i, int j) {
        return phases + (((long) i * strideW + j) * rows - top) * width * Float.BYTES;
    }

    /** The row after the last that a phase has. */
    private int bottom(int i) {
        return (int) Math.min(top + rows, Math.ceilDiv(shape.in[H] - i, strideH));
    }

    private int top() {
        return (int) Math.max(top, 0);
    }

    void clear(long phases) {
        ROWS.fill(phases, 0, (int) (bytes() / Float.BYTES));
    }

    /** Writes the phases of a channel. */
    void split(long phases, long x) {
        exchange(false, phases, x);
    }

    /** Adds the phases to a channel: the reverse of {@link #split}. */
    void merge(long x, long phases) {
        exchange(true, phases, x);
    }

    private void exchange(boolean back, long phases, long x) {
        for (int i = 0; i < strideH; i++) {
            for (int j = 0; j < strideW; j++) {
                int n = Math.ceilDiv(shape.in[W] - j, strideW);
                for (int row = top(); metH[i] && metW[j] && row < bottom(i); row++) {
                    long at = plane(phases, i, j) + (long) row * width * Float.BYTES;
                    long from = x + (((long) row * strideH + i) * shape.in[W] + j) * Float.BYTES;
                    if (back) {
                        WINDOWS.addApart(from, strideW, at, n);
                    } else {
                        WINDOWS.sum(at, from, strideW, 1, 1, n);
                        ROWS.fill(at + (long) n * Float.BYTES, 0, width - n);
                    }
                }
            }
        }
    }

    /**
     * Writes the columns that the phases make up.
     *
     * @param back    adds the columns, which are lost, to the phases instead
     * @param columns those of the first place; the next ones' lie a tile's width apart
     */
    void meet(boolean back, long columns, long phases) {
        for (int place = 0; place < shape.places; place++) {
            int h = place / shape.kernel[W];
            int w = place % shape.kernel[W];
            int i = phase(H, h);
            Columns.shift(back, columns + (long) place * tile.width() * Float.BYTES, shape, tile,
                    plane(phases, i, phase(W, w)), top(), Math.max(top(), bottom(i)), shift(H, h), shift(W, w));
        }
    }
}
