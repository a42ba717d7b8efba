package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;

/**
 * Matrix products of any batches and strides, f32 and f64, cut into pieces that a {@link Gemm} computes on one thread
 * each.
 *
 * <p>Transposes reach the Gemm as flags. Where a batch of matrices meets one and the same matrix on the right, it is
 * one tall product. How a product is cut follows from its shape alone, so that the result does not depend on the
 * threads: a product cut elsewhere has other bits.
 */
final class MatmulKernels {
    private static final Gemm GEMM = Gemm.best();
    private static final Gemm PACKING = Simd.gemm();
    private static final Rows ROWS = Simd.rows();
    private static final FusedRows FUSED_ROWS = Simd.fusedRows();

    /** Products with less work, in multiplications and additions, are not cut. */
    private static final double LEAST_WORK = 8e6;
    /**
     * A product of this work times p^2 is cut into p pieces. Every piece packs its operands anew, so that few large
     * pieces are best for few threads; many threads need many. Large products can afford more.
     */
    private static final double PIECE_WORK = 19e6;
    /** Reading one operand's element takes as long as about so many additions and multiplications. */
    private static final double READ_WORK = 32;
    /** What a task of small products should at least amount to. */
    private static final double TASK_WORK = 4e6;
    /** Pieces so high are first cut into lower ones; from then on the longer side is cut. */
    private static final int HIGH = 256;
    /** No piece's side is made shorter. */
    private static final int LEAST_SIDE = 48;
    /** No piece's sums are made shorter. */
    private static final int LEAST_DEPTH = 1024;
    /** The columns of a packed part of B that pieces share, about; a block of it stays in the second cache. */
    private static final int PACKED_COLUMNS = 128;
    /** Products with more work share a packed B only if they have many rows to share it. */
    private static final double PACKED_FEW_ROWS_WORK = 5e8;
    private static final int PACKED_MANY_ROWS = 512;
    /** No product with more work was tried. */
    private static final double PACKED_MOST_WORK = 2e10;
    /**
     * With more work, a transposed A is turned first: neighbours along the depth are a row apart, each in a page of its own
     * and, where rows are a multiple of 4096 bytes, all in the same few lines of the cache.
     */
    private static final double TURNED_LEAST_WORK = 5e8;
    /** So many of its rows are written at once, each a line of the cache; more read longer pieces of A. */
    private static final int TURNED_ROWS = 128;
    /** Elements between its rows, so that neighbours among them share no line of the cache. */
    private static final int TURNED_GAP = 16;
    /** What a piece of a packed product should at least amount to. */
    private static final double PACKED_PIECE_WORK = 3e6;
    /** Lower pieces are not worth a packed B, nor are they made. */
    private static final int PACKED_LEAST_ROWS = 32;
    /** Pieces begin at multiples of this where possible, so that the Gemm's register tiles are full. */
    private static final int ALIGNMENT = 16;
    /** The same for packed products, whose tiles are known: three vectors of 8 or 16 lanes wide and 3, 6 or 8 high. */
    private static final int PACKED_ALIGNMENT = 48;

    private MatmulKernels() {
    }

    /** Returns the product that is in use. */
    static Gemm gemm() {
        return GEMM;
    }

    /**
     * out (..., M, N) = a (..., M, K) b (..., K, N) + bias, with equal batch axes.
     *
     * @param bias f32 (N), added to every row of a contiguous out; or null
     */
    static void matmul(Tensor out, Tensor a, Tensor b, Tensor bias) {
        if (out.numel() == 0) {
            return;
        }
        if (a.size(-1) == 0) {
            if (bias == null) {
                out.backend().fill(out, 0);
            } else {
                out.backend().copy(out, bias.expandTo(out.shape()));
            }
            return;
        }
        if (out.stride(-1) != 1 && out.size(-1) > 1 || overlaps(out)) {
            Tensor dense = Tensor.emptyLike(out);
            matmul(dense, a, b, null);
            out.backend().copy(out, dense);
            dense.release();
            return;
        }
        try (var dense = new Dense()) {
            new Product(out, fit(dense, a), fit(dense, b), bias).run();
        }
    }

    /** Whether rows have no room for their elements, which a leading dimension cannot express. */
    private static boolean overlaps(Tensor x) {
        return x.size(-2) > 1 && x.stride(-2) < x.size(-1);
    }

    /** Returns an operand that can be handed to a Gemm, with or without the transpose flag; a copy where needed. */
    private static Tensor fit(Dense dense, Tensor x) {
        boolean plain = isMatrix(x.stride(-2), x.size(-2), x.stride(-1), x.size(-1));
        boolean transposed = isMatrix(x.stride(-1), x.size(-1), x.stride(-2), x.size(-2));
        return plain || transposed ? x : dense.of(x);
    }

    /** Whether columns are neighbours and rows lie far enough apart; an axis of one element may have any stride. */
    private static boolean isMatrix(long rowStride, long rows, long columnStride, long columns) {
        return (columns == 1 || columnStride == 1) && (rows == 1 || rowStride >= columns)
                && rowStride <= Integer.MAX_VALUE;
    }

    private static int toInt(long size) {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("matmul: a side or stride of " + size
                    + " elements is more than the 2^31 - 1 that a matrix product takes; cut the operands with narrow");
        }
        return (int) size;
    }

    /** One call of {@link #matmul}: the shape, the addresses, and how they are cut. */
    private static final class Product {
        private final boolean single;
        private final int bytes;
        private final long out;
        private final long a;
        private final long b;
        /** The address of what is added to every row, or 0. */
        private final long bias;
        /** The batch axes of out, a and b. */
        private final Axes batch;
        private final long batches;
        private final long m;
        private final int n;
        private final int k;
        private final boolean transA;
        private final boolean transB;
        private final int lda;
        private final int ldb;
        private final int ldc;
        /** A piece's sides, and the length of its sums. */
        private int tileM;
        private int tileN;
        private int tileK;

        Product(Tensor out, Tensor a, Tensor b, Tensor bias) {
            single = out.dtype() == DType.F32;
            bytes = out.dtype().bytes();
            this.out = out.address();
            this.a = a.address();
            this.b = b.address();
            this.bias = bias == null ? 0 : bias.address();
            n = toInt(out.size(-1));
            k = toInt(a.size(-1));
            batch = batchAxes(out, a, b);
            // With one row, how far it is to the next matrix is how far it is to the next row.
            long rows = out.size(-2);
            long count = batch.rowLength();
            long tallOut = rows == 1 ? batch.rowStride(0) : out.stride(-2);
            long tallA = rows == 1 ? batch.rowStride(1) : a.stride(-2);
            boolean tall = batch.rank() == 1 && batch.rowStride(2) == 0 && batch.rowStride(0) == rows * tallOut
                    && batch.rowStride(1) == rows * tallA && isMatrix(tallOut, count * rows, 1, n)
                    && isMatrix(tallA, count * rows, a.stride(-1), k);
            m = tall ? count * rows : rows;
            batches = tall ? 1 : batch.rows() * count;
            long rowOut = tall ? tallOut : out.stride(-2);
            long rowA = tall ? tallA : a.stride(-2);
            transA = !isMatrix(rowA, m, a.stride(-1), k);
            transB = !isMatrix(b.stride(-2), k, b.stride(-1), n);
            lda = toInt(transA ? leading(a.stride(-1), k, m) : leading(rowA, m, k));
            ldb = toInt(transB ? leading(b.stride(-1), n, k) : leading(b.stride(-2), k, n));
            ldc = toInt(leading(rowOut, m, n));
            cut();
        }

        private static Axes batchAxes(Tensor out, Tensor a, Tensor b) {
            int rank = out.rank() - 2;
            long[] sizes = new long[rank];
            long[][] strides = new long[3][rank];
            for (int axis = 0; axis < rank; axis++) {
                sizes[axis] = out.size(axis);
                strides[0][axis] = out.stride(axis);
                strides[1][axis] = a.stride(axis);
                strides[2][axis] = b.stride(axis);
            }
            return Axes.merged(sizes, strides);
        }

        /**
         * The leading dimension of rows of a length; a single row may have any stride, but BLAS wants a possible one.
         */
        private static long leading(long stride, long rows, long length) {
            return rows == 1 ? length : stride;
        }

        /** The work of m n sums of k products, and of reading the operands. */
        private static double work(double m, double n, double k, int bytes) {
            return k * (2 * m * n + READ_WORK * (m + n)) * bytes / Float.BYTES;
        }

        /** Halves the piece until there are enough of them. */
        private void cut() {
            double work = work(m, n, k, bytes);
            double enough = work < LEAST_WORK ? 1 : Math.max(2, Math.sqrt(work / PIECE_WORK));
            long cutsM = 1;
            long cutsN = 1;
            long cutsK = 1;
            while (cutsM * cutsN * cutsK < enough || m / cutsM > Integer.MAX_VALUE / 2) {
                long height = m / cutsM;
                long width = n / cutsN;
                if ((height >= HIGH || height >= width) && height >= 2 * LEAST_SIDE) {
                    cutsM *= 2;
                } else if (width >= 2 * LEAST_SIDE) {
                    cutsN *= 2;
                } else if (single && k / cutsK >= 2 * LEAST_DEPTH) {
                    cutsK *= 2;
                } else {
                    break;
                }
            }
            tileM = part(m, cutsM);
            tileN = part(n, cutsN);
            tileK = part(k, cutsK);
        }

        private static int part(long size, long parts) {
            long even = Math.ceilDiv(size, parts);
            return (int) (parts == 1 ? even : Math.ceilDiv(even, ALIGNMENT) * ALIGNMENT);
        }

        void run() {
            int depths = Math.ceilDiv(k, tileK);
            long down = Math.ceilDiv(m, tileM);
            long across = Math.ceilDiv(n, tileN);
            if (depths > 1) {
                sumParts(depths, down, across);
                return;
            }
            if (single && batches == 1 && down * across > 1 && sharesPacked()) {
                packOnce();
                return;
            }
            long grain = (long) Math.max(1, TASK_WORK / work(tileM, tileN, k, bytes));
            WorkerPool.global().parallelFor(batches * down * across, grain, (from, to) -> {
                for (long task = from; task < to; task++) {
                    long item = task / (down * across);
                    long top = task / across % down * tileM;
                    long left = task % across * tileN;
                    piece(item, top, left, 0, out + (batch.offset(0, item) + top * ldc + left) * bytes, ldc);
                }
            });
        }

        private boolean sharesPacked() {
            double work = work(m, n, k, bytes);
            return PACKING.packsOnce() && m >= PACKED_LEAST_ROWS
                    && (work <= PACKED_FEW_ROWS_WORK || m >= PACKED_MANY_ROWS && work <= PACKED_MOST_WORK);
        }

        private static int aligned(int side) {
            return Math.ceilDiv(side, PACKED_ALIGNMENT) * PACKED_ALIGNMENT;
        }

        /** All pieces share a packed B: first its parts are packed, by all threads, and then multiplied with. */
        private void packOnce() {
            long x = a + batch.offset(1, 0) * bytes;
            if (!transA || work(m, n, k, bytes) < TURNED_LEAST_WORK) {
                packOnce(transA, x, lda);
                return;
            }
            int row = k + TURNED_GAP;
            long turned = SlabAllocator.global().allocate(m * row * bytes);
            try {
                WorkerPool.global().parallelFor(Math.ceilDiv(m, TURNED_ROWS), 1, (from, to) -> {
                    int top = (int) from * TURNED_ROWS;
                    int rows = (int) Math.min(m, to * TURNED_ROWS) - top;
                    VectorTranspose.transpose(turned + (long) top * row * bytes, (long) row * bytes,
                            x + (long) top * bytes, (long) lda * bytes, k, rows);
                });
                packOnce(false, turned, row);
            } finally {
                SlabAllocator.global().free(turned, m * row * bytes);
            }
        }

        private void packOnce(boolean transA, long a, int lda) {
            int parts = Math.max(1, Math.round((float) n / PACKED_COLUMNS));
            int wide = parts == 1 ? n : aligned(Math.ceilDiv(n, parts));
            int across = Math.ceilDiv(n, wide);
            double down = Math.max(1, work(m, n, k, bytes) / (across * PACKED_PIECE_WORK));
            int high = (int) Math.min(m, aligned((int) Math.max(PACKED_LEAST_ROWS, m / down)));
            long partBytes = PACKING.packedBytes(wide, k);
            int depth = PACKING.packedDepth();
            int depths = Math.ceilDiv(k, depth);
            long packed = SlabAllocator.global().allocate(partBytes * across);
            try {
                WorkerPool.global().parallelFor((long) across * depths, 1, (from, to) -> {
                    for (long task = from; task < to; task++) {
                        int part = (int) (task / depths);
                        int row = (int) (task % depths) * depth;
                        int columns = Math.min(wide, n - part * wide);
                        long from0 = transB ? (long) part * wide * ldb + row : (long) row * ldb + part * wide;
                        PACKING.pack(packed + part * partBytes + PACKING.packedBytes(columns, row), transB, columns,
                                Math.min(depth, k - row), b + (batch.offset(2, 0) + from0) * bytes, ldb);
                    }
                });
                WorkerPool.global().parallelFor(Math.ceilDiv(m, high) * across, 1, (from, to) -> {
                    for (long task = from; task < to; task++) {
                        int part = (int) (task % across);
                        long top = task / across * high;
                        int rows = (int) Math.min(high, m - top);
                        int left = part * wide;
                        int columns = Math.min(wide, n - left);
                        long x = a + (transA ? top : top * lda) * bytes;
                        long target = out + (batch.offset(0, 0) + top * ldc + left) * bytes;
                        long panels = packed + part * partBytes;
                        if (bias != 0) {
                            PACKING.sgemmPackedBiased(transA, rows, columns, k, x, lda, panels,
                                    bias + (long) left * bytes, target, ldc);
                        } else {
                            PACKING.sgemmPacked(transA, rows, columns, k, x, lda, panels, 0, target, ldc);
                        }
                    }
                });
            } finally {
                SlabAllocator.global().free(packed, partBytes * across);
            }
        }

        /** Few long sums: parts of all of them go to scratch memory and are added up in order. */
        private void sumParts(int depths, long down, long across) {
            long partBytes = m * n * bytes;
            long parts = SlabAllocator.global().allocate(partBytes * depths);
            try {
                for (long i = 0; i < batches; i++) {
                    long item = i;
                    WorkerPool.global().parallelFor(depths * down * across, 1, (task, _) -> {
                        long depth = task / (down * across);
                        long top = task / across % down * tileM;
                        long left = task % across * tileN;
                        long target = parts + depth * partBytes + (top * n + left) * bytes;
                        piece(item, top, left, (int) depth * tileK, target, n);
                    });
                    long target = out + batch.offset(0, item) * bytes;
                    WorkerPool.global().parallelFor(m, Math.max(1, StridedLoop.TASK_ELEMENTS / n), (from, to) -> {
                        for (long row = from; row < to; row++) {
                            ROWS.sumRows(target + row * ldc * bytes, parts + row * n * bytes, partBytes, depths, n);
                        }
                    });
                }
            } finally {
                SlabAllocator.global().free(parts, partBytes * depths);
            }
        }

        /** Computes the piece whose first element is (top, left), of the products from a depth on. */
        private void piece(long item, long top, long left, int depth, long target, int ldTarget) {
            int height = (int) Math.min(tileM, m - top);
            int width = (int) Math.min(tileN, n - left);
            int length = Math.min(tileK, k - depth);
            long x = a + (batch.offset(1, item) + (transA ? depth * (long) lda + top : top * lda + depth)) * bytes;
            long y = b + (batch.offset(2, item) + (transB ? left * ldb + depth : depth * (long) ldb + left)) * bytes;
            boolean biased = bias != 0 && depth == 0;
            long biases = bias + left * bytes;
            if (single && (height == 1 || width == 1) && vector(height, width, length, x, y, target, ldTarget)) {
                for (int row = 0; biased && row < height; row++) {
                    long at = target + (long) row * ldTarget * bytes;
                    ROWS.binary(BinaryOp.ADD, at, at, biases, width);
                }
                return;
            }
            for (int row = 0; biased && row < height; row++) {
                // What the product is added to; without a bias a Gemm begins by writing zeros, which takes as long.
                ROWS.copy(target + (long) row * ldTarget * bytes, biases, width);
            }
            if (single) {
                GEMM.sgemm(transA, transB, height, width, length, 1, x, lda, y, ldb, biased ? 1 : 0, target, ldTarget);
            } else {
                GEMM.dgemm(transA, transB, height, width, length, 1, x, lda, y, ldb, 0, target, ldTarget);
            }
        }

        /**
         * A vector times a matrix: the matrix is read once, which packing it would double. These loops take a half to a
         * third of OpenBLAS's time for a row of text generation.
         *
         * @return false, with nothing done, when the vector's elements are no neighbours
         */
        private boolean vector(int height, int width, int length, long x, long y, long target, int ldTarget) {
            long rowA = (long) lda * Float.BYTES;
            long rowB = (long) ldb * Float.BYTES;
            if (height == 1 && !transA && transB) {
                FUSED_ROWS.dots(target, x, y, rowB, width, 1, length);
            } else if (height == 1 && !transA) {
                FUSED_ROWS.weightedSum(target, x, y, rowB, length, width);
            } else if (width == 1 && ldb == 1 && !transB && ldTarget == 1 && !transA) {
                FUSED_ROWS.dots(target, y, x, rowA, height, 1, length);
            } else if (width == 1 && ldb == 1 && !transB && ldTarget == 1) {
                FUSED_ROWS.weightedSum(target, y, x, rowA, length, height);
            } else {
                return false;
            }
            return true;
        }
    }
}
