package org.jacobi.autograd;

import org.jacobi.autograd.ops.Elementary;
import org.jacobi.tensor.ComposedActivations;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.SpecialFunctions;

/** Activation functions beside {@link Variable#relu} and others, each beside its derivative. */
public sealed interface VariableActivations extends ComposedActivations<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns 1 where x lies above a bound, and other elsewhere. */
    private static Variable whereAbove(Variable x, double bound, Variable other) {
        return other.maskedFill(Batch.constant(Batch.value(x).gt(bound), x), 1);
    }

    /** Returns 1 where x lies between bounds and not on one, else 0. */
    private static Variable within(Variable x, double min, double max) {
        return Batch.constant(Batch.value(x).gt(min).logicalAnd(Batch.value(x).lt(max)).to(x.dtype()), x);
    }

    /** Returns this where it is positive, else this times slope. */
    default Variable leakyRelu(double slope) {
        return Elementary.ofInput("leakyRelu", self(), x -> x.leakyRelu(slope),
                x -> whereAbove(x, 0, Variable.constant(Tensor.scalar(slope, x.dtype()))));
    }

    /** Returns this where it is positive, else alpha (e^this - 1). */
    default Variable elu(double alpha) {
        return Elementary.ofInput("elu", self(), x -> x.elu(alpha),
                x -> whereAbove(x, 0, x.clampMax(0).exp().mul(alpha)));
    }

    /** Returns this where it is positive, else alpha (e^(this / alpha) - 1). */
    default Variable celu(double alpha) {
        return Elementary.ofInput("celu", self(), x -> x.celu(alpha),
                x -> whereAbove(x, 0, x.clampMax(0).div(alpha).exp()));
    }

    /** Returns scale (this where it is positive, else alpha (e^this - 1)), whose two numbers keep mean 0 and variance 1. */
    default Variable selu() {
        double scale = SpecialFunctions.SELU_SCALE;
        double alpha = SpecialFunctions.SELU_ALPHA;
        return Elementary.ofInput("selu", self(), Tensor::selu,
                x -> whereAbove(x, 0, x.clampMax(0).exp().mul(alpha)).mul(scale));
    }

    /** Returns log(1 + e^this), a smooth relu. */
    default Variable softplus() {
        return softplus(1, 20);
    }

    /** Returns log(1 + e^(beta this)) / beta, and this itself where beta this exceeds the threshold. */
    default Variable softplus(double beta, double threshold) {
        Variable scaled = Autocast.cast("softplus", self());
        scaled = beta == 1 ? scaled : scaled.mul(beta);
        Variable y = Elementary.ofInput("softplus", scaled, x -> x.softplus(1, threshold),
                x -> whereAbove(x, threshold, x.sigmoid()));
        return beta == 1 ? y : y.div(beta);
    }

    /** Returns this times tanh(softplus(this)). */
    default Variable mish() {
        return Elementary.ofInput("mish", self(), Tensor::mish, x -> {
            Variable t = x.softplus().tanh();
            return t.add(x.mul(x.sigmoid()).mul(t.square().neg().add(1)));
        });
    }

    /** Returns log sigmoid(this), which does not underflow. */
    default Variable logSigmoid() {
        return Elementary.ofInput("logSigmoid", self(), Tensor::logSigmoid, x -> x.neg().sigmoid());
    }

    /** Returns min(max(this + 3, 0), 6) / 6, a sigmoid of straight lines. */
    default Variable hardsigmoid() {
        return Elementary.ofInput("hardsigmoid", self(), Tensor::hardsigmoid, x -> within(x, -3, 3).div(6));
    }

    /** Returns this times hardsigmoid(this). */
    default Variable hardswish() {
        return Elementary.ofInput("hardswish", self(), Tensor::hardswish,
                x -> x.div(3).add(0.5).mul(within(x, -3, 3)).add(Batch.constant(Batch.value(x).ge(3), x)));
    }

    /** Returns this limited to the range from min to max; unlike {@link Variable#clamp} its gradient is 0 at the bounds. */
    default Variable hardtanh(double min, double max) {
        return Elementary.ofInput("hardtanh", self(), x -> x.hardtanh(min, max), x -> within(x, min, max));
    }

    /** Returns this limited to the range from 0 to 6. */
    default Variable relu6() {
        return hardtanh(0, 6);
    }

    @Override
    default Variable leakyRelu(Variable slope) {
        return Elementary.ofInputs("leakyRelu", Autocast.cast("prelu", self()), Autocast.cast("prelu", slope),
                Tensor::leakyRelu,
                (x, w) -> whereAbove(x, 0, w.expandTo(Shape.broadcast("leakyRelu", x.shape(), w.shape()))),
                (x, _) -> x.clampMax(0));
    }

    /** Returns this, and 0 where it is not farther from 0 than lambda. */
    default Variable hardshrink(double lambda) {
        LossChecks.floating("hardshrink", self());
        return masked(Batch.value(self()).abs().le(lambda), 0);
    }

    /** Returns this where it exceeds a threshold, else value. */
    default Variable threshold(double threshold, double value) {
        LossChecks.floating("threshold", self());
        return masked(Batch.value(self()).le(threshold), value);
    }

    private Variable masked(Tensor mask, double value) {
        return self().maskedFill(Batch.constant(mask, self()), value);
    }
}
