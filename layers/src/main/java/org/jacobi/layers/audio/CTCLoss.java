package org.jacobi.layers.audio;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The loss of connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006): minus the log
 * probability of all ways in which a network's classes of each frame say the target.
 */
public final class CTCLoss {
    /** What becomes of the losses of a batch. */
    public enum Reduction {
        /** Each is given by itself. */
        NONE,
        /** Each is divided by its target's length, or by 1 for an empty one, then their mean is taken. */
        MEAN,
        /** They are added. */
        SUM
    }

    private final long blank;
    private final Reduction reduction;
    private final boolean zeroInfinity;

    /** Makes the loss with class 0 as the blank and the mean of the batch. */
    public CTCLoss() {
        this(0, Reduction.MEAN, false);
    }

    /**
     * Makes a loss.
     *
     * @param blank        the class that stands for no label
     * @param zeroInfinity whether losses of targets that are too long for their frames count as 0, which are infinite else
     */
    public CTCLoss(long blank, Reduction reduction, boolean zeroInfinity) {
        this.blank = blank;
        this.reduction = reduction;
        this.zeroInfinity = zeroInfinity;
    }

    /**
     * Returns the loss.
     *
     * @param logProbs      (T, N, C), of a log softmax
     * @param targets       i64: (N, L), or all targets one after the other
     * @param inputLengths  i64 (N): each sequence's frames
     * @param targetLengths i64 (N)
     */
    public Variable of(Variable logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
        Variable losses = logProbs.ctcLoss(targets, inputLengths, targetLengths, blank, zeroInfinity);
        return switch (reduction) {
            case NONE -> losses;
            case SUM -> losses.sum();
            case MEAN -> losses.div(targetLengths.clampMin(1).to(losses.dtype())).mean();
        };
    }
}
