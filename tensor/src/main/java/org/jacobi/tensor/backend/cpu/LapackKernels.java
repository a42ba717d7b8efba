package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.Lapack;
import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Decompositions by LAPACK: one matrix on one thread, a batch on all of them. */
final class LapackKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** What a task of small matrices should at least amount to, in multiplications and additions. */
    private static final double TASK_WORK = 5e4;

    private LapackKernels() {
    }

    static boolean available() {
        return Lapack.available();
    }

    /** What is done with one matrix of a batch. */
    @FunctionalInterface
    private interface Entry {
        void run(long batch);
    }

    /** Runs over the batch that the leading axes of matrices make. */
    private static void forEach(Tensor matrices, Entry entry) {
        long batches = 1;
        for (int axis = 0; axis < matrices.rank() - 2; axis++) {
            batches *= matrices.size(axis);
        }
        double m = matrices.size(-2);
        double n = matrices.size(-1);
        long grain = (long) Math.max(1, TASK_WORK / (1 + m * n * Math.min(m, n)));
        WorkerPool.global().parallelFor(batches, grain, (from, to) -> {
            for (long batch = from; batch < to; batch++) {
                entry.run(batch);
            }
        });
    }

    private static Lapack lapack(Tensor x) {
        return Lapack.of(x.dtype() == DType.F32);
    }

    private static int size(Tensor x, int axis) {
        return Math.toIntExact(x.size(axis));
    }

    /** Bytes from one matrix of a batch to the next. */
    private static long step(Tensor x) {
        return x.size(-2) * x.size(-1) * x.dtype().bytes();
    }

    private static void setLong(long address, long index, long value) {
        MEMORY.set(JAVA_LONG_UNALIGNED, address + index * Long.BYTES, value);
    }

    static void lu(Tensor a, Tensor permutation) {
        Lapack lapack = lapack(a);
        int m = size(a, -2);
        int n = size(a, -1);
        int k = Math.min(m, n);
        long address = a.address();
        long step = step(a);
        long rows = permutation.address();
        forEach(a, batch -> {
            long bytes = (long) k * Integer.BYTES + 1;
            long ipiv = SlabAllocator.global().allocate(bytes);
            try {
                lapack.getrf(m, n, address + batch * step, ipiv);
                permute(rows + batch * m * Long.BYTES, m, ipiv, k);
            } finally {
                SlabAllocator.global().free(ipiv, bytes);
            }
        });
    }

    /** Turns LAPACK's exchanges, one after the other, into the order of rows that they lead to. */
    private static void permute(long rows, int m, long ipiv, int k) {
        for (int i = 0; i < m; i++) {
            setLong(rows, i, i);
        }
        for (int i = 0; i < k; i++) {
            int other = MEMORY.get(JAVA_INT, ipiv + (long) i * Integer.BYTES) - 1;
            long row = MEMORY.get(JAVA_LONG_UNALIGNED, rows + (long) i * Long.BYTES);
            setLong(rows, i, MEMORY.get(JAVA_LONG_UNALIGNED, rows + (long) other * Long.BYTES));
            setLong(rows, other, row);
        }
    }

    static void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit) {
        Lapack lapack = lapack(a);
        int n = size(b, -2);
        int k = size(b, -1);
        // A row-major matrix is its transpose in LAPACK's eyes.
        boolean transposed = a.isContiguous();
        long triangle = a.address();
        long triangleStep = step(a);
        long right = b.address();
        long rightStep = step(b);
        forEach(b, batch -> lapack.trsm(upper != transposed, transposed, unit, n, k, triangle + batch * triangleStep,
                right + batch * rightStep));
    }

    static void cholesky(Tensor a, boolean upper, Tensor info) {
        Lapack lapack = lapack(a);
        int n = size(a, -1);
        long address = a.address();
        long step = step(a);
        long infos = info.address();
        long column = (long) n * a.dtype().bytes();
        int bytes = a.dtype().bytes();
        boolean single = a.dtype() == DType.F32;
        forEach(a, batch -> {
            long matrix = address + batch * step;
            int minor = lapack.potrf(upper, n, matrix);
            for (int j = 0; j < n; j++) {
                long top = matrix + j * column;
                long from = upper ? top + (j + 1L) * bytes : top;
                NativeMemory.fill(from, upper ? (n - j - 1L) * bytes : (long) j * bytes, (byte) 0);
                if (minor == 0 && isNaN(single, top + (long) j * bytes)) {
                    minor = j + 1; // LAPACK itself says so, OpenBLAS's version of it takes NaN for positive
                }
            }
            setLong(infos, batch, minor);
        });
    }

    private static boolean isNaN(boolean single, long address) {
        return Double.isNaN(single ? MEMORY.get(JAVA_FLOAT_UNALIGNED, address)
                : MEMORY.get(JAVA_DOUBLE_UNALIGNED, address));
    }

    static void qr(Tensor q, Tensor a) {
        Lapack lapack = lapack(a);
        int m = size(a, -2);
        int n = size(a, -1);
        int k = Math.min(m, n);
        int columns = size(q, -1);
        int bytes = a.dtype().bytes();
        long column = (long) m * bytes;
        long qAddress = q.address();
        long qStep = step(q);
        long aAddress = a.address();
        long aStep = step(a);
        forEach(a, batch -> {
            long vectors = qAddress + batch * qStep;
            long matrix = aAddress + batch * aStep;
            long tauBytes = (long) k * bytes + 1;
            long tau = SlabAllocator.global().allocate(tauBytes);
            try {
                lapack.geqrf(m, n, matrix, tau);
                NativeMemory.copy(matrix, vectors, k * column);
                lapack.orgqr(m, columns, k, vectors, tau);
            } finally {
                SlabAllocator.global().free(tau, tauBytes);
            }
            for (int j = 0; j < k; j++) {
                NativeMemory.fill(matrix + j * column + (j + 1L) * bytes, column - (j + 1L) * bytes, (byte) 0);
            }
        });
    }

    static void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info) {
        Lapack lapack = lapack(a);
        int m = size(a, -2);
        int n = size(a, -1);
        int k = Math.min(m, n);
        char job = u == null ? 'N' : u.size(-1) > k || vh.size(-2) > k ? 'A' : 'S';
        int bytes = a.dtype().bytes();
        long matrices = a.address();
        long step = step(a);
        long values = s.address();
        long left = u == null ? values : u.address(); // not referenced by job N, but no wild address
        long leftStep = u == null ? 0 : step(u);
        long right = u == null ? values : vh.address();
        long rightStep = u == null ? 0 : step(vh);
        long infos = info.address();
        forEach(a, batch -> setLong(infos, batch, lapack.gesdd(job, m, n, matrices + batch * step,
                values + batch * k * bytes, left + batch * leftStep, right + batch * rightStep)));
    }

    static void eigh(Tensor w, Tensor a, boolean vectors, Tensor info) {
        Lapack lapack = lapack(a);
        int n = size(a, -1);
        int bytes = a.dtype().bytes();
        long matrices = a.address();
        long step = step(a);
        long values = w.address();
        long infos = info.address();
        forEach(a, batch -> setLong(infos, batch,
                lapack.syevd(vectors, n, matrices + batch * step, values + batch * n * bytes)));
    }
}
