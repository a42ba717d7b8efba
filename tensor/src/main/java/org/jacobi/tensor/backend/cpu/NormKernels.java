package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;

/**
 * Layer and root mean square normalization, each with its backward.
 *
 * <p>RMS normalization is layer normalization with a mean and a bias of 0, and a weight of null is one of ones: so one
 * inner loop a direction serves them all. dweight and dbias are sums over all rows: blocks of rows are summed by
 * themselves and the blocks' sums then added in order, so that the bits do not depend on the threads.
 */
final class NormKernels {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();
    /** The most blocks that dweight and dbias are summed in. */
    private static final int MAX_BLOCKS = 128;

    private NormKernels() {
    }

    static void layerNorm(Tensor out, Tensor mean, Tensor rstd, Tensor x, Tensor weight, Tensor bias, double eps) {
        forward(out, mean, rstd, x, weight, bias, eps);
    }

    static void rmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, double eps) {
        forward(out, null, rstd, x, weight, null, eps);
    }

    private static void forward(Tensor out, Tensor mean, Tensor rstd, Tensor x, Tensor weight, Tensor bias,
            double eps) {
        int n = Math.toIntExact(x.size(-1));
        long o = out.address();
        long a = x.address();
        long means = mean == null ? 0 : mean.address();
        long rstds = rstd.address();
        try (Coefficients w = Coefficients.of(weight, n, 1); Coefficients b = Coefficients.of(bias, n, 0)) {
            long weights = w.address;
            long biases = b.address;
            WorkerPool.global().parallelFor(rstd.numel(), FusedRows.rowsPerTask(n), (from, to) -> {
                for (long row = from; row < to; row++) {
                    long at = row * n * Float.BYTES;
                    float center = 0;
                    if (means != 0) {
                        center = ELEMENTS.sum(a + at, n) / n;
                        FusedRows.set(means + 4 * row, center);
                    }
                    // The variance is taken of centered values: sum x^2 - n mean^2 would lose every digit where means
                    // are large.
                    float scale = (float) (1 / Math.sqrt(ROWS.sumOfSquares(a + at, center, n) / n + eps));
                    FusedRows.set(rstds + 4 * row, scale);
                    ROWS.normalize(o + at, a + at, center, scale, weights, biases, n);
                }
            });
        }
    }

    static void layerNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight,
            Tensor mean, Tensor rstd) {
        backward(dx, dweight, dbias, dout, x, weight, mean, rstd);
    }

    static void rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) {
        backward(dx, dweight, null, dout, x, weight, null, rstd);
    }

    private static void backward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight,
            Tensor mean, Tensor rstd) {
        int n = Math.toIntExact(x.size(-1));
        long rows = rstd.numel();
        long blockRows = Math.max(FusedRows.rowsPerTask(n), Math.ceilDiv(rows, MAX_BLOCKS));
        int blocks = (int) Math.ceilDiv(rows, blockRows);
        long vectorBytes = (long) n * Float.BYTES;
        long dxAddress = dx.address();
        long d = dout.address();
        long a = x.address();
        long means = mean == null ? 0 : mean.address();
        long rstds = rstd.address();
        // A dweight and a dbias for each block.
        long sumBytes = 2 * blocks * vectorBytes;
        long sums = SlabAllocator.global().allocate(sumBytes);
        try (Coefficients w = Coefficients.of(weight, n, 1)) {
            long weights = w.address;
            NativeMemory.fill(sums, sumBytes, (byte) 0);
            WorkerPool.global().parallelFor(rows, blockRows, (from, to) -> {
                long blockWeight = sums + from / blockRows * 2 * vectorBytes;
                for (long row = from; row < to; row++) {
                    long at = row * vectorBytes;
                    float center = means == 0 ? 0 : FusedRows.get(means + 4 * row);
                    float scale = FusedRows.get(rstds + 4 * row);
                    float meanG = means == 0 ? 0 : ROWS.dot(d + at, weights, n) / n;
                    float meanGX =
                            ROWS.normBackwardSums(blockWeight, blockWeight + vectorBytes, d + at, a + at, center, scale,
                                    weights, n) / n;
                    ROWS.normBackward(dxAddress + at, d + at, a + at, center, scale, weights, meanG, meanGX, n);
                }
            });
            addBlocks(dweight, sums, blocks, n);
            addBlocks(dbias, sums + vectorBytes, blocks, n);
        } finally {
            SlabAllocator.global().free(sums, sumBytes);
        }
    }

    /** total = the sum of every second vector from the given one on, in order. */
    private static void addBlocks(Tensor total, long sums, int blocks, int n) {
        if (total == null) {
            return;
        }
        long vectorBytes = (long) n * Float.BYTES;
        NativeMemory.fill(total.address(), vectorBytes, (byte) 0);
        for (int block = 0; block < blocks; block++) {
            ELEMENTS.binary(BinaryOp.ADD, total.address(), total.address(), sums + block * 2 * vectorBytes, n);
        }
    }

    /** A tensor's numbers, or, for null, a vector of one number that is made for the call. */
    private static final class Coefficients implements AutoCloseable {
        final long address;
        private final long ownBytes;

        private Coefficients(long address, long ownBytes) {
            this.address = address;
            this.ownBytes = ownBytes;
        }

        static Coefficients of(Tensor tensor, int n, float otherwise) {
            if (tensor != null) {
                return new Coefficients(tensor.address(), 0);
            }
            long bytes = Math.max(1, (long) n * Float.BYTES);
            long address = SlabAllocator.global().allocate(bytes);
            ELEMENTS.fill(address, otherwise, n);
            return new Coefficients(address, bytes);
        }

        @Override
        public void close() {
            if (ownBytes > 0) {
                SlabAllocator.global().free(address, ownBytes);
            }
        }
    }
}
