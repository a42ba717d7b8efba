package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * How well each query finds its own key among all keys of a batch (van den Oord, Li and Vinyals, "Representation Learning with
 * Contrastive Predictive Coding", 2018): the cross-entropy of the cosines of query i with all keys, divided by the temperature,
 * with class i.
 */
public final class InfoNCELoss extends ReducedLoss<InfoNCELoss> implements Loss {
    private double temperature = 0.07;
    private boolean symmetric;

    /** Sets what cosines are divided by, above 0; 0.07 at first. */
    public InfoNCELoss temperature(double divisor) {
        if (!(divisor > 0)) {
            throw new IllegalArgumentException("InfoNCELoss: the temperature is " + divisor + "; it must be above 0");
        }
        temperature = divisor;
        return this;
    }

    /** Sets whether keys look for their queries, too, and the two losses are averaged, as in CLIP (Radford et al., 2021). */
    public InfoNCELoss symmetric(boolean on) {
        symmetric = on;
        return this;
    }

    @Override
    public Variable of(Variable queries, Tensor keys) {
        return of(queries, Variable.constant(keys));
    }

    /** Returns the loss of queries (N, D) and keys (N, D), the i-th of which belongs to the i-th query. */
    public Variable of(Variable queries, Variable keys) {
        if (queries.rank() != 2 || !queries.shape().equals(keys.shape())) {
            throw new IllegalArgumentException(
                    "InfoNCELoss: needs queries (N, D) and keys (N, D), got " + queries.shape()
                            + " and " + keys.shape());
        }
        Variable logits = queries.normalize(2, 1).matmul(keys.normalize(2, 1).transpose(0, 1)).div(temperature);
        Variable own = Variable.constant(Tensor.arange(queries.device(), queries.size(0)));
        Variable loss = logits.crossEntropy(own, 1, null, -100, 0, reduction());
        return symmetric ? loss.add(logits.crossEntropy(own, 0, null, -100, 0, reduction())).div(2) : loss;
    }
}
