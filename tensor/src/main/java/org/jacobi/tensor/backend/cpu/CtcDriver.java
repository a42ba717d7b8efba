package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;

/** Connectionist temporal classification in f32: a thread a sequence, all places of a frame at once. */
final class CtcDriver {
    private static final Rows ROWS = Simd.rows();
    private static final float NEVER = Float.NEGATIVE_INFINITY;

    private final long logProbs;
    private final long sequences;
    private final long classes;
    private final long alpha;
    private final long steps;
    /** The places of the longest target, and the bytes of a row of them. */
    private final int longest;
    private final long row;
    private final long[] labels;
    private final long[] frames;
    private final long[] places;

    /** All operands are contiguous. */
    CtcDriver(Tensor alpha, Tensor logProbs, Tensor labels, long[] frames, long[] places) {
        this.logProbs = logProbs.address();
        sequences = logProbs.size(1);
        classes = logProbs.size(2);
        steps = logProbs.size(0);
        this.alpha = alpha.address();
        longest = Math.toIntExact(labels.size(1));
        row = (long) longest * Float.BYTES;
        this.labels = labels.toLongArray();
        this.frames = frames;
        this.places = places;
    }

    private long alpha(long n, long t) {
        return alpha + (n * steps + t) * row;
    }

    private int label(long n, int place) {
        return (int) labels[(int) n * longest + place];
    }

    /** Writes 0 where a path may skip the place before, -infinity elsewhere. */
    private void skips(long to, long n, int S) {
        for (int s = 0; s < S; s++) {
            FusedRows.set(to + 4L * s, s >= 2 && label(n, s) != label(n, s - 2) ? 0 : NEVER);
        }
    }

    /** Writes the log probability of each place's class at a frame. */
    private void scores(long to, long n, long t, int S) {
        long from = logProbs + (t * sequences + n) * classes * Float.BYTES;
        for (int s = 0; s < S; s++) {
            FusedRows.set(to + 4L * s, FusedRows.get(from + 4L * label(n, s)));
        }
    }

    void forward(Tensor out) {
        long losses = out.address();
        WorkerPool.global().parallelFor(sequences, 1, (from, to) -> {
            long scratch = SlabAllocator.global().allocate(3 * row);
            try {
                for (long n = from; n < to; n++) {
                    FusedRows.set(losses + 4 * n, forward(n, scratch, scratch + row, scratch + 2 * row));
                }
            } finally {
                SlabAllocator.global().free(scratch, 3 * row);
            }
        });
    }

    private float forward(long n, long skips, long scores, long skipped) {
        int S = (int) places[(int) n];
        skips(skips, n, S);
        long before = alpha(n, 0);
        scores(before, n, 0, S);
        if (S > 2) {
            ROWS.fill(before + 8, NEVER, S - 2);
        }
        for (long t = 1; t < frames[(int) n]; t++) {
            long next = alpha(n, t);
            ROWS.copy(next, before, S);
            if (S > 1) {
                ROWS.binary(BinaryOp.LOGADDEXP, next + 4, next + 4, before, S - 1);
                ROWS.binary(BinaryOp.ADD, skipped, before, skips + 8, S - 2);
                ROWS.binary(BinaryOp.LOGADDEXP, next + 8, next + 8, skipped, S - 2);
            }
            scores(scores, n, t, S);
            ROWS.binary(BinaryOp.ADD, next, next, scores, S);
            before = next;
        }
        float last = FusedRows.get(before + 4L * (S - 1));
        return -(S == 1 ? last : ScalarMath.binary(BinaryOp.LOGADDEXP, last, FusedRows.get(before + 4L * (S - 2))));
    }

    void backward(Tensor dlogProbs, Tensor dout, Tensor out) {
        long gradients = dlogProbs.address();
        long douts = dout.address();
        long losses = out.address();
        NativeMemory.fill(gradients, steps * sequences * classes * Float.BYTES, (byte) 0);
        WorkerPool.global().parallelFor(sequences, 1, (from, to) -> {
            long scratch = SlabAllocator.global().allocate(5 * row);
            try {
                for (long n = from; n < to; n++) {
                    float gradient = FusedRows.get(douts + 4 * n);
                    if (gradient != 0) {
                        backward(n, gradients, -gradient, FusedRows.get(losses + 4 * n), scratch);
                    }
                }
            } finally {
                SlabAllocator.global().free(scratch, 5 * row);
            }
        });
    }

    private void backward(long n, long gradients, float factor, float loss, long scratch) {
        int S = (int) places[(int) n];
        long skips = scratch;
        long scores = scratch + row;
        long beta = scratch + 2 * row;
        long on = scratch + 3 * row;
        long share = scratch + 4 * row;
        skips(skips, n, S);
        ROWS.fill(beta, NEVER, S);
        ROWS.fill(beta + 4L * Math.max(0, S - 2), 0, Math.min(2, S));
        for (long t = frames[(int) n] - 1; t >= 0; t--) {
            ROWS.binary(BinaryOp.ADD, share, alpha(n, t), beta, S);
            long to = gradients + (t * sequences + n) * classes * Float.BYTES;
            for (int s = 0; s < S; s++) {
                long at = to + 4L * label(n, s);
                float ways = ScalarMath.exp(FusedRows.get(share + 4L * s) + loss);
                FusedRows.set(at, FusedRows.get(at) + factor * ways);
            }
            scores(scores, n, t, S);
            ROWS.binary(BinaryOp.ADD, on, beta, scores, S);
            ROWS.copy(beta, on, S);
            if (S > 1) {
                ROWS.binary(BinaryOp.LOGADDEXP, beta, beta, on + 4, S - 1);
                ROWS.binary(BinaryOp.ADD, share, on + 8, skips + 8, S - 2);
                ROWS.binary(BinaryOp.LOGADDEXP, beta, beta, share, S - 2);
            }
        }
    }
}
