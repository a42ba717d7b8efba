package org.jacobi.tensor;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** Activation functions, beside {@link Tensor#relu} and others. */
public sealed interface TensorActivations extends ComposedActivations<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Returns this where it is positive, else this times slope. */
    default Tensor leakyRelu(double slope) {
        return Elementwise.binary(BinaryOp.LEAKY_RELU, "leakyRelu", self(), slope);
    }

    /** Returns this where it is positive, else alpha (e^this - 1). */
    default Tensor elu(double alpha) {
        return Elementwise.binary(BinaryOp.ELU, "elu", self(), alpha);
    }

    /** Returns this where it is positive, else alpha (e^(this / alpha) - 1). */
    default Tensor celu(double alpha) {
        return Elementwise.binary(BinaryOp.CELU, "celu", self(), alpha);
    }

    /** Returns scale (this where it is positive, else alpha (e^this - 1)), whose two numbers keep mean 0 and variance 1. */
    default Tensor selu() {
        return Elementwise.unary(UnaryOp.SELU, "selu", self());
    }

    /** Returns log(1 + e^this), a smooth relu. */
    default Tensor softplus() {
        return softplus(1, 20);
    }

    /** Returns log(1 + e^(beta this)) / beta, and this itself where beta this exceeds the threshold. */
    default Tensor softplus(double beta, double threshold) {
        Tensor x = beta == 1 ? self() : self().mul(beta);
        Tensor y = Elementwise.binary(BinaryOp.SOFTPLUS, "softplus", x, threshold);
        return beta == 1 ? y : y.div(beta);
    }

    /** Returns this times tanh(softplus(this)). */
    default Tensor mish() {
        return Elementwise.unary(UnaryOp.MISH, "mish", self());
    }

    /** Returns log sigmoid(this), which does not underflow. */
    default Tensor logSigmoid() {
        return Elementwise.unary(UnaryOp.LOG_SIGMOID, "logSigmoid", self());
    }

    /** Returns min(max(this + 3, 0), 6) / 6, a sigmoid of straight lines. */
    default Tensor hardsigmoid() {
        return Elementwise.unary(UnaryOp.HARDSIGMOID, "hardsigmoid", self());
    }

    /** Returns this times hardsigmoid(this). */
    default Tensor hardswish() {
        return Elementwise.unary(UnaryOp.HARDSWISH, "hardswish", self());
    }

    /** Returns this limited to the range from min to max; unlike {@link Tensor#clamp} its gradient is 0 at the bounds. */
    default Tensor hardtanh(double min, double max) {
        return Elementwise.clamp("hardtanh", self(), min, max);
    }

    /** Returns this limited to the range from 0 to 6. */
    default Tensor relu6() {
        return hardtanh(0, 6);
    }

    @Override
    default Tensor leakyRelu(Tensor slope) {
        return Elementwise.binary(BinaryOp.LEAKY_RELU, "leakyRelu", self(), slope);
    }

    /** Returns this, and 0 where it is not farther from 0 than lambda. */
    default Tensor hardshrink(double lambda) {
        Checks.floating("hardshrink", self().dtype());
        return self().maskedFill(self().abs().le(lambda), 0);
    }

    /** Returns this where it exceeds a threshold, else value. */
    default Tensor threshold(double threshold, double value) {
        Checks.floating("threshold", self().dtype());
        return self().maskedFill(self().le(threshold), value);
    }
}
