package org.jacobi.tensor;

/**
 * How many elements lie between neighbouring edges.
 *
 * @param counts one number a bin, in the elements' type
 * @param edges  the bins' edges in rising order, one more than there are bins
 */
public record Histogram(Tensor counts, Tensor edges) {
}
