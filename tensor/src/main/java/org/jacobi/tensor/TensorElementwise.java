package org.jacobi.tensor;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** The ops of a tensor that work element by element; operands broadcast, and types promote as PyTorch's do. */
public sealed interface TensorElementwise extends TensorLike<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Returns this + other. */
    default Tensor add(Tensor other) {
        return Elementwise.binary(BinaryOp.ADD, "add", self(), other);
    }

    /** Returns this + other. */
    default Tensor add(double other) {
        return add(Elementwise.constant(self(), other));
    }

    /** Returns this - other. */
    default Tensor sub(Tensor other) {
        return Elementwise.binary(BinaryOp.SUB, "sub", self(), other);
    }

    /** Returns this - other. */
    default Tensor sub(double other) {
        return sub(Elementwise.constant(self(), other));
    }

    /** Returns this times other, elementwise. */
    default Tensor mul(Tensor other) {
        return Elementwise.binary(BinaryOp.MUL, "mul", self(), other);
    }

    /** Returns this times other, elementwise. */
    default Tensor mul(double other) {
        return mul(Elementwise.constant(self(), other));
    }

    /** Returns this / other; integers divide to f32. */
    default Tensor div(Tensor other) {
        return Elementwise.binary(BinaryOp.DIV, "div", self(), other);
    }

    /** Returns this / other; integers divide to f32. */
    default Tensor div(double other) {
        return div(Elementwise.constant(self(), other));
    }

    /** Returns this to the power of other. */
    default Tensor pow(Tensor other) {
        return Elementwise.binary(BinaryOp.POW, "pow", self(), other);
    }

    /** Returns this to the power of other. */
    default Tensor pow(double other) {
        return pow(Elementwise.constant(self(), other));
    }

    /** Returns the larger of this and other; NaN where either is NaN. */
    default Tensor maximum(Tensor other) {
        return Elementwise.binary(BinaryOp.MAXIMUM, "maximum", self(), other);
    }

    /** Returns the larger of this and other; NaN where either is NaN. */
    default Tensor maximum(double other) {
        return maximum(Elementwise.constant(self(), other));
    }

    /** Returns the smaller of this and other; NaN where either is NaN. */
    default Tensor minimum(Tensor other) {
        return Elementwise.binary(BinaryOp.MINIMUM, "minimum", self(), other);
    }

    /** Returns the smaller of this and other; NaN where either is NaN. */
    default Tensor minimum(double other) {
        return minimum(Elementwise.constant(self(), other));
    }

    /** Returns where this equals other, as bool. */
    default Tensor eq(Tensor other) {
        return Elementwise.binary(BinaryOp.EQ, "eq", self(), other);
    }

    /** Returns where this equals other, as bool. */
    default Tensor eq(double other) {
        return eq(Elementwise.constant(self(), other));
    }

    /** Returns where this differs from other, as bool. */
    default Tensor ne(Tensor other) {
        return Elementwise.binary(BinaryOp.NE, "ne", self(), other);
    }

    /** Returns where this differs from other, as bool. */
    default Tensor ne(double other) {
        return ne(Elementwise.constant(self(), other));
    }

    /** Returns where this &lt; other, as bool. */
    default Tensor lt(Tensor other) {
        return Elementwise.binary(BinaryOp.LT, "lt", self(), other);
    }

    /** Returns where this &lt; other, as bool. */
    default Tensor lt(double other) {
        return lt(Elementwise.constant(self(), other));
    }

    /** Returns where this &lt;= other, as bool. */
    default Tensor le(Tensor other) {
        return Elementwise.binary(BinaryOp.LE, "le", self(), other);
    }

    /** Returns where this &lt;= other, as bool. */
    default Tensor le(double other) {
        return le(Elementwise.constant(self(), other));
    }

    /** Returns where this &gt; other, as bool. */
    default Tensor gt(Tensor other) {
        return Elementwise.binary(BinaryOp.GT, "gt", self(), other);
    }

    /** Returns where this &gt; other, as bool. */
    default Tensor gt(double other) {
        return gt(Elementwise.constant(self(), other));
    }

    /** Returns where this &gt;= other, as bool. */
    default Tensor ge(Tensor other) {
        return Elementwise.binary(BinaryOp.GE, "ge", self(), other);
    }

    /** Returns where this &gt;= other, as bool. */
    default Tensor ge(double other) {
        return ge(Elementwise.constant(self(), other));
    }

    /** Returns where both are not zero, as bool. */
    default Tensor logicalAnd(Tensor other) {
        return Elementwise.binary(BinaryOp.LOGICAL_AND, "logicalAnd", self(), other);
    }

    /** Returns where either is not zero, as bool. */
    default Tensor logicalOr(Tensor other) {
        return Elementwise.binary(BinaryOp.LOGICAL_OR, "logicalOr", self(), other);
    }

    /** Returns where exactly one is not zero, as bool. */
    default Tensor logicalXor(Tensor other) {
        return Elementwise.binary(BinaryOp.LOGICAL_XOR, "logicalXor", self(), other);
    }

    /** Returns where this is zero, as bool. */
    default Tensor logicalNot() {
        return Elementwise.unary(UnaryOp.LOGICAL_NOT, "logicalNot", self());
    }

    /** Returns where this is NaN, as bool. */
    default Tensor isNaN() {
        return Elementwise.unary(UnaryOp.IS_NAN, "isNaN", self());
    }

    /** Returns -this. */
    default Tensor neg() {
        return Elementwise.unary(UnaryOp.NEG, "neg", self());
    }

    /** Returns the absolute value. */
    default Tensor abs() {
        return Elementwise.unary(UnaryOp.ABS, "abs", self());
    }

    /** Returns -1, 0 or 1. */
    default Tensor sign() {
        return Elementwise.unary(UnaryOp.SIGN, "sign", self());
    }

    /** Returns e to the power of this. */
    default Tensor exp() {
        return Elementwise.unary(UnaryOp.EXP, "exp", self());
    }

    /** Returns the natural logarithm. */
    default Tensor log() {
        return Elementwise.unary(UnaryOp.LOG, "log", self());
    }

    /** Returns the square root. */
    default Tensor sqrt() {
        return Elementwise.unary(UnaryOp.SQRT, "sqrt", self());
    }

    /** Returns 1 / sqrtthis. */
    default Tensor rsqrt() {
        return Elementwise.unary(UnaryOp.RSQRT, "rsqrt", self());
    }

    /** Returns 1 / this. */
    default Tensor reciprocal() {
        return Elementwise.unary(UnaryOp.RECIPROCAL, "reciprocal", self());
    }

    /** Returns this times itself. */
    default Tensor square() {
        return Elementwise.unary(UnaryOp.SQUARE, "square", self());
    }

    /** Returns the sine, of radians. */
    default Tensor sin() {
        return Elementwise.unary(UnaryOp.SIN, "sin", self());
    }

    /** Returns the cosine, of radians. */
    default Tensor cos() {
        return Elementwise.unary(UnaryOp.COS, "cos", self());
    }

    /** Returns the hyperbolic tangent. */
    default Tensor tanh() {
        return Elementwise.unary(UnaryOp.TANH, "tanh", self());
    }

    /** Returns the error function. */
    default Tensor erf() {
        return Elementwise.unary(UnaryOp.ERF, "erf", self());
    }

    /** Returns the largest integer not above. */
    default Tensor floor() {
        return Elementwise.unary(UnaryOp.FLOOR, "floor", self());
    }

    /** Returns the smallest integer not below. */
    default Tensor ceil() {
        return Elementwise.unary(UnaryOp.CEIL, "ceil", self());
    }

    /** Returns the nearest integer, halves to even. */
    default Tensor round() {
        return Elementwise.unary(UnaryOp.ROUND, "round", self());
    }

    /** Returns 1 / (1 + e^-this). */
    default Tensor sigmoid() {
        return Elementwise.unary(UnaryOp.SIGMOID, "sigmoid", self());
    }

    /** Returns max(this, 0). */
    default Tensor relu() {
        return Elementwise.unary(UnaryOp.RELU, "relu", self());
    }

    /** Returns this times sigmoid(this). */
    default Tensor silu() {
        return Elementwise.unary(UnaryOp.SILU, "silu", self());
    }

    /** Returns x Phi(x), exactly. */
    default Tensor gelu() {
        return Elementwise.unary(UnaryOp.GELU, "gelu", self());
    }

    /** Returns GELU's approximation by tanh, as GPT-2 uses it. */
    default Tensor geluTanh() {
        return Elementwise.unary(UnaryOp.GELU_TANH, "geluTanh", self());
    }

    /** Returns {@code this} limited to the range from min to max. */
    default Tensor clamp(double min, double max) {
        return maximum(min).minimum(max);
    }

    /** Returns this with the given value where the bool mask holds. */
    default Tensor maskedFill(Tensor mask, double value) {
        if (!self().dtype().holds(value)) {
            throw new IllegalArgumentException(
                    "maskedFill: the value " + value + " does not fit into " + self().dtype()
                            + "; convert the tensor with to first");
        }
        return Tensor.where(mask, Tensor.scalar(value, self().dtype()), self());
    }
}
