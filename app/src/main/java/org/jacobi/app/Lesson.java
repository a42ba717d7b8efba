package org.jacobi.app;

import java.util.function.Function;

import org.jacobi.layers.Layer;
import org.jacobi.layers.train.Trainer;

/**
 * All that is needed to train a network. The runner adds the task's metrics, checkpoints and what tells of the training.
 *
 * @param task       what the network is for
 * @param training   the batches to learn from, which should be resumable, as a loader's are
 * @param validation the batches that epochs are compared by
 * @param heldOut    the batches that are measured once, at the end
 * @param trainer    makes the trainer of a network: its loss, optimizer, schedule and monitor
 * @param <B>        a batch
 */
record Lesson<B>(Task<B> task, Iterable<B> training, Iterable<B> validation, Iterable<B> heldOut,
        Function<Layer, Trainer<B>> trainer) {
}
