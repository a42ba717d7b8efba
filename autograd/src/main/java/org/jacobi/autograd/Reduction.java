package org.jacobi.autograd;

/** What a loss makes of the losses of all elements, PyTorch's argument {@code reduction}. */
public enum Reduction {
    /** Leaves them as they are. */
    NONE,
    /** Their mean; of losses with weights for classes, the sum divided by the sum of the weights. */
    MEAN,
    /** Their sum. */
    SUM,
    /** Their sum divided by the size of the prediction's first axis: the mathematical mean of divergences. */
    BATCH_MEAN;

    /** Returns what this makes of losses; their first axis is that of the examples. */
    public Variable of(Variable losses) {
        return switch (this) {
            case NONE -> losses;
            case MEAN -> losses.mean();
            case SUM -> losses.sum();
            case BATCH_MEAN -> losses.sum().div(losses.rank() == 0 ? 1 : losses.size(0));
        };
    }

    /** Returns what this makes of losses that have been multiplied with weights, whose sum the mean divides by. */
    Variable of(Variable losses, Variable weights) {
        return this == MEAN ? losses.sum().div(weights.sum()) : of(losses);
    }
}
