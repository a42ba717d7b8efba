package org.jacobi.layers.init;

/** What follows a weight, for the choice of its first numbers: PyTorch's argument {@code nonlinearity}. */
public enum Nonlinearity {
    /** Nothing, or a convolution: gain 1. */
    LINEAR,
    /** Gain 1. */
    SIGMOID,
    /** Gain 5/3. */
    TANH,
    /** Gain √2. */
    RELU,
    /** Gain √(2 / (1 + a²)), with the negative slope a. */
    LEAKY_RELU,
    /** Gain 3/4. */
    SELU
}
