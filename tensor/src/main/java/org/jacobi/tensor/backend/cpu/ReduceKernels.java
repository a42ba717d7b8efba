package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * Sums, means, sums of squares, largest and smallest elements of f32 numbers.
 *
 * <p>Once neighbouring axes are merged, nearly every reduction is one along rows, one down columns, or a batch of the
 * latter. Long ones are cut into blocks, by shape alone; the blocks' results are combined in order. Both keep the
 * result independent of the threads, and the first keeps rounding errors small.
 */
final class ReduceKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows ROWS = Simd.rows();
    /** The length of the blocks that a long row is cut into: short enough for a float to hold the sum. */
    private static final int ROW_BLOCK = 1 << 12;
    /** The width and the least height of the blocks that columns are cut into. */
    private static final int COLUMN_BLOCK = 1 << 11;
    private static final int LEAST_HEIGHT = 16;

    /** The length of the blocks in which positions along a long row are looked for, and the width of those in columns. */
    private static final int POSITION_BLOCK = 1 << 14;
    private static final int PIECE = 256;

    private ReduceKernels() {
    }

    /** Returns whether {@link #reduce} knows the op. */
    static boolean knows(ReduceOp op) {
        return op != ReduceOp.PROD && !op.isLogical();
    }

    /**
     * Reduces x over the axes in which out has size 1.
     *
     * @return false, with nothing done, when kept and reduced axes alternate in a way that is neither rows nor columns
     */
    static boolean reduce(ReduceOp op, Tensor out, Tensor x) {
        Axes axes = axes(out, x);
        long[] size = axes.sizes;
        long[] o = axes.strides[0];
        long[] a = axes.strides[1];
        int last = size.length - 1;
        if (x.numel() == 0 || a[last] != 1 || last > 2) {
            return false;
        }
        boolean rows = o[last] == 0;
        if (rows && last == 2 && o[0] == 0 && o[1] == 1 && a[0] == size[1] * a[1]) {
            rowsThenColumns(op, out.address(), x.address(), a[1], size);
        } else if (rows && last == 0) {
            rows(op, out.address(), 0, x.address(), 0, 1, size[0]);
        } else if (rows && last == 1 && o[0] != 0) {
            rows(op, out.address(), o[0], x.address(), a[0], size[0], size[1]);
        } else if (o[last] == 1 && last == 1 && o[0] == 0) {
            columns(op, out.address(), 0, x.address(), 0, a[0], 1, size[0], size[1]);
        } else if (o[last] == 1 && last == 2 && o[0] != 0 && o[1] == 0) {
            columns(op, out.address(), o[0], x.address(), a[0], a[1], size[0], size[1], size[2]);
        } else {
            return false;
        }
        return true;
    }

    /** The axes in the order in which x lies in memory, reduced ones with a stride of 0 in out, merged. */
    private static Axes axes(Tensor out, Tensor x) {
        int rank = x.rank();
        long[] sizes = new long[rank];
        long[][] strides = new long[2][rank];
        for (int axis = 0; axis < rank; axis++) {
            int at = axis;
            for (; at > 0 && strides[1][at - 1] < x.stride(axis); at--) {
                sizes[at] = sizes[at - 1];
                strides[0][at] = strides[0][at - 1];
                strides[1][at] = strides[1][at - 1];
            }
            sizes[at] = x.size(axis);
            strides[0][at] = out.size(axis) == 1 ? 0 : out.stride(axis);
            strides[1][at] = x.stride(axis);
        }
        return Axes.merged(sizes, strides);
    }

    private static float get(long address) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address);
    }

    private static void set(long address, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, address, value);
    }

    // ---- along rows ------------------------------------------------------------------------------------------------

    /** out[k] = x[k][0] o x[k][1] ... for count rows of n neighbours; strides in elements. */
    private static void rows(ReduceOp op, long out, long outStride, long x, long xStride, long count, long n) {
        if (n <= ROW_BLOCK) {
            WorkerPool.global().parallelFor(count, Math.max(1, StridedLoop.TASK_ELEMENTS / n), (from, to) -> {
                for (long k = from; k < to; k++) {
                    float value = row(op, x + k * xStride * Float.BYTES, (int) n);
                    set(out + k * outStride * Float.BYTES, op == ReduceOp.MEAN ? value / n : value);
                }
            });
            return;
        }
        long blocks = Math.ceilDiv(n, ROW_BLOCK);
        long bytes = count * blocks * Float.BYTES;
        long partial = SlabAllocator.global().allocate(bytes);
        try {
            WorkerPool.global().parallelFor(count * blocks, StridedLoop.TASK_ELEMENTS / ROW_BLOCK, (from, to) -> {
                for (long block = from; block < to; block++) {
                    long start = block % blocks * ROW_BLOCK;
                    long address = x + (block / blocks * xStride + start) * Float.BYTES;
                    set(partial + block * Float.BYTES, row(op, address, (int) Math.min(ROW_BLOCK, n - start)));
                }
            });
            for (long k = 0; k < count; k++) {
                set(out + k * outStride * Float.BYTES, combined(op, partial + k * blocks * Float.BYTES, blocks, n));
            }
        } finally {
            SlabAllocator.global().free(partial, bytes);
        }
    }

    /** Reduces the first and the last of three axes: each row by itself, then those of the same place in the middle. */
    private static void rowsThenColumns(ReduceOp op, long out, long x, long stride, long[] sizes) {
        long count = sizes[0] * sizes[1];
        long bytes = count * Float.BYTES;
        long partial = SlabAllocator.global().allocate(bytes);
        try {
            rows(op, partial, 1, x, stride, count, sizes[2]);
            ReduceOp again = op == ReduceOp.SUM_OF_SQUARES ? ReduceOp.SUM : op;
            columns(again, out, 0, partial, 0, sizes[1], 1, sizes[0], sizes[1]);
        } finally {
            SlabAllocator.global().free(partial, bytes);
        }
    }

    private static float row(ReduceOp op, long x, int n) {
        return switch (op) {
            case SUM, MEAN -> ROWS.sum(x, n);
            case SUM_OF_SQUARES -> ROWS.sumOfSquares(x, n);
            case MAX -> ROWS.max(x, n);
            case MIN -> ROWS.min(x, n);
            default -> throw new AssertionError(op);
        };
    }

    /** The result of a whole row from those of its blocks. */
    private static float combined(ReduceOp op, long partial, long blocks, long n) {
        double value = get(partial);
        for (long i = 1; i < blocks; i++) {
            float next = get(partial + i * Float.BYTES);
            value = switch (op) {
                case MAX -> Math.max(value, next);
                case MIN -> Math.min(value, next);
                default -> value + next;
            };
        }
        return (float) (op == ReduceOp.MEAN ? value / n : value);
    }

    // ---- down columns ----------------------------------------------------------------------------------------------

    /** out[k][j] = x[k][0][j] o x[k][1][j] ... for count matrices of height rows of width neighbours. */
    private static void columns(ReduceOp op, long out, long outStride, long x, long matrixStride, long rowStride,
            long count, long height, long width) {
        long blockWidth = Math.min(width, COLUMN_BLOCK);
        long blockHeight = Math.max(LEAST_HEIGHT, 2 * StridedLoop.TASK_ELEMENTS / blockWidth);
        long across = Math.ceilDiv(width, blockWidth);
        long down = Math.ceilDiv(height, blockHeight);
        long bytes = down == 1 ? 0 : count * down * width * Float.BYTES;
        long partial = down == 1 ? 0 : SlabAllocator.global().allocate(bytes);
        try {
            WorkerPool.global().parallelFor(count * down * across, 1, (task, _) -> {
                long k = task / (down * across);
                long top = task / across % down * blockHeight;
                long left = task % across * blockWidth;
                long address = x + (k * matrixStride + top * rowStride + left) * Float.BYTES;
                long target = down == 1 ? out + (k * outStride + left) * Float.BYTES
                        : partial + (task / across * width + left) * Float.BYTES;
                block(op, target, address, rowStride * Float.BYTES, (int) Math.min(blockHeight, height - top),
                        (int) Math.min(blockWidth, width - left));
            });
            for (long k = 0; k < count; k++) {
                long target = out + k * outStride * Float.BYTES;
                if (down > 1) {
                    // The partial sums of squares are to be added, no longer squared.
                    ReduceOp again = op == ReduceOp.SUM_OF_SQUARES ? ReduceOp.SUM : op;
                    long source = partial + k * down * width * Float.BYTES;
                    for (long left = 0; left < width; left += COLUMN_BLOCK) {
                        block(again, target + left * Float.BYTES, source + left * Float.BYTES, width * Float.BYTES,
                                Math.toIntExact(down), (int) Math.min(COLUMN_BLOCK, width - left));
                    }
                }
                if (op == ReduceOp.MEAN) {
                    for (long j = 0; j < width; j++) {
                        set(target + j * Float.BYTES, get(target + j * Float.BYTES) / height);
                    }
                }
            }
        } finally {
            if (partial != 0) {
                SlabAllocator.global().free(partial, bytes);
            }
        }
    }

    /** Combines the rows of a block, row by row. */
    private static void block(ReduceOp op, long out, long x, long stride, int height, int width) {
        if (op == ReduceOp.SUM || op == ReduceOp.MEAN) {
            ROWS.sumRows(out, x, stride, height, width);
            return;
        }
        if (op == ReduceOp.SUM_OF_SQUARES) {
            ROWS.unary(UnaryOp.SQUARE, out, x, width);
        } else {
            ROWS.copy(out, x, width);
        }
        for (int row = 1; row < height; row++) {
            switch (op) {
                case SUM_OF_SQUARES -> ROWS.addSquares(out, x + row * stride, width);
                case MAX -> ROWS.binary(BinaryOp.MAXIMUM, out, out, x + row * stride, width);
                default -> ROWS.binary(BinaryOp.MINIMUM, out, out, x + row * stride, width);
            }
        }
    }

    // ---- positions and integers ------------------------------------------------------------------------------------

    /** The position of the first largest (or smallest) element along an axis of a contiguous x; a NaN counts as both. */
    static void argReduce(boolean largest, Tensor out, Tensor x, int axis) {
        long inner = 1;
        for (int i = axis + 1; i < x.rank(); i++) {
            inner *= x.size(i);
        }
        long n = x.size(axis);
        long o = out.address();
        long a = x.address();
        if (inner > 1) {
            positions(largest, o, a, out.numel() / inner, n, inner);
        } else if (n > 2 * POSITION_BLOCK) {
            for (long row = 0; row < out.numel(); row++) {
                MEMORY.set(JAVA_LONG_UNALIGNED, o + row * Long.BYTES,
                        positionInBlocks(largest, a + row * n * Float.BYTES, n));
            }
        } else {
            WorkerPool.global().parallelFor(out.numel(), Math.max(1, StridedLoop.TASK_ELEMENTS / n), (from, to) -> {
                for (long row = from; row < to; row++) {
                    MEMORY.set(JAVA_LONG_UNALIGNED, o + row * Long.BYTES,
                            position(largest, a + row * n * Float.BYTES, (int) n));
                }
            });
        }
    }

    /** Finds the extreme with vectors, and then where it is. */
    private static long position(boolean largest, long x, int n) {
        return position(largest ? ROWS.max(x, n) : ROWS.min(x, n), x);
    }

    /** The first position of a value that is there, or is NaN. */
    private static long position(float value, long x) {
        long i = 0;
        if (value != value) {
            while (get(x + i * Float.BYTES) == get(x + i * Float.BYTES)) {
                i++;
            }
        } else {
            while (get(x + i * Float.BYTES) != value) {
                i++;
            }
        }
        return i;
    }

    private static long positionInBlocks(boolean largest, long x, long n) {
        float[] extremes = new float[Math.toIntExact(Math.ceilDiv(n, POSITION_BLOCK))];
        WorkerPool.global().parallelFor(extremes.length, 1, (block, _) -> {
            int length = (int) Math.min(POSITION_BLOCK, n - block * POSITION_BLOCK);
            long address = x + block * POSITION_BLOCK * Float.BYTES;
            extremes[(int) block] = largest ? ROWS.max(address, length) : ROWS.min(address, length);
        });
        int best = 0;
        for (int block = 1; block < extremes.length && extremes[best] == extremes[best]; block++) {
            if (beats(largest, extremes[block], extremes[best])) {
                best = block;
            }
        }
        long start = (long) best * POSITION_BLOCK;
        return start + position(extremes[best], x + start * Float.BYTES);
    }

    private static boolean beats(boolean largest, float next, float best) {
        return (largest ? next > best : next < best) || next != next;
    }

    /** The positions in count matrices of n rows: pieces of columns go down side by side. */
    private static void positions(boolean largest, long out, long x, long count, long n, long width) {
        long pieces = Math.ceilDiv(width, PIECE);
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / (n * Math.min(width, PIECE)));
        WorkerPool.global().parallelFor(count * pieces, grain, (from, to) -> {
            float[] best = new float[PIECE];
            for (long task = from; task < to; task++) {
                long left = task % pieces * PIECE;
                int columns = (int) Math.min(PIECE, width - left);
                long first = x + (task / pieces * n * width + left) * Float.BYTES;
                long target = out + (task / pieces * width + left) * Long.BYTES;
                for (int j = 0; j < columns; j++) {
                    best[j] = get(first + (long) j * Float.BYTES);
                    MEMORY.set(JAVA_LONG_UNALIGNED, target + (long) j * Long.BYTES, 0);
                }
                for (long i = 1; i < n; i++) {
                    long row = first + i * width * Float.BYTES;
                    for (int j = 0; j < columns; j++) {
                        float next = get(row + (long) j * Float.BYTES);
                        if (best[j] == best[j] && beats(largest, next, best[j])) {
                            best[j] = next;
                            MEMORY.set(JAVA_LONG_UNALIGNED, target + (long) j * Long.BYTES, i);
                        }
                    }
                }
            }
        });
    }

    /** The largest or smallest of all the numbers of a contiguous i64 tensor: the check of indices. */
    static void integerExtreme(boolean largest, Tensor out, Tensor x) {
        long address = x.address();
        long n = x.numel();
        long[] extremes = new long[Math.toIntExact(Math.ceilDiv(n, StridedLoop.TASK_ELEMENTS))];
        WorkerPool.global().parallelFor(n, StridedLoop.TASK_ELEMENTS,
                (from, to) -> extremes[(int) (from / StridedLoop.TASK_ELEMENTS)] =
                        ROWS.integerExtreme(largest, address + from * Long.BYTES, (int) (to - from)));
        long value = extremes[0];
        for (long next : extremes) {
            value = largest ? Math.max(value, next) : Math.min(value, next);
        }
        MEMORY.set(JAVA_LONG_UNALIGNED, out.address(), value);
    }
}
