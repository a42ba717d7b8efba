package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;

/**
 * Selecting and adding by index, on contiguous f32 tensors.
 *
 * <p>A tensor is seen as (outer, size along the axis, inner). Where an index names a place twice, both summands arrive
 * there in the order of the index: tasks never share a place, they divide the outer or the inner part among themselves.
 */
final class IndexKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows ROWS = Simd.rows();
    /** The width of the columns that the tasks of {@link #indexAdd} share out: a few cache lines. */
    private static final long COLUMNS = 64;

    private IndexKernels() {
    }

    private static long outer(Tensor x, int axis) {
        long outer = 1;
        for (int i = 0; i < axis; i++) {
            outer *= x.size(i);
        }
        return outer;
    }

    private static long inner(Tensor x, int axis) {
        long inner = 1;
        for (int i = axis + 1; i < x.rank(); i++) {
            inner *= x.size(i);
        }
        return inner;
    }

    private static long index(long address, long i) {
        return MEMORY.get(JAVA_LONG_UNALIGNED, address + i * Long.BYTES);
    }

    static void indexSelect(Tensor out, Tensor x, int axis, Tensor index) {
        long inner = inner(x, axis);
        long size = x.size(axis);
        long count = index.numel();
        long o = out.address();
        long a = x.address();
        long indices = index.address();
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / Math.max(1, inner));
        WorkerPool.global().parallelFor(outer(x, axis) * count, grain, (from, to) -> {
            for (long slice = from; slice < to; slice++) {
                long source = slice / count * size + index(indices, slice % count);
                copy(o + slice * inner * Float.BYTES, a + source * inner * Float.BYTES, inner);
            }
        });
    }

    private static void copy(long out, long x, long n) {
        if (n <= StridedLoop.TASK_ELEMENTS) {
            ROWS.copy(out, x, (int) n);
        } else {
            NativeMemory.copy(x, out, n * Float.BYTES);
        }
    }

    static void indexAdd(Tensor out, int axis, Tensor index, Tensor source) {
        long outer = outer(out, axis);
        long inner = inner(out, axis);
        long size = out.size(axis);
        long count = index.numel();
        long o = out.address();
        long a = source.address();
        long indices = index.address();
        long blocks = Math.ceilDiv(inner, COLUMNS);
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / Math.max(1, COLUMNS * count));
        WorkerPool.global().parallelFor(outer * blocks, grain, (from, to) -> {
            for (long task = from; task < to; task++) {
                long matrix = task / blocks;
                long left = task % blocks * COLUMNS;
                int width = (int) Math.min(COLUMNS, inner - left);
                for (long i = 0; i < count; i++) {
                    long target = o + ((matrix * size + index(indices, i)) * inner + left) * Float.BYTES;
                    long slice = a + ((matrix * count + i) * inner + left) * Float.BYTES;
                    ROWS.binary(BinaryOp.ADD, target, target, slice, width);
                }
            }
        });
    }

    /** For an index whose sizes outside the axis are x's. */
    static void gather(Tensor out, Tensor x, int axis, Tensor index) {
        long inner = inner(x, axis);
        long size = x.size(axis);
        long count = index.size(axis);
        long o = out.address();
        long a = x.address();
        long indices = index.address();
        WorkerPool.global().parallelFor(out.numel(), StridedLoop.TASK_ELEMENTS, (from, to) -> {
            for (long i = from; i < to; i++) {
                long column = i % inner;
                long matrix = i / inner / count;
                long source = (matrix * size + index(indices, i)) * inner + column;
                MEMORY.set(JAVA_FLOAT_UNALIGNED, o + i * Float.BYTES, get(a, source));
            }
        });
    }

    /** For an index whose sizes outside the axis are out's. */
    static void scatterAdd(Tensor out, int axis, Tensor index, Tensor source) {
        long inner = inner(out, axis);
        long size = out.size(axis);
        long count = index.size(axis);
        long o = out.address();
        long a = source.address();
        long indices = index.address();
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / Math.max(1, count * inner));
        WorkerPool.global().parallelFor(outer(out, axis), grain, (from, to) -> {
            for (long matrix = from; matrix < to; matrix++) {
                long start = matrix * count * inner;
                for (long i = start; i < start + count * inner; i++) {
                    long target = (matrix * size + index(indices, i)) * inner + (i - start) % inner;
                    MEMORY.set(JAVA_FLOAT_UNALIGNED, o + target * Float.BYTES, get(o, target) + get(a, i));
                }
            }
        });
    }

    private static float get(long address, long i) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address + i * Float.BYTES);
    }
}
