package org.jacobi.layers.train;

import java.util.SequencedMap;

/**
 * What one epoch was like.
 *
 * @param epoch         its number, counted from 1
 * @param steps         steps done at its end, over all epochs
 * @param training      {@code loss} and the metrics of the training batches, each as the model was when it saw the batch
 * @param validation    {@code loss} and the metrics of the validation batches after the epoch; empty if there were none
 * @param lr            the learning rate of the last step
 * @param gradNorm      the largest norm of a gradient before clipping
 * @param medianSeconds the median time of a step
 * @param p90Seconds    the time that nine of ten steps did not exceed
 * @param seconds       how long all of it took, with validation
 * @param peakBytes     the most bytes that tensors took at once
 * @param best          whether its model was the best so far
 */
public record EpochRecord(int epoch, long steps, SequencedMap<String, Double> training,
        SequencedMap<String, Double> validation, double lr, double gradNorm, double medianSeconds, double p90Seconds,
        double seconds, long peakBytes, boolean best) {
}
