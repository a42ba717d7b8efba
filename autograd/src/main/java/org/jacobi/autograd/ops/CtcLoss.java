package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Checkpoint;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The negative log likelihood of each target under connectionist temporal classification (Graves et al., 2006).
 *
 * <p>With α and β the log probabilities of all ways to a place and on from it: dlogProbs = -dout Σ exp(α + β + loss) over the
 * places of a class. This is the derivative by the log probabilities themselves; PyTorch adds e^logProbs to it, which a
 * log softmax before the loss makes no difference to.
 *
 * @param places the class of each place, i64 (N, S)
 * @param frames how many frames each sequence has
 * @param counts how many places each sequence has
 */
@Formula("dlogProbs = -dout Σ exp(α + β + loss) over the places of a class")
public record CtcLoss(Variable[] inputs, Saved saved, Tensor places, long[] frames, long[] counts) implements GradFn {

    /** Far below every log probability, and yet a number: differences of it are no NaN. */
    private static final double IMPOSSIBLE = -1e30;

    public static Variable apply(Variable logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths,
            long blank) {
        Operands.requireFloating("ctcLoss", logProbs);
        if (logProbs.rank() != 3) {
            throw new IllegalArgumentException(
                    "ctcLoss: the log probabilities have shape " + logProbs.shape() + "; they must be (T, N, C)");
        }
        long classes = logProbs.size(2);
        if (blank < 0 || blank >= classes) {
            throw new IllegalArgumentException(
                    "ctcLoss: blank is " + blank + "; it must be one of the classes 0 to " + (classes - 1));
        }
        long[] frames = lengths("inputLengths", inputLengths, logProbs.size(1), 1, logProbs.size(0), "frames");
        long longest = targets.rank() == 2 ? targets.size(1) : targets.numel();
        long[] lengths = lengths("targetLengths", targetLengths, logProbs.size(1), 0, longest, "labels of targets");
        Tensor places = places(targets, lengths, classes, blank).to(logProbs.device());
        long[] counts = Arrays.stream(lengths).map(length -> 2 * length + 1).toArray();
        if (Batch.lead(logProbs) > 0) {
            return composed(logProbs, places, frames, counts);
        }
        long N = frames.length;
        Tensor value = Tensor.make("ctcLoss", logProbs.device(), logProbs.dtype(), Shape.of(N));
        Tensor alpha = Tensor.make("ctcLoss", logProbs.device(), logProbs.dtype(),
                Shape.of(N, logProbs.size(0), places.size(1)));
        value.backend().ctcLoss(value, alpha, logProbs.value(), places, frames, counts);
        Reference.reachabilityFence(logProbs);
        return Variable.record(value, out -> new CtcLoss(new Variable[] {logProbs},
                Saved.of(logProbs, out, Variable.constant(alpha)), places, frames, counts), logProbs);
    }

    private static long[] lengths(String name, Tensor given, long count, long least, long most, String of) {
        if (given.dtype() != DType.I64 && given.dtype() != DType.I32 || !given.shape().equals(Shape.of(count))) {
            throw new IllegalArgumentException("ctcLoss: " + name + " is " + given.dtype() + given.shape()
                    + "; it must be I64 of shape " + Shape.of(count) + ", one length a sequence");
        }
        long[] lengths = given.toLongArray();
        for (int n = 0; n < count; n++) {
            if (lengths[n] < least || lengths[n] > most) {
                throw new IllegalArgumentException("ctcLoss: " + name + "[" + n + "] is " + lengths[n]
                        + "; it must lie in " + least + " to the " + most + " " + of);
            }
        }
        return lengths;
    }

    /** Returns the class of each place (N, S): the labels of each target, with blanks before, between and after them. */
    private static Tensor places(Tensor targets, long[] lengths, long classes, long blank) {
        int N = lengths.length;
        if (targets.dtype() != DType.I64 && targets.dtype() != DType.I32) {
            throw new IllegalArgumentException(
                    "ctcLoss: the targets must be I64 class numbers, got " + targets.dtype());
        }
        boolean padded = targets.rank() == 2 && targets.size(0) == N;
        long total = Arrays.stream(lengths).sum();
        if (!padded && (targets.rank() != 1 || targets.numel() != total)) {
            throw new IllegalArgumentException("ctcLoss: the targets have shape " + targets.shape() + "; they must be ("
                    + N + ", L), or (" + total + ") with the targets of all lengths one after the other");
        }
        int S = Math.toIntExact(2 * Arrays.stream(lengths).max().orElse(0) + 1);
        long[] all = targets.toLongArray();
        long[] places = new long[Math.multiplyExact(N, S)];
        Arrays.fill(places, blank);
        int first = 0;
        for (int n = 0; n < N; n++) {
            int start = padded ? Math.toIntExact(n * targets.size(1)) : first;
            for (int i = 0; i < lengths[n]; i++) {
                long label = all[start + i];
                if (label < 0 || label >= classes || label == blank) {
                    throw new IllegalArgumentException("ctcLoss: label " + i + " of target " + n + " is " + label
                            + "; it must be one of the classes 0 to " + (classes - 1) + ", but not the blank " + blank);
                }
                places[n * S + 2 * i + 1] = label;
            }
            first += (int) lengths[n];
        }
        return Tensor.of(places, N, S);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable logProbs = saved.get(0);
        Variable dout = douts[0];
        if (!NoGrad.active() || Batch.lead(dout) > 0) {
            return Checkpoint.backward(x -> new Variable[] {composed(x[0], places, frames, counts)},
                    new Variable[] {logProbs}, dout);
        }
        Tensor dlogProbs = Tensor.make("ctcLossBackward", logProbs.device(), logProbs.dtype(), logProbs.shape());
        dlogProbs.backend().ctcLossBackward(dlogProbs, dout.value(), saved.get(1).value(), saved.get(2).value(),
                logProbs.value(), places, frames, counts);
        Reference.reachabilityFence(logProbs);
        Reference.reachabilityFence(dout);
        return new Variable[] {Variable.constant(dlogProbs)};
    }

    /** The same, of recorded ops. */
    private static Variable composed(Variable logProbs, Tensor places, long[] frames, long[] counts) {
        Variable[] losses = new Variable[frames.length];
        for (int n = 0; n < losses.length; n++) {
            long S = counts[n];
            Tensor row = places.select(0, n).narrow(0, 0, S);
            Variable scores = logProbs.select(1, n).indexSelect(1, row);
            Tensor later = S < 3 ? null : row.narrow(0, 2, S - 2).eq(row.narrow(0, 0, S - 2));
            Variable alpha = S == 1 ? scores.select(0, 0)
                    : Variable.cat(0, scores.select(0, 0).narrow(0, 0, 2), impossible(S - 2, scores));
            for (long t = 1; t < frames[n]; t++) {
                Variable next = alpha;
                if (S > 1) {
                    next = next.logaddexp(Variable.cat(0, impossible(1, alpha), alpha.narrow(0, 0, S - 1)));
                }
                if (S > 2) {
                    Variable skipped = alpha.narrow(0, 0, S - 2).maskedFill(later, IMPOSSIBLE);
                    next = next.logaddexp(Variable.cat(0, impossible(2, alpha), skipped));
                }
                alpha = next.add(scores.select(0, t));
            }
            Variable total = alpha.select(0, S - 1);
            losses[n] = (S > 1 ? total.logaddexp(alpha.select(0, S - 2)) : total).neg();
        }
        Variable all = Variable.stack(0, losses);
        Variable impossible = Batch.constant(Batch.value(all).gt(-IMPOSSIBLE / 2), all);
        return Variable.where(impossible,
                Variable.constant(Tensor.scalar(Double.POSITIVE_INFINITY, all.dtype())), all);
    }

    private static Variable impossible(long count, Variable like) {
        return Variable.constant(Tensor.full(like.device(), IMPOSSIBLE, like.dtype(), count));
    }
}
