package org.jacobi.autograd;

import org.jacobi.autograd.ops.Elementary;
import org.jacobi.autograd.ops.Step;
import org.jacobi.tensor.Tensor;

/** Functions of calculus, of one operand and element by element, each beside its derivative. */
public sealed interface VariableFunctions permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the tangent, of radians. */
    default Variable tan() {
        return Elementary.ofResult("tan", Autocast.cast("tan", self()), Tensor::tan, y -> y.square().add(1));
    }

    /** Returns the angle from -π/2 to π/2 whose sine this is. */
    default Variable asin() {
        return Elementary.ofInput("asin", Autocast.cast("asin", self()), Tensor::asin,
                x -> x.square().neg().add(1).rsqrt());
    }

    /** Returns the angle from 0 to π whose cosine this is. */
    default Variable acos() {
        return Elementary.ofInput("acos", Autocast.cast("acos", self()), Tensor::acos,
                x -> x.square().neg().add(1).rsqrt().neg());
    }

    /** Returns the angle from -π/2 to π/2 whose tangent this is. */
    default Variable atan() {
        return Elementary.ofInput("atan", self(), Tensor::atan, x -> x.square().add(1).reciprocal());
    }

    /** Returns the hyperbolic sine. */
    default Variable sinh() {
        return Elementary.ofInput("sinh", Autocast.cast("sinh", self()), Tensor::sinh, x -> x.cosh());
    }

    /** Returns the hyperbolic cosine. */
    default Variable cosh() {
        return Elementary.ofInput("cosh", Autocast.cast("cosh", self()), Tensor::cosh, x -> x.sinh());
    }

    /** Returns the inverse of sinh. */
    default Variable asinh() {
        return Elementary.ofInput("asinh", self(), Tensor::asinh, x -> x.square().add(1).rsqrt());
    }

    /** Returns the inverse of cosh, which is not negative. */
    default Variable acosh() {
        return Elementary.ofInput("acosh", self(), Tensor::acosh, x -> x.square().sub(1).rsqrt());
    }

    /** Returns the inverse of tanh. */
    default Variable atanh() {
        return Elementary.ofInput("atanh", self(), Tensor::atanh, x -> x.square().neg().add(1).reciprocal());
    }

    /** Returns the logarithm to base 2. */
    default Variable log2() {
        return Elementary.ofInput("log2", Autocast.cast("log2", self()), Tensor::log2,
                x -> x.mul(Math.log(2)).reciprocal());
    }

    /** Returns the logarithm to base 10. */
    default Variable log10() {
        return Elementary.ofInput("log10", Autocast.cast("log10", self()), Tensor::log10,
                x -> x.mul(Math.log(10)).reciprocal());
    }

    /** Returns log(1 + this), with all digits near 0. */
    default Variable log1p() {
        return Elementary.ofInput("log1p", Autocast.cast("log1p", self()), Tensor::log1p, x -> x.add(1).reciprocal());
    }

    /** Returns e to the power of this, minus 1, with all digits near 0. */
    default Variable expm1() {
        return Elementary.ofResult("expm1", Autocast.cast("expm1", self()), Tensor::expm1, y -> y.add(1));
    }

    /** Returns 2 to the power of this. */
    default Variable exp2() {
        return Elementary.ofResult("exp2", self(), Tensor::exp2, y -> y.mul(Math.log(2)));
    }

    /** Returns 1 - erf(this), with all digits where erf is almost 1. */
    default Variable erfc() {
        return Elementary.ofInput("erfc", self(), Tensor::erfc,
                x -> x.square().neg().exp().mul(-2 / Math.sqrt(Math.PI)));
    }

    /** Returns the inverse of erf. */
    default Variable erfinv() {
        return Elementary.ofResult("erfinv", Autocast.cast("erfinv", self()), Tensor::erfinv,
                y -> y.square().exp().mul(Math.sqrt(Math.PI) / 2));
    }

    /** Returns log |Γ(this)|. */
    default Variable lgamma() {
        return Elementary.ofInput("lgamma", self(), Tensor::lgamma, x -> x.digamma());
    }

    /** Returns the derivative of {@link #lgamma}. */
    default Variable digamma() {
        return Elementary.ofInput("digamma", self(), Tensor::digamma, x -> x.polygamma(1));
    }

    /** Returns the order-th derivative of {@link #digamma}. */
    default Variable polygamma(int order) {
        return Elementary.ofInput("polygamma", self(), x -> x.polygamma(order), x -> x.polygamma(order + 1));
    }

    /** Returns the largest integer that is not greater; no gradient but 0 passes. */
    default Variable floor() {
        return Step.apply("floor", self(), Tensor::floor);
    }

    /** Returns the smallest integer that is not less; no gradient but 0 passes. */
    default Variable ceil() {
        return Step.apply("ceil", self(), Tensor::ceil);
    }

    /**
     * Returns the nearest integer, the even one of two; no gradient but 0 passes. A straight-through estimator is
     * {@code x.add(x.round().sub(x).detach())}.
     */
    default Variable round() {
        return Step.apply("round", self(), Tensor::round);
    }

    /** Returns the integer part, which is rounded towards 0; no gradient but 0 passes. */
    default Variable trunc() {
        return Step.apply("trunc", self(), Tensor::trunc);
    }

    /** Returns -1, 0 or 1; no gradient but 0 passes. */
    default Variable sign() {
        return Step.apply("sign", self(), Tensor::sign);
    }

    /** Returns this without its integer part: this - trunc(this). */
    default Variable frac() {
        return Elementary.ofInput("frac", self(), Tensor::frac, x -> Variable.constant(Tensor.scalar(1, x.dtype())));
    }

    /** Returns this with 0 for NaN, and the largest finite numbers of the type for the infinities. */
    default Variable nanToNum() {
        return Elementary.ofInput("nanToNum", self(), Tensor::nanToNum,
                x -> Batch.constant(Batch.value(x).isFinite(), x));
    }

    /** Returns this with the given numbers in place of NaN and the two infinities. */
    default Variable nanToNum(double nan, double posInf, double negInf) {
        return Elementary.ofInput("nanToNum", self(), x -> x.nanToNum(nan, posInf, negInf),
                x -> Batch.constant(Batch.value(x).isFinite(), x));
    }
}
