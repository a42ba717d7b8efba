package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Fills, copies, which move bytes and serve every type, and conversions between f32 and the 16-bit types. */
final class CopyKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows ROWS = Simd.rows();
    /** What a task should at least copy. */
    private static final long TASK_BYTES = 1 << 16;
    /**
     * The side of a transpose's tiles: 16 x 16 numbers of each side stay in the first cache, also as whole cache lines.
     */
    private static final int TILE = 16;
    /** Rows at least so long are worth a call of the system's copy. */
    private static final long LONG_ROW_BYTES = 1024;

    private CopyKernels() {
    }

    /** Fills a contiguous tensor of f32 or i64. */
    static void fill(Tensor out, double value) {
        long address = out.address();
        if (out.dtype() == DType.F32) {
            WorkerPool.global().parallelFor(out.numel(), StridedLoop.TASK_ELEMENTS,
                    (from, to) -> ROWS.fill(address + from * Float.BYTES, (float) value, (int) (to - from)));
        } else {
            long number = (long) value;
            for (long i = 0; i < out.numel(); i++) {
                MEMORY.set(JAVA_LONG_UNALIGNED, address + i * Long.BYTES, number);
            }
        }
    }

    /** out = x, of one type. */
    static void copy(Tensor out, Tensor x) {
        int bytes = out.dtype().bytes();
        if (out.isContiguous() && x.isContiguous()) {
            long to = out.address();
            long from = x.address();
            WorkerPool.global().parallelFor(out.numel() * bytes, TASK_BYTES,
                    (first, end) -> NativeMemory.copy(from + first, to + first, end - first));
            return;
        }
        Axes axes = Axes.of(out.shape(), out, x);
        int columns = axes.rank() - 1;
        for (int axis = 0; axis < columns; axis++) {
            if (axes.strides[1][axis] == 1 && axes.sizes[axis] >= TILE && axes.strides[1][columns] != 1
                    && axes.strides[0][columns] == 1) {
                transpose(axes, axis, out.address(), x.address(), bytes);
                return;
            }
        }
        rows(axes, out.address(), x.address(), bytes);
    }

    /** out = x, both contiguous, one of f32 and the other of a 16-bit type. */
    static void convert(Tensor out, Tensor x) {
        DType to = out.dtype();
        DType from = x.dtype();
        long o = out.address();
        long a = x.address();
        WorkerPool.global().parallelFor(out.numel(), StridedLoop.TASK_ELEMENTS, (first, end) -> {
            long target = o + first * to.bytes();
            long source = a + first * from.bytes();
            int n = (int) (end - first);
            if (from.isHalf()) {
                ROWS.widen(from, target, source, n);
            } else {
                ROWS.narrow(to, target, source, n);
            }
        });
    }

    private static void rows(Axes axes, long out, long x, int bytes) {
        long n = axes.rowLength();
        long outStride = axes.rowStride(0) * bytes;
        long xStride = axes.rowStride(1) * bytes;
        WorkerPool.global().parallelFor(axes.rows(), Math.max(1, TASK_BYTES / bytes / Math.max(1, n)), (from, to) -> {
            for (long row = from; row < to; row++) {
                row(out + axes.rowOffset(0, row) * bytes, outStride, x + axes.rowOffset(1, row) * bytes, xStride, n,
                        bytes);
            }
        });
    }

    /** Copies n elements between strides in bytes. */
    static void row(long out, long outStride, long x, long xStride, long n, int bytes) {
        if (outStride == bytes && xStride == bytes) {
            if (bytes == Float.BYTES && n * bytes < LONG_ROW_BYTES) {
                ROWS.copy(out, x, (int) n);
            } else {
                NativeMemory.copy(x, out, n * bytes);
            }
            return;
        }
        if (bytes == Float.BYTES && outStride == bytes && xStride == -bytes) {
            ROWS.reverse(out, x - (n - 1) * bytes, (int) n);
            return;
        }
        switch (bytes) {
            case Byte.BYTES -> {
                for (long i = 0; i < n; i++) {
                    MEMORY.set(JAVA_BYTE, out + i * outStride, MEMORY.get(JAVA_BYTE, x + i * xStride));
                }
            }
            case Short.BYTES -> {
                for (long i = 0; i < n; i++) {
                    MEMORY.set(JAVA_SHORT_UNALIGNED, out + i * outStride,
                            MEMORY.get(JAVA_SHORT_UNALIGNED, x + i * xStride));
                }
            }
            case Integer.BYTES -> {
                for (long i = 0; i < n; i++) {
                    MEMORY.set(JAVA_INT_UNALIGNED, out + i * outStride,
                            MEMORY.get(JAVA_INT_UNALIGNED, x + i * xStride));
                }
            }
            default -> {
                for (long i = 0; i < n; i++) {
                    MEMORY.set(JAVA_LONG_UNALIGNED, out + i * outStride,
                            MEMORY.get(JAVA_LONG_UNALIGNED, x + i * xStride));
                }
            }
        }
    }

    /**
     * Copies where out's neighbours lie along the last axis and x's along another one: tile by tile, since a walk along
     * either axis alone would touch a whole cache line for each number of the other side.
     */
    private static void transpose(Axes axes, int axis, long out, long x, int bytes) {
        long height = axes.sizes[axis];
        long width = axes.rowLength();
        long outStride = axes.strides[0][axis] * bytes;
        long xStride = axes.rowStride(1) * bytes;
        // What is left when the two axes are taken out: the matrices to transpose.
        Axes matrices = axes.without(axis);
        long bands = Math.ceilDiv(height, TILE);
        long grain = Math.max(1, TASK_BYTES / bytes / (TILE * width));
        WorkerPool.global().parallelFor(matrices.rows() * bands, grain, (from, to) -> {
            for (long task = from; task < to; task++) {
                long matrix = task / bands;
                long top = task % bands * TILE;
                int rows = (int) Math.min(TILE, height - top);
                long o = out + matrices.rowOffset(0, matrix) * bytes + top * outStride;
                long a = x + matrices.rowOffset(1, matrix) * bytes + top * bytes;
                for (long left = 0; left < width; left += TILE) {
                    int columns = (int) Math.min(TILE, width - left);
                    tile(o + left * bytes, outStride, a + left * xStride, xStride, rows, columns, bytes);
                }
            }
        });
    }

    private static void tile(long out, long outStride, long x, long xStride, int rows, int columns, int bytes) {
        for (int r = 0; r < rows; r++) {
            row(out + r * outStride, bytes, x + (long) r * bytes, xStride, columns, bytes);
        }
    }
}
