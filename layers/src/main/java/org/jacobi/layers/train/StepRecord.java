package org.jacobi.layers.train;

/**
 * What one step of an optimizer was like.
 *
 * @param step     its number, counted from 1 over all epochs
 * @param epoch    its epoch, counted from 1
 * @param loss     the mean loss of its batches, by their weights
 * @param gradNorm the Euclidean norm of the gradient before clipping
 * @param lr       the learning rate of the optimizer's first group
 * @param batches  how many batches it was made of
 * @param seconds  how long it took, with waiting for its batches
 */
public record StepRecord(long step, int epoch, double loss, double gradNorm, double lr, int batches, double seconds) {
}
