package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/**
 * Batch normalization of contiguous f32 numbers (N, C, L): each channel is one task's, whose rows of L numbers are summed by
 * vectors, and whose rows' sums are added in double precision and in order. A channel of a usual size stays in the
 * second-level cache between the passes over it.
 *
 * <p>Rows of a few numbers would be all overhead: such operands are turned to (1, C, N L) first.
 */
final class ChannelNormKernels {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();
    /** Below this many numbers rows are joined. */
    private static final int SHORT = 16;

    private ChannelNormKernels() {
    }

    private static boolean isShort(Tensor x) {
        return x.size(2) < SHORT && x.size(0) > 1;
    }

    /** Returns a contiguous copy (1, C, N L), which may be written to. */
    private static Tensor joined(Tensor x) {
        Tensor turned = x.transpose(0, 1);
        Tensor rows = Tensor.emptyLike(turned);
        CopyKernels.copy(rows, turned);
        Tensor joined = rows.view(1, x.size(1), x.size(0) * x.size(2));
        turned.release();
        rows.release();
        return joined;
    }

    /** Copies (1, C, N L) to (N, C, L). */
    private static void separate(Tensor out, Tensor joined) {
        Tensor rows = joined.view(out.size(1), out.size(0), out.size(2));
        Tensor turned = rows.transpose(0, 1);
        CopyKernels.copy(out, turned);
        turned.release();
        rows.release();
    }

    @FunctionalInterface
    private interface ChannelBody {
        void run(int channel);
    }

    private static void forEachChannel(Tensor x, ChannelBody body) {
        long perChannel = x.size(0) * x.size(2);
        WorkerPool.global().parallelFor(x.size(1), FusedRows.rowsPerTask(perChannel), (from, to) -> {
            for (long channel = from; channel < to; channel++) {
                body.run((int) channel);
            }
        });
    }

    static void statistics(Tensor mean, Tensor variance, Tensor x) {
        if (isShort(x)) {
            Tensor rows = joined(x);
            statistics(mean, variance, rows);
            rows.release();
            return;
        }
        int n = Math.toIntExact(x.size(2));
        long examples = x.size(0);
        long row = (long) n * Float.BYTES;
        long step = x.size(1) * row;
        long a = x.address();
        long means = mean.address();
        long variances = variance.address();
        forEachChannel(x, channel -> {
            long first = a + channel * row;
            double sum = 0;
            for (long e = 0; e < examples; e++) {
                sum += ELEMENTS.sum(first + e * step, n);
            }
            double center = sum / (examples * n);
            // The mean rounded to f32 is off by a little, which adds its square to every square.
            double off = center - (float) center;
            double squares = 0;
            for (long e = 0; e < examples; e++) {
                squares += ROWS.sumOfSquares(first + e * step, (float) center, n);
            }
            FusedRows.set(means + 4L * channel, (float) center);
            FusedRows.set(variances + 4L * channel, (float) Math.max(0, squares / (examples * n) - off * off));
        });
    }

    static void batchNorm(Tensor out, Tensor x, Tensor mean, Tensor rstd, Tensor weight, Tensor bias) {
        if (isShort(x)) {
            Tensor rows = joined(x);
            batchNorm(rows, rows, mean, rstd, weight, bias);
            separate(out, rows);
            rows.release();
            return;
        }
        int n = Math.toIntExact(x.size(2));
        long examples = x.size(0);
        long row = (long) n * Float.BYTES;
        long channels = x.size(1);
        long o = out.address();
        long a = x.address();
        WorkerPool.global().parallelFor(examples * channels, FusedRows.rowsPerTask(n), (from, to) -> {
            for (long r = from; r < to; r++) {
                long channel = r % channels;
                float factor = at(rstd, channel, 1) * at(weight, channel, 1);
                ROWS.shiftAndScale(o + r * row, a + r * row, at(mean, channel, 0), factor, at(bias, channel, 0), n);
            }
        });
    }

    private static float at(Tensor vector, long channel, float otherwise) {
        return vector == null ? otherwise : FusedRows.get(vector.address() + 4 * channel);
    }

    static void batchNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor mean,
            Tensor rstd, Tensor weight, boolean constants) {
        if (isShort(x)) {
            Tensor rows = joined(x);
            Tensor gradients = joined(dout);
            batchNormBackward(gradients, dweight, dbias, gradients, rows, mean, rstd, weight, constants);
            separate(dx, gradients);
            rows.release();
            gradients.release();
            return;
        }
        int n = Math.toIntExact(x.size(2));
        long examples = x.size(0);
        long row = (long) n * Float.BYTES;
        long step = x.size(1) * row;
        long d = dx.address();
        long g = dout.address();
        long a = x.address();
        long dweights = dweight.address();
        long dbiases = dbias.address();
        forEachChannel(x, channel -> {
            long first = channel * row;
            float center = at(mean, channel, 0);
            float scale = at(rstd, channel, 1);
            double sum = 0;
            double product = 0;
            for (long e = 0; e < examples; e++) {
                long at = first + e * step;
                sum += ELEMENTS.sum(g + at, n);
                product += ROWS.centeredDot(g + at, a + at, center, n);
            }
            FusedRows.set(dbiases + 4L * channel, (float) sum);
            FusedRows.set(dweights + 4L * channel, (float) (product * scale));
            float factor = scale * at(weight, channel, 1);
            double count = (double) examples * n;
            float share = constants ? 0 : (float) (sum / count);
            float slope = constants ? 0 : (float) (product * scale * scale / count);
            for (long e = 0; e < examples; e++) {
                long at = first + e * step;
                ROWS.channelBackward(d + at, g + at, a + at, center, share, slope, factor, n);
            }
        });
    }
}
