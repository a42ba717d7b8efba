package org.jacobi.tensor.backend;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Connectionist temporal classification (Graves, Fernandez, Gomez and Schmidhuber, 2006) and its backward, in logarithms.
 *
 * <p>Shapes: T frames, N sequences, C classes; S = 2 L + 1 places of the longest target with a blank before, between and after
 * its L labels. A sequence's path is at one place each frame; from frame to frame it stays, goes to the next place, or skips
 * a blank between different labels.
 */
public interface CtcKernels extends Primitives {
    /**
     * The negative log likelihoods of targets.
     *
     * @param out      output (N)
     * @param alpha    output (N, T, S), saved for the backward: the log probability of all ways to be at a place at a frame;
     *                 undefined beyond a sequence's frames and places
     * @param logProbs (T, N, C)
     * @param labels   i64 (N, S): the class of each place
     * @param frames   how many frames each sequence has, 1 to T
     * @param places   how many places each sequence has, odd
     */
    default void ctcLoss(Tensor out, Tensor alpha, Tensor logProbs, Tensor labels, long[] frames, long[] places) {
        for (int n = 0; n < frames.length; n++) {
            long S = places[n];
            Tensor scores = scores(logProbs, labels, n, frames[n], S);
            Tensor all = alpha.select(0, n).narrow(1, 0, S);
            Tensor skip = skips(labels, n, S, logProbs.dtype());
            Tensor row = all.select(0, 0);
            fill(row, Double.NEGATIVE_INFINITY);
            copy(row.narrow(0, 0, Math.min(2, S)), scores.select(0, 0).narrow(0, 0, Math.min(2, S)));
            for (long t = 1; t < frames[n]; t++) {
                Tensor next = all.select(0, t);
                step(next, all.select(0, t - 1), skip);
                binary(BinaryOp.ADD, next, next, scores.select(0, t));
            }
            Tensor last = all.select(0, frames[n] - 1);
            Tensor total = Tensor.empty(out.device(), out.dtype(), 1);
            copy(total, last.narrow(0, S - 1, 1));
            if (S > 1) {
                binary(BinaryOp.LOGADDEXP, total, total, last.narrow(0, S - 2, 1));
            }
            unary(UnaryOp.NEG, out.narrow(0, n, 1), total);
            skip.release();
            scores.release();
            total.release();
        }
    }

    /** next[s] = log(e^before[s] + e^before[s - 1] + e^(before[s - 2] + skip[s])). */
    private void step(Tensor next, Tensor before, Tensor skip) {
        long S = next.numel();
        copy(next, before);
        if (S > 1) {
            Tensor from = next.narrow(0, 1, S - 1);
            binary(BinaryOp.LOGADDEXP, from, from, before.narrow(0, 0, S - 1));
        }
        if (S > 2) {
            Tensor from = next.narrow(0, 2, S - 2);
            Tensor skipped = Tensor.empty(next.device(), next.dtype(), S - 2);
            binary(BinaryOp.ADD, skipped, before.narrow(0, 0, S - 2), skip.narrow(0, 2, S - 2));
            binary(BinaryOp.LOGADDEXP, from, from, skipped);
            skipped.release();
        }
    }

    /**
     * dlogProbs[t][n][c] = -dout[n] sum e^(alpha[t][s] + beta[t][s] + out[n]) over the places s of class c, where beta is the log
     * probability of all ways on from a place at a frame; 0 where dout is 0, and beyond a sequence's frames.
     *
     * @param dlogProbs output (T, N, C)
     * @param out       (N), of {@link #ctcLoss}, like alpha
     */
    default void ctcLossBackward(Tensor dlogProbs, Tensor dout, Tensor out, Tensor alpha, Tensor logProbs,
            Tensor labels,
            long[] frames, long[] places) {
        fill(dlogProbs, 0);
        for (int n = 0; n < frames.length; n++) {
            double gradient = dout.getDouble(n);
            if (gradient == 0) {
                continue;
            }
            long S = places[n];
            Tensor scores = scores(logProbs, labels, n, frames[n], S);
            Tensor skip = skips(labels, n, S, logProbs.dtype());
            Tensor beta = Tensor.empty(logProbs.device(), logProbs.dtype(), S);
            Tensor on = Tensor.empty(logProbs.device(), logProbs.dtype(), S);
            Tensor share = Tensor.empty(logProbs.device(), logProbs.dtype(), S);
            fill(beta, Double.NEGATIVE_INFINITY);
            fill(beta.narrow(0, Math.max(0, S - 2), Math.min(2, S)), 0);
            Tensor row = labels.select(0, n).narrow(0, 0, S);
            for (long t = frames[n] - 1; t >= 0; t--) {
                binary(BinaryOp.ADD, share, alpha.select(0, n).select(0, t).narrow(0, 0, S), beta);
                binary(BinaryOp.ADD, share, share, out.narrow(0, n, 1).expandTo(share.shape()));
                unary(UnaryOp.EXP, share, share);
                binary(BinaryOp.MUL, share, share, Tensor.scalar(-gradient, share.dtype()).expandTo(share.shape()));
                scatter(ScatterOp.ADD, dlogProbs.select(0, t).select(0, n), 0, row, share);
                binary(BinaryOp.ADD, on, beta, scores.select(0, t));
                stepBack(beta, on, skip);
            }
            scores.release();
            skip.release();
            beta.release();
            on.release();
            share.release();
        }
    }

    /** before[s] = log(e^after[s] + e^after[s + 1] + e^(after[s + 2] + skip[s + 2])). */
    private void stepBack(Tensor before, Tensor after, Tensor skip) {
        long S = before.numel();
        copy(before, after);
        if (S > 1) {
            Tensor to = before.narrow(0, 0, S - 1);
            binary(BinaryOp.LOGADDEXP, to, to, after.narrow(0, 1, S - 1));
        }
        if (S > 2) {
            Tensor to = before.narrow(0, 0, S - 2);
            Tensor skipped = Tensor.empty(before.device(), before.dtype(), S - 2);
            binary(BinaryOp.ADD, skipped, after.narrow(0, 2, S - 2), skip.narrow(0, 2, S - 2));
            binary(BinaryOp.LOGADDEXP, to, to, skipped);
            skipped.release();
        }
    }

    /** Returns (frames, places): the log probability of each place's class at each frame of a sequence. */
    private Tensor scores(Tensor logProbs, Tensor labels, int n, long frames, long places) {
        Tensor scores = Tensor.empty(logProbs.device(), logProbs.dtype(), frames, places);
        Tensor index = labels.select(0, n).narrow(0, 0, places).unsqueeze(0).expandTo(scores.shape());
        gather(scores, logProbs.select(1, n).narrow(0, 0, frames), 1, index);
        return scores;
    }

    /** Returns 0 where a path may skip the place before, -infinity elsewhere: a label that differs from the one before it. */
    private Tensor skips(Tensor labels, int n, long places, DType type) {
        Tensor row = labels.select(0, n).narrow(0, 0, places);
        Tensor skips = Tensor.empty(labels.device(), type, places);
        fill(skips, Double.NEGATIVE_INFINITY);
        if (places > 2) {
            Tensor differs = Tensor.empty(labels.device(), DType.BOOL, places - 2);
            binary(BinaryOp.NE, differs, row.narrow(0, 2, places - 2), row.narrow(0, 0, places - 2));
            Tensor zero = Tensor.scalar(0, type).expandTo(differs.shape());
            Tensor from = skips.narrow(0, 2, places - 2);
            where(from, differs, zero, from);
            differs.release();
        }
        return skips;
    }
}
