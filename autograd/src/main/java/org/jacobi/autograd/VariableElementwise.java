package org.jacobi.autograd;

import org.jacobi.autograd.ops.Abs;
import org.jacobi.autograd.ops.Add;
import org.jacobi.autograd.ops.Cos;
import org.jacobi.autograd.ops.Div;
import org.jacobi.autograd.ops.Dropout;
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
import org.jacobi.tensor.Tensor;

/** The differentiable ops that compute every element by itself; shapes broadcast and types are promoted. */
public sealed interface VariableElementwise permits Variable {
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
        return Pow.apply(self().promoted(other), other.promoted(self()));
    }

    /** Returns this to the power of other. */
    default Variable pow(Tensor other) {
        return pow(Variable.constant(other));
    }

    /** Returns this to the power of other. */
    default Variable pow(double other) {
        return pow(self().number(other));
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
    default Variable abs() {
        return Abs.apply(self());
    }

    /** Returns e to the power of this. */
    default Variable exp() {
        return Exp.apply(self());
    }

    /** Returns the natural logarithm. */
    default Variable log() {
        return Log.apply(self());
    }

    /** Returns the square root. */
    default Variable sqrt() {
        return Sqrt.apply(self());
    }

    /** Returns 1 / √this. */
    default Variable rsqrt() {
        return Rsqrt.apply(self());
    }

    /** Returns 1 / this. */
    default Variable reciprocal() {
        return Reciprocal.apply(self());
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
    default Variable tanh() {
        return Tanh.apply(self());
    }

    /** Returns 1 / (1 + e^-this). */
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

    /** Returns {@code this} limited to the range from min to max. */
    default Variable clamp(double min, double max) {
        // Not maximum and minimum: an element that lies on a bound gets the whole gradient.
        Variable raised = maskedFill(Batch.constant(Batch.value(self()).lt(min), self()), min);
        return raised.maskedFill(Batch.constant(Batch.value(raised).gt(max), raised), max);
    }

    /** Returns this with the given value where the bool mask holds. */
    default Variable maskedFill(Tensor mask, double fill) {
        return maskedFill(Variable.constant(mask), fill);
    }

    /** Returns this with the given value where the bool mask holds. */
    default Variable maskedFill(Variable mask, double fill) {
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
