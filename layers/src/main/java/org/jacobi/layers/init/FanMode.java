package org.jacobi.layers.init;

/** Which side of a weight keeps its variance: PyTorch's argument {@code mode}. */
public enum FanMode {
    /** The forward: the number of inputs that one output sums over. */
    FAN_IN,
    /** The backward: the number of outputs that one input goes to. */
    FAN_OUT
}
