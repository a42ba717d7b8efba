package org.jacobi.autograd;

import org.jacobi.autograd.ops.Abs;
import org.jacobi.autograd.ops.Add;
import org.jacobi.autograd.ops.Cos;
import org.jacobi.autograd.ops.Div;
import org.jacobi.autograd.ops.Dropout;
import org.jacobi.autograd.ops.Elementary;
import org.jacobi.autograd.ops.Erf;
import org.jacobi.autograd.ops.Exp;
import org.jacobi.autograd.ops.Gelu;
import org.jacobi.autograd.ops.GeluTanh;
import org.jacobi.autograd.ops.Log;
import org.jacobi.autograd.ops.Maximum;
import org.jacobi.autograd.ops.Minimum;
import org.jacobi.autograd.ops.Mul;
import org.jacobi.autograd.ops.Neg;
import org.jacobi.autograd.ops.Pow;
import org.jacobi.autograd.ops.Reciprocal;
import org.jacobi.autograd.ops.Relu;
import org.jacobi.autograd.ops.Rsqrt;
import org.jacobi.autograd.ops.Sigmoid;
import org.jacobi.autograd.ops.Silu;
import org.jacobi.autograd.ops.Sin;
import org.jacobi.autograd.ops.Sqrt;
import org.jacobi.autograd.ops.Square;
import org.jacobi.autograd.ops.Sub;
import org.jacobi.autograd.ops.Tanh;
import org.jacobi.autograd.ops.Where;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Rounding;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorLike;

/** The differentiable ops that compute every element by itself; shapes broadcast and types are promoted. */
public sealed interface VariableElementwise extends TensorLike<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns this + other. */
    default Variable add(Variable other) {
        return Add.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns this + other. */
    default Variable add(Tensor other) {
        return add(Variable.constant(other));
    }

    /** Returns this + other. */
    @Override
    default Variable add(double other) {
        return add(self().number(other));
    }

    /** Returns this - other. */
    default Variable sub(Variable other) {
        return Sub.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns this - other. */
    default Variable sub(Tensor other) {
        return sub(Variable.constant(other));
    }

    /** Returns this - other. */
    default Variable sub(double other) {
        return sub(self().number(other));
    }

    /** Returns this times other, elementwise. */
    default Variable mul(Variable other) {
        return Mul.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns this times other, elementwise. */
    default Variable mul(Tensor other) {
        return mul(Variable.constant(other));
    }

    /** Returns this times other, elementwise. */
    default Variable mul(double other) {
        return mul(self().number(other));
    }

    /** Returns this / other. */
    default Variable div(Variable other) {
        return Div.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns this / other. */
    default Variable div(Tensor other) {
        return div(Variable.constant(other));
    }

    /** Returns this / other. */
    default Variable div(double other) {
        return div(self().number(other));
    }

    /** Returns this to the power of other. */
    default Variable pow(Variable other) {
        Variable x = Autocast.cast("pow", self());
        Variable y = Autocast.cast("pow", Variable.present(other));
        return Pow.apply(x.promoted(y), y.promoted(x));
    }

    /** Returns this to the power of other. */
    default Variable pow(Tensor other) {
        return pow(Variable.constant(other));
    }

    /** Returns this to the power of other; 2, 3, 0.5 and -1 have kernels of their own, as in PyTorch. */
    default Variable pow(double other) {
        Variable x = Autocast.cast("pow", self());
        if (x.dtype().isFloating()) {
            if (other == 2) {
                return x.square();
            } else if (other == 3) {
                return x.square().mul(x);
            } else if (other == 0.5) {
                return x.sqrt();
            } else if (other == -1) {
                return x.reciprocal();
            }
        }
        return x.pow(x.number(other));
    }

    /** Returns the larger of this and other; ties share the gradient. */
    default Variable maximum(Variable other) {
        return Maximum.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns the larger of this and other; ties share the gradient. */
    default Variable maximum(Tensor other) {
        return maximum(Variable.constant(other));
    }

    /** Returns the larger of this and other; ties share the gradient. */
    default Variable maximum(double other) {
        return maximum(self().number(other));
    }

    /** Returns the smaller of this and other; ties share the gradient. */
    default Variable minimum(Variable other) {
        return Minimum.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns the smaller of this and other; ties share the gradient. */
    default Variable minimum(Tensor other) {
        return minimum(Variable.constant(other));
    }

    /** Returns the smaller of this and other; ties share the gradient. */
    default Variable minimum(double other) {
        return minimum(self().number(other));
    }

    /** Returns -this. */
    default Variable neg() {
        return Neg.apply(self());
    }

    /** Returns the absolute value. */
    @Override
    default Variable abs() {
        return Abs.apply(self());
    }

    /** Returns e to the power of this. */
    default Variable exp() {
        return Exp.apply(Autocast.cast("exp", self()));
    }

    /** Returns the natural logarithm. */
    default Variable log() {
        return Log.apply(Autocast.cast("log", self()));
    }

    /** Returns the square root. */
    default Variable sqrt() {
        return Sqrt.apply(self());
    }

    /** Returns 1 / √this. */
    default Variable rsqrt() {
        return Rsqrt.apply(Autocast.cast("rsqrt", self()));
    }

    /** Returns 1 / this. */
    default Variable reciprocal() {
        return Reciprocal.apply(Autocast.cast("reciprocal", self()));
    }

    /** Returns this times itself. */
    default Variable square() {
        return Square.apply(self());
    }

    /** Returns the sine, of radians. */
    default Variable sin() {
        return Sin.apply(self());
    }

    /** Returns the cosine, of radians. */
    default Variable cos() {
        return Cos.apply(self());
    }

    /** Returns the error function. */
    default Variable erf() {
        return Erf.apply(self());
    }

    /** Returns the hyperbolic tangent. */
    @Override
    default Variable tanh() {
        return Tanh.apply(self());
    }

    /** Returns 1 / (1 + e^-this). */
    @Override
    default Variable sigmoid() {
        return Sigmoid.apply(self());
    }

    /** Returns max(this, 0). */
    default Variable relu() {
        return Relu.apply(self());
    }

    /** Returns x Φ(x), exactly. */
    default Variable gelu() {
        return Gelu.apply(self());
    }

    /** Returns GELU's approximation by tanh, as GPT-2 uses it. */
    default Variable geluTanh() {
        return GeluTanh.apply(self());
    }

    /** Returns this times sigmoid(this). */
    default Variable silu() {
        return Silu.apply(self());
    }

    /** Returns {@code this} limited to the range from min to max; an element on a bound keeps its gradient. */
    @Override
    default Variable clamp(double min, double max) {
        return Elementary.ofInput("clamp", self(), x -> x.clamp(min, max),
                x -> Batch.constant(Batch.value(x).ge(min).logicalAnd(Batch.value(x).le(max)), x));
    }

    /** Returns the angle, from -π to π, of the point with ordinate this and abscissa other. */
    default Variable atan2(Variable other) {
        return Elementary.ofInputs("atan2", self().promoted(other), other.promoted(self()), Tensor::atan2,
                (y, x) -> x.div(y.square().add(x.square())), (y, x) -> y.neg().div(y.square().add(x.square())));
    }

    /** Returns the angle, from -π to π, of the point with ordinate this and abscissa other. */
    default Variable atan2(Tensor other) {
        return atan2(Variable.constant(other));
    }

    /** Returns the square root of this squared plus other squared, without overflow in between. */
    default Variable hypot(Variable other) {
        return Elementary.ofInputs("hypot", self().promoted(other), other.promoted(self()), Tensor::hypot,
                (a, b) -> a.div(a.hypot(b)), (a, b) -> b.div(a.hypot(b)));
    }

    /** Returns the square root of this squared plus other squared, without overflow in between. */
    default Variable hypot(Tensor other) {
        return hypot(Variable.constant(other));
    }

    /** Returns this with the sign of other. */
    default Variable copysign(Variable other) {
        return Elementary.ofInputs("copysign", self().promoted(other), other.promoted(self()), Tensor::copysign,
                (a, b) -> Batch.constant(
                        Batch.beside(a, b).sign().mul(Batch.beside(a, b).copysign(Batch.beside(b, a)).sign()), a, b),
                (a, b) -> null);
    }

    /** Returns this with the sign of other. */
    default Variable copysign(Tensor other) {
        return copysign(Variable.constant(other));
    }

    /** Returns this with the sign of other. */
    default Variable copysign(double other) {
        return copysign(self().number(other));
    }

    /** Returns this times log(other), and 0 where this is 0 and other not NaN. */
    default Variable xlogy(Variable other) {
        return Elementary.ofInputs("xlogy", self().promoted(other), other.promoted(self()), Tensor::xlogy,
                (a, b) -> b.log().maskedFill(
                        Batch.constant(Batch.beside(a, b).eq(0).logicalAnd(Batch.beside(b, a).le(0)), a, b), 0),
                (a, b) -> a.div(b));
    }

    /** Returns this times log(other), and 0 where this is 0 and other not NaN. */
    default Variable xlogy(Tensor other) {
        return xlogy(Variable.constant(other));
    }

    /** Returns this times log(other), and 0 where this is 0 and other not NaN. */
    default Variable xlogy(double other) {
        return xlogy(self().number(other));
    }

    /** Returns log(e^this + e^other), without overflow in between. */
    default Variable logaddexp(Variable other) {
        return Elementary.ofInputs("logaddexp", self().promoted(other), other.promoted(self()), Tensor::logaddexp,
                (a, b) -> a.sub(b).sigmoid(), (a, b) -> b.sub(a).sigmoid());
    }

    /** Returns log(e^this + e^other), without overflow in between. */
    default Variable logaddexp(Tensor other) {
        return logaddexp(Variable.constant(other));
    }

    /** Returns this - other floor(this / other), which has the sign of other, as in Python. */
    default Variable remainder(Variable other) {
        return Elementary.ofInputs("remainder", self().promoted(other), other.promoted(self()), Tensor::remainder,
                (a, b) -> Variable.constant(Tensor.scalar(1, a.dtype())),
                (a, b) -> Batch.constant(Batch.beside(a, b).div(Batch.beside(b, a), Rounding.FLOOR).neg(), a, b));
    }

    /** Returns this - other floor(this / other), which has the sign of other, as in Python. */
    default Variable remainder(Tensor other) {
        return remainder(Variable.constant(other));
    }

    /** Returns this - other floor(this / other), which has the sign of other, as in Python. */
    default Variable remainder(double other) {
        return remainder(self().number(other));
    }

    /** Returns this - other trunc(this / other), which has the sign of this, as in C. */
    default Variable fmod(Variable other) {
        return Elementary.ofInputs("fmod", self().promoted(other), other.promoted(self()), Tensor::fmod,
                (a, b) -> Variable.constant(Tensor.scalar(1, a.dtype())),
                (a, b) -> Batch.constant(Batch.beside(a, b).div(Batch.beside(b, a), Rounding.TRUNC).neg(), a, b));
    }

    /** Returns this - other trunc(this / other), which has the sign of this, as in C. */
    default Variable fmod(Tensor other) {
        return fmod(Variable.constant(other));
    }

    /** Returns this - other trunc(this / other), which has the sign of this, as in C. */
    default Variable fmod(double other) {
        return fmod(self().number(other));
    }

    /** Returns this limited to the range from min to max; max where min exceeds it. An element on a bound keeps its gradient. */
    default Variable clamp(Variable min, Variable max) {
        return Elementary.of("clamp", t -> t[0].clamp(t[1], t[2]), new Variable[] {self(), min, max},
                Elementary.mask(t -> t[0].ge(t[1]).logicalAnd(t[0].le(t[2]))),
                Elementary.mask(t -> t[0].lt(t[1]).logicalAnd(t[1].lt(t[2]))),
                Elementary.mask(t -> t[0].gt(t[2]).logicalOr(t[2].lt(t[1]))));
    }

    /** Returns this limited to the range from min to max; max where min exceeds it. An element on a bound keeps its gradient. */
    default Variable clamp(Tensor min, Tensor max) {
        return clamp(Variable.constant(min), Variable.constant(max));
    }

    /** Returns this, but not less than a bound; an element on the bound keeps its gradient. */
    default Variable clampMin(Variable min) {
        return Elementary.ofInputs("clampMin", self(), min, Tensor::clampMin,
                (x, bound) -> Batch.constant(Batch.beside(x, bound).ge(Batch.beside(bound, x)), x, bound),
                (x, bound) -> Batch.constant(Batch.beside(x, bound).lt(Batch.beside(bound, x)), x, bound));
    }

    /** Returns this, but not less than a bound; an element on the bound keeps its gradient. */
    default Variable clampMin(Tensor min) {
        return clampMin(Variable.constant(min));
    }

    /** Returns this, but not less than a bound; an element on the bound keeps its gradient. */
    default Variable clampMin(double min) {
        return Elementary.ofInput("clampMin", self(), x -> x.clampMin(min),
                x -> Batch.constant(Batch.value(x).ge(min), x));
    }

    /** Returns this, but not more than a bound; an element on the bound keeps its gradient. */
    default Variable clampMax(Variable max) {
        return Elementary.ofInputs("clampMax", self(), max, Tensor::clampMax,
                (x, bound) -> Batch.constant(Batch.beside(x, bound).le(Batch.beside(bound, x)), x, bound),
                (x, bound) -> Batch.constant(Batch.beside(x, bound).gt(Batch.beside(bound, x)), x, bound));
    }

    /** Returns this, but not more than a bound; an element on the bound keeps its gradient. */
    default Variable clampMax(Tensor max) {
        return clampMax(Variable.constant(max));
    }

    /** Returns this, but not more than a bound; an element on the bound keeps its gradient. */
    default Variable clampMax(double max) {
        return Elementary.ofInput("clampMax", self(), x -> x.clampMax(max),
                x -> Batch.constant(Batch.value(x).le(max), x));
    }

    /** Returns this + weight (end - this): this for weight 0, end for weight 1. */
    default Variable lerp(Variable end, Variable weight) {
        if (weight.dtype() == DType.BOOL) {
            throw new IllegalArgumentException("lerp: the weight is bool; convert it with to(DType.F32)");
        }
        return Elementary.of("lerp", t -> t[0].lerp(t[1], t[2]),
                new Variable[] {self(), end, weight},
                v -> v[2].neg().add(1), v -> v[2], v -> v[1].sub(v[0]));
    }

    /** Returns this + weight (end - this): this for weight 0, end for weight 1. */
    default Variable lerp(Tensor end, Tensor weight) {
        return lerp(Variable.constant(end), Variable.constant(weight));
    }

    /** Returns this + weight (end - this): this for weight 0, end for weight 1. */
    default Variable lerp(Variable end, double weight) {
        return lerp(end, self().number(weight));
    }

    /** Returns this + weight (end - this): this for weight 0, end for weight 1. */
    default Variable lerp(Tensor end, double weight) {
        return lerp(Variable.constant(end), weight);
    }

    /** Returns this + value a b. */
    default Variable addcmul(Variable a, Variable b, double value) {
        Variable factor = value == 1 ? a : a.mul(value);
        return Elementary.of("addcmul", t -> t[0].addcmul(t[1], t[2]),
                new Variable[] {self(), factor, b},
                v -> Variable.constant(Tensor.scalar(1, v[0].dtype())), v -> v[2], v -> v[1]);
    }

    /** Returns this + value a b. */
    default Variable addcmul(Tensor a, Tensor b, double value) {
        return addcmul(Variable.constant(a), Variable.constant(b), value);
    }

    /** Returns this + value a / b. */
    default Variable addcdiv(Variable a, Variable b, double value) {
        Variable dividend = value == 1 ? a : a.mul(value);
        return Elementary.of("addcdiv", t -> t[0].addcdiv(t[1], t[2]),
                new Variable[] {self(), dividend, b}, v -> Variable.constant(Tensor.scalar(1, v[0].dtype())),
                v -> v[2].reciprocal(), v -> v[1].div(v[2].square()).neg());
    }

    /** Returns this + value a / b. */
    default Variable addcdiv(Tensor a, Tensor b, double value) {
        return addcdiv(Variable.constant(a), Variable.constant(b), value);
    }

    /** Returns this with the given value where the bool mask holds. */
    default Variable maskedFill(Tensor mask, double fill) {
        mask.requireMask("maskedFill");
        return maskedFill(Variable.constant(mask), fill);
    }

    /** Returns this with the given value where the bool mask holds. */
    default Variable maskedFill(Variable mask, double fill) {
        mask.data().requireMask("maskedFill");
        Shape.broadcast("maskedFill", mask.shape(), self().shape());
        return Where.apply(mask, self().number(fill), self());
    }

    /** Returns this with elements dropped with probability p and the others scaled by 1 / (1 - p). */
    default Variable dropout(double p) {
        return dropout(p, Generator.global());
    }

    /** Returns this with elements dropped with probability p and the others scaled by 1 / (1 - p). */
    default Variable dropout(double p, Generator generator) {
        return Dropout.apply(self(), p, generator);
    }
}
