package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScatterOp;

/**
 * Reading and writing by index, on tensors of any strides.
 *
 * <p>An index that does not change along the rows, because it is expanded there, names slices: they move as a whole.
 * Where an index names a place twice, both elements arrive there in the order of the index: tasks never share a place,
 * they divide the positions outside the axis among themselves.
 */
final class IndexKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows ROWS = Simd.rows();
    /** The width of the columns that the tasks of {@link #scatter} share out: a few cache lines. */
    private static final long COLUMNS = 64;

    private IndexKernels() {
    }

    /** The work on neighbours of a row: from a column on, so many. */
    @FunctionalInterface
    private interface Stretch {
        void run(long row, long column, long count);
    }

    private static void stretches(Axes axes, Stretch body) {
        long length = axes.rowLength();
        WorkerPool.global().parallelFor(axes.rows() * length, StridedLoop.TASK_ELEMENTS, (from, to) -> {
            long row = from / length;
            long column = from - row * length;
            for (long at = from; at < to; row++, column = 0) {
                long count = Math.min(length - column, to - at);
                body.run(row, column, count);
                at += count;
            }
        });
    }

    private static long[] strides(Tensor tensor) {
        long[] strides = new long[tensor.rank()];
        for (int axis = 0; axis < strides.length; axis++) {
            strides[axis] = tensor.stride(axis);
        }
        return strides;
    }

    private static long index(long address) {
        return MEMORY.get(JAVA_LONG_UNALIGNED, address);
    }

    static void gather(Tensor out, Tensor x, int axis, Tensor index) {
        int bytes = out.dtype().bytes();
        long[] standing = strides(x);
        standing[axis] = 0;
        Axes axes = Axes.merged(index.shape().toArray(), new long[][] {strides(out), strides(index), standing});
        long step = x.stride(axis) * bytes;
        long outStride = axes.rowStride(0) * bytes;
        long indexStride = axes.rowStride(1) * Long.BYTES;
        long xStride = axes.rowStride(2) * bytes;
        long o = out.address();
        long i = index.address();
        long a = x.address();
        stretches(axes, (row, column, count) -> {
            long target = o + axes.rowOffset(0, row) * bytes + column * outStride;
            long where = i + axes.rowOffset(1, row) * Long.BYTES + column * indexStride;
            long source = a + axes.rowOffset(2, row) * bytes + column * xStride;
            if (indexStride == 0) {
                CopyKernels.row(target, outStride, source + index(where) * step, xStride, count, bytes);
            } else {
                read(bytes, target, outStride, where, indexStride, source, xStride, step, count);
            }
        });
    }

    private static void read(int bytes, long out, long outStride, long index, long indexStride, long x, long xStride,
            long step, long n) {
        switch (bytes) {
            case Byte.BYTES -> {
                for (long k = 0; k < n; k++) {
                    long from = x + k * xStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_BYTE, out + k * outStride, MEMORY.get(JAVA_BYTE, from));
                }
            }
            case Short.BYTES -> {
                for (long k = 0; k < n; k++) {
                    long from = x + k * xStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_SHORT_UNALIGNED, out + k * outStride, MEMORY.get(JAVA_SHORT_UNALIGNED, from));
                }
            }
            case Integer.BYTES -> {
                for (long k = 0; k < n; k++) {
                    long from = x + k * xStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_INT_UNALIGNED, out + k * outStride, MEMORY.get(JAVA_INT_UNALIGNED, from));
                }
            }
            default -> {
                for (long k = 0; k < n; k++) {
                    long from = x + k * xStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_LONG_UNALIGNED, out + k * outStride, MEMORY.get(JAVA_LONG_UNALIGNED, from));
                }
            }
        }
    }

    /** Ops other than replacing are for f32. */
    static void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source) {
        if (index.numel() == 0) {
            return;
        }
        int bytes = out.dtype().bytes();
        Shape others = index.shape().with(axis, 1);
        Axes axes = Axes.merged(others.toArray(), new long[][] {strides(out), strides(index), strides(source)});
        long count = index.size(axis);
        long step = out.stride(axis) * bytes;
        long indexStep = index.stride(axis) * Long.BYTES;
        long sourceStep = source.stride(axis) * bytes;
        long outStride = axes.rowStride(0) * bytes;
        long indexStride = axes.rowStride(1) * Long.BYTES;
        long sourceStride = axes.rowStride(2) * bytes;
        long o = out.address();
        long w = index.address();
        long a = source.address();
        long length = axes.rowLength();
        boolean across = outStride == bytes && length > 1;
        boolean slices = across && indexStride == 0 && sourceStride == bytes;
        long width = across ? COLUMNS : 1;
        long blocks = Math.ceilDiv(length, width);
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / (width * count));
        WorkerPool.global().parallelFor(axes.rows() * blocks, grain, (from, to) -> {
            for (long task = from; task < to; task++) {
                long row = task / blocks;
                long left = (task - row * blocks) * width;
                long n = Math.min(width, length - left);
                long target = o + axes.rowOffset(0, row) * bytes + left * outStride;
                long where = w + axes.rowOffset(1, row) * Long.BYTES + left * indexStride;
                long from0 = a + axes.rowOffset(2, row) * bytes + left * sourceStride;
                if (!across) {
                    write(op, bytes, target, 0, where, indexStep, from0, sourceStep, step, count);
                    continue;
                }
                for (long k = 0; k < count; k++) {
                    long position = where + k * indexStep;
                    long piece = from0 + k * sourceStep;
                    if (slices) {
                        slice(op, bytes, target + index(position) * step, piece, (int) n);
                    } else {
                        write(op, bytes, target, outStride, position, indexStride, piece, sourceStride, step, n);
                    }
                }
            }
        });
    }

    private static void slice(ScatterOp op, int bytes, long out, long source, int n) {
        if (op == ScatterOp.REPLACE) {
            CopyKernels.row(out, bytes, source, bytes, n, bytes);
        } else {
            ROWS.binary(op.function(), out, out, source, n);
        }
    }

    private static void write(ScatterOp op, int bytes, long out, long outStride, long index, long indexStride,
            long source, long sourceStride, long step, long n) {
        if (op != ScatterOp.REPLACE) {
            combine(op, out, outStride, index, indexStride, source, sourceStride, step, n);
            return;
        }
        switch (bytes) {
            case Byte.BYTES -> {
                for (long k = 0; k < n; k++) {
                    long to = out + k * outStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_BYTE, to, MEMORY.get(JAVA_BYTE, source + k * sourceStride));
                }
            }
            case Short.BYTES -> {
                for (long k = 0; k < n; k++) {
                    long to = out + k * outStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_SHORT_UNALIGNED, to, MEMORY.get(JAVA_SHORT_UNALIGNED, source + k * sourceStride));
                }
            }
            case Integer.BYTES -> {
                for (long k = 0; k < n; k++) {
                    long to = out + k * outStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_INT_UNALIGNED, to, MEMORY.get(JAVA_INT_UNALIGNED, source + k * sourceStride));
                }
            }
            default -> {
                for (long k = 0; k < n; k++) {
                    long to = out + k * outStride + index(index + k * indexStride) * step;
                    MEMORY.set(JAVA_LONG_UNALIGNED, to, MEMORY.get(JAVA_LONG_UNALIGNED, source + k * sourceStride));
                }
            }
        }
    }

    private static void combine(ScatterOp op, long out, long outStride, long index, long indexStride, long source,
            long sourceStride, long step, long n) {
        for (long k = 0; k < n; k++) {
            long to = out + k * outStride + index(index + k * indexStride) * step;
            float old = MEMORY.get(JAVA_FLOAT_UNALIGNED, to);
            float other = MEMORY.get(JAVA_FLOAT_UNALIGNED, source + k * sourceStride);
            float value = switch (op) {
                case ADD -> old + other;
                case MULTIPLY -> old * other;
                case MAXIMUM -> Math.max(old, other);
                case MINIMUM -> Math.min(old, other);
                case REPLACE -> other;
            };
            MEMORY.set(JAVA_FLOAT_UNALIGNED, to, value);
        }
    }

    static boolean offsets(Tensor out, Tensor index, long size, long stride) {
        Axes axes = Axes.of(out.shape(), out, index);
        long outStride = axes.rowStride(0) * Long.BYTES;
        long indexStride = axes.rowStride(1) * Long.BYTES;
        long o = out.address();
        long a = index.address();
        AtomicBoolean outside = new AtomicBoolean();
        stretches(axes, (row, column, count) -> {
            long target = o + axes.rowOffset(0, row) * Long.BYTES + column * outStride;
            long source = a + axes.rowOffset(1, row) * Long.BYTES + column * indexStride;
            boolean bad = false;
            for (long k = 0; k < count; k++) {
                long position = index(source + k * indexStride);
                bad |= position < -size || position >= size;
                long to = target + k * outStride;
                long from = position < 0 ? position + size : position;
                MEMORY.set(JAVA_LONG_UNALIGNED, to, index(to) + from * stride);
            }
            if (bad) {
                outside.set(true);
            }
        });
        return !outside.get();
    }
}
