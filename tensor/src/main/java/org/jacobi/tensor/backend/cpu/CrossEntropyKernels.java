package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/**
 * Cross-entropy of rows of logits with their classes, forward and backward.
 *
 * <p>Only the logits and their gradient must be contiguous: the vectors may have any stride, since the gradient of a
 * mean arrives as one expanded number.
 */
final class CrossEntropyKernels {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();

    private CrossEntropyKernels() {
    }

    static void crossEntropy(Tensor out, Tensor lse, Tensor logits, Tensor targets, long ignoreIndex,
            double smoothing) {
        int classes = Math.toIntExact(logits.size(1));
        long rowBytes = (long) classes * Float.BYTES;
        Strided losses = Strided.of(out);
        Strided logSums = Strided.of(lse);
        Strided labels = Strided.of(targets);
        long x = logits.address();
        WorkerPool.global().parallelFor(logits.size(0), FusedRows.rowsPerTask(classes), (from, to) -> {
            for (long row = from; row < to; row++) {
                long logitsRow = x + row * rowBytes;
                float max = ROWS.max(logitsRow, classes);
                float logSum = ScalarMath.log(ROWS.sumOfExp(logitsRow, max, classes));
                FusedRows.set(logSums.at(row), max + logSum);
                long target = target(labels, row, ignoreIndex, classes);
                FusedRows.set(losses.at(row),
                        target == ignoreIndex ? 0 : loss(logitsRow, (int) target, max, logSum, smoothing, classes));
            }
        });
    }

    private static float loss(long logits, int target, float max, float logSum, double smoothing, int classes) {
        // Differences from the maximum first: they are exact, or nearly so, where the loss is small.
        float picked = logSum - (FusedRows.get(logits + 4L * target) - max);
        if (smoothing == 0) {
            return picked;
        }
        double mean = logSum + (double) max - (double) ELEMENTS.sum(logits, classes) / classes;
        return (float) ((1 - smoothing) * picked + smoothing * mean);
    }

    static void crossEntropyBackward(Tensor dlogits, Tensor dout, Tensor lse, Tensor logits, Tensor targets,
            long ignoreIndex, double smoothing) {
        int classes = Math.toIntExact(logits.size(1));
        long rowBytes = (long) classes * Float.BYTES;
        float share = (float) (smoothing / classes);
        float hit = (float) (1 - smoothing);
        Strided gradients = Strided.of(dout);
        Strided logSums = Strided.of(lse);
        Strided labels = Strided.of(targets);
        long x = logits.address();
        long dx = dlogits.address();
        WorkerPool.global().parallelFor(logits.size(0), FusedRows.rowsPerTask(classes), (from, to) -> {
            for (long row = from; row < to; row++) {
                long out = dx + row * rowBytes;
                long target = target(labels, row, ignoreIndex, classes);
                if (target == ignoreIndex) {
                    NativeMemory.fill(out, rowBytes, (byte) 0);
                    continue;
                }
                float d = FusedRows.get(gradients.at(row));
                float logSum = FusedRows.get(logSums.at(row));
                // The target's element is worked out anew, from its logit: p - 1 must be rounded before dout comes in.
                long at = 4 * target;
                float probability = ScalarMath.exp(FusedRows.get(x + row * rowBytes + at) - logSum);
                ROWS.crossEntropyBackward(out, x + row * rowBytes, logSum, share, d, classes);
                FusedRows.set(out + at, (probability - share - hit) * d);
            }
        });
    }

    /** The class of a row, or ignoreIndex; any other number would read beside the row. */
    private static long target(Strided labels, long row, long ignoreIndex, int classes) {
        long target = NativeMemory.ALL.get(JAVA_LONG_UNALIGNED, labels.at(row));
        if (target != ignoreIndex && (target < 0 || target >= classes)) {
            throw new IllegalArgumentException("crossEntropy: target " + target + " in row " + row
                    + " is not a class; expected 0 to " + (classes - 1) + ", or " + ignoreIndex
                    + " for a row to ignore");
        }
        return target;
    }

    /** Where the elements of a one-dimensional tensor lie. */
    private record Strided(long address, long step) {
        static Strided of(Tensor vector) {
            return new Strided(vector.address(), vector.stride(0) * vector.dtype().bytes());
        }

        long at(long i) {
            return address + i * step;
        }
    }
}
