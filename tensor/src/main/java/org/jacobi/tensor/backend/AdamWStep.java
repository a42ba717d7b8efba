package org.jacobi.tensor.backend;

import org.jacobi.tensor.Tensor;

/**
 * What {@link Backend#adamW(java.util.List)} does to one parameter.
 *
 * @param parameter    changed in place, as m, v and vMax are; all of its shape and type, like grad unless there is rounded
 * @param rounded      null, or 16-bit numbers that the changed parameter is rounded to; then parameter is of f32, and grad of
 *                     f32 or of the type of these
 * @param vMax         null, or the largest v so far, which then takes the place of v
 * @param learningRate the step's length
 * @param step         counts from 1
 * @param numbers      null, or {@link #numbers} on the parameter's device, which a step that is recorded reads instead of
 *                     learning rate and count
 */
public record AdamWStep(Tensor parameter, Tensor rounded, Tensor grad, Tensor m, Tensor v, Tensor vMax,
        double learningRate, double beta1, double beta2, double eps, double weightDecay, long step,
        Tensor numbers) {
    /**
     * Returns what follows from the learning rate and the count: what is left of the parameter, what the root of v is multiplied
     * with, and what the step is.
     */
    public static double[] numbers(double learningRate, double beta1, double beta2, double weightDecay, long step) {
        return new double[] {1 - learningRate * weightDecay, 1 / Math.sqrt(1 - Math.pow(beta2, step)),
            learningRate / (1 - Math.pow(beta1, step))};
    }
}
