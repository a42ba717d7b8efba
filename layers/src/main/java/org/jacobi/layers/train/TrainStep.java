package org.jacobi.layers.train;

/**
 * What a model makes of a batch: the part of training that differs from model to model.
 *
 * <p>It is called inside a scope that frees whatever it makes, with recording on in training and off in evaluation.
 *
 * @param <B> a batch
 */
@FunctionalInterface
public interface TrainStep<B> {
    /** Runs the model forward. */
    Outcome apply(B batch);
}
