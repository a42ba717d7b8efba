package org.jacobi.layers.train;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * What a model made of one batch.
 *
 * @param loss       what is to become smaller, a scalar
 * @param prediction what metrics compare with the target; null if there is nothing to compare
 * @param target     what the prediction should be; null together with prediction
 * @param weight     how much this loss counts in a mean of several batches, such as the number of its examples
 */
public record Outcome(Variable loss, Variable prediction, Tensor target, double weight) {
    /** Checks what is given. */
    public Outcome {
        if (loss.numel() != 1) {
            throw new IllegalArgumentException("Outcome: the loss has the shape " + loss.shape()
                    + "; it must be one number, such as a mean over the batch");
        }
        if ((prediction == null) != (target == null)) {
            throw new IllegalArgumentException("Outcome: prediction and target go together; one of them is null");
        }
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("Outcome: the weight is " + weight + "; it must be positive and finite");
        }
    }

    /** Returns the outcome of a batch of which only the loss is known, and that counts like any other. */
    public static Outcome of(Variable loss) {
        return new Outcome(loss, null, null, 1);
    }

    /** Returns the outcome of a batch of which only the loss is known. */
    public static Outcome of(Variable loss, double weight) {
        return new Outcome(loss, null, null, weight);
    }

    /** Returns the outcome of a batch with a first axis of examples, all of which count alike. */
    public static Outcome of(Variable loss, Variable prediction, Tensor target) {
        return new Outcome(loss, prediction, target, target.rank() == 0 ? 1 : target.size(0));
    }
}
