package org.jacobi.tensor;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
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
    @Override
    default Tensor add(double other) {
        return Elementwise.binary(BinaryOp.ADD, "add", self(), other);
    }

    /** Returns this - other. */
    default Tensor sub(Tensor other) {
        return Elementwise.binary(BinaryOp.SUB, "sub", self(), other);
    }

    /** Returns this - other. */
    default Tensor sub(double other) {
        return Elementwise.binary(BinaryOp.SUB, "sub", self(), other);
    }

    /** Returns this times other, elementwise. */
    default Tensor mul(Tensor other) {
        return Elementwise.binary(BinaryOp.MUL, "mul", self(), other);
    }

    /** Returns this times other, elementwise. */
    default Tensor mul(double other) {
        return Elementwise.binary(BinaryOp.MUL, "mul", self(), other);
    }

    /** Returns this / other; integers divide to f32. */
    default Tensor div(Tensor other) {
        return Elementwise.binary(BinaryOp.DIV, "div", self(), other);
    }

    /** Returns this / other; integers divide to f32. */
    default Tensor div(double other) {
        return Elementwise.binary(BinaryOp.DIV, "div", self(), other);
    }

    /** Returns this to the power of other. */
    default Tensor pow(Tensor other) {
        return Elementwise.binary(BinaryOp.POW, "pow", self(), other);
    }

    /** Returns this to the power of other; 2, 3, 0.5 and -1 have kernels of their own, as in PyTorch. */
    default Tensor pow(double other) {
        if (self().dtype().isFloating()) {
            if (other == 2) {
                return square();
            } else if (other == 3) {
                return square().mul_(self());
            } else if (other == 0.5) {
                return sqrt();
            } else if (other == -1) {
                return reciprocal();
            }
        }
        return Elementwise.binary(BinaryOp.POW, "pow", self(), other);
    }

    /** Returns the larger of this and other; NaN where either is NaN. */
    default Tensor maximum(Tensor other) {
        return Elementwise.binary(BinaryOp.MAXIMUM, "maximum", self(), other);
    }

    /** Returns the larger of this and other; NaN where either is NaN. */
    default Tensor maximum(double other) {
        return Elementwise.binary(BinaryOp.MAXIMUM, "maximum", self(), other);
    }

    /** Returns the smaller of this and other; NaN where either is NaN. */
    default Tensor minimum(Tensor other) {
        return Elementwise.binary(BinaryOp.MINIMUM, "minimum", self(), other);
    }

    /** Returns the smaller of this and other; NaN where either is NaN. */
    default Tensor minimum(double other) {
        return Elementwise.binary(BinaryOp.MINIMUM, "minimum", self(), other);
    }

    /** Returns where this equals other, as bool. */
    default Tensor eq(Tensor other) {
        return Elementwise.binary(BinaryOp.EQ, "eq", self(), other);
    }

    /** Returns where this equals other, as bool. */
    default Tensor eq(double other) {
        return Elementwise.binary(BinaryOp.EQ, "eq", self(), other);
    }

    /** Returns where this differs from other, as bool. */
    default Tensor ne(Tensor other) {
        return Elementwise.binary(BinaryOp.NE, "ne", self(), other);
    }

    /** Returns where this differs from other, as bool. */
    default Tensor ne(double other) {
        return Elementwise.binary(BinaryOp.NE, "ne", self(), other);
    }

    /** Returns where this &lt; other, as bool. */
    default Tensor lt(Tensor other) {
        return Elementwise.binary(BinaryOp.LT, "lt", self(), other);
    }

    /** Returns where this &lt; other, as bool. */
    default Tensor lt(double other) {
        return Elementwise.binary(BinaryOp.LT, "lt", self(), other);
    }

    /** Returns where this &lt;= other, as bool. */
    default Tensor le(Tensor other) {
        return Elementwise.binary(BinaryOp.LE, "le", self(), other);
    }

    /** Returns where this &lt;= other, as bool. */
    default Tensor le(double other) {
        return Elementwise.binary(BinaryOp.LE, "le", self(), other);
    }

    /** Returns where this &gt; other, as bool. */
    default Tensor gt(Tensor other) {
        return Elementwise.binary(BinaryOp.GT, "gt", self(), other);
    }

    /** Returns where this &gt; other, as bool. */
    default Tensor gt(double other) {
        return Elementwise.binary(BinaryOp.GT, "gt", self(), other);
    }

    /** Returns where this &gt;= other, as bool. */
    default Tensor ge(Tensor other) {
        return Elementwise.binary(BinaryOp.GE, "ge", self(), other);
    }

    /** Returns where this &gt;= other, as bool. */
    default Tensor ge(double other) {
        return Elementwise.binary(BinaryOp.GE, "ge", self(), other);
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
    @Override
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
    @Override
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
    @Override
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

    /** Returns the angle, from -pi to pi, of the point with ordinate this and abscissa other. */
    default Tensor atan2(Tensor other) {
        return Elementwise.binary(BinaryOp.ATAN2, "atan2", self(), other);
    }

    /** Returns the square root of this squared plus other squared, without overflow in between. */
    default Tensor hypot(Tensor other) {
        return Elementwise.binary(BinaryOp.HYPOT, "hypot", self(), other);
    }

    /** Returns this with the sign of other. */
    default Tensor copysign(Tensor other) {
        return Elementwise.binary(BinaryOp.COPYSIGN, "copysign", self(), other);
    }

    /** Returns this with the sign of other. */
    default Tensor copysign(double other) {
        return Elementwise.binary(BinaryOp.COPYSIGN, "copysign", self(), other);
    }

    /** Returns this times log(other), and 0 where this is 0 and other not NaN. */
    default Tensor xlogy(Tensor other) {
        return Elementwise.binary(BinaryOp.XLOGY, "xlogy", self(), other);
    }

    /** Returns this times log(other), and 0 where this is 0 and other not NaN. */
    default Tensor xlogy(double other) {
        return Elementwise.binary(BinaryOp.XLOGY, "xlogy", self(), other);
    }

    /** Returns log(e^this + e^other), without overflow in between. */
    default Tensor logaddexp(Tensor other) {
        return Elementwise.binary(BinaryOp.LOGADDEXP, "logaddexp", self(), other);
    }

    /** Returns this - other floor(this / other), which has the sign of other, as in Python. Integers refuse a divisor of 0. */
    default Tensor remainder(Tensor other) {
        return Elementwise.binary(BinaryOp.REMAINDER, "remainder", self(), other);
    }

    /** Returns this - other floor(this / other), which has the sign of other, as in Python. Integers refuse a divisor of 0. */
    default Tensor remainder(double other) {
        return Elementwise.binary(BinaryOp.REMAINDER, "remainder", self(), other);
    }

    /** Returns this - other trunc(this / other), which has the sign of this, as in C. Integers refuse a divisor of 0. */
    default Tensor fmod(Tensor other) {
        return Elementwise.binary(BinaryOp.FMOD, "fmod", self(), other);
    }

    /** Returns this - other trunc(this / other), which has the sign of this, as in C. Integers refuse a divisor of 0. */
    default Tensor fmod(double other) {
        return Elementwise.binary(BinaryOp.FMOD, "fmod", self(), other);
    }

    /** Returns this / other rounded down; integers stay integers, and refuse a divisor of 0. */
    default Tensor floorDivide(Tensor other) {
        return Elementwise.binary(BinaryOp.FLOOR_DIVIDE, "floorDivide", self(), other);
    }

    /** Returns this / other rounded down; integers stay integers, and refuse a divisor of 0. */
    default Tensor floorDivide(double other) {
        return Elementwise.binary(BinaryOp.FLOOR_DIVIDE, "floorDivide", self(), other);
    }

    /** Returns this / other rounded to an integer; integers stay integers, and refuse a divisor of 0. */
    default Tensor div(Tensor other, Rounding rounding) {
        return Elementwise.binary(rounding.op(), "div", self(), other);
    }

    /** Returns this / other rounded to an integer; integers stay integers, and refuse a divisor of 0. */
    default Tensor div(double other, Rounding rounding) {
        return Elementwise.binary(rounding.op(), "div", self(), other);
    }

    /** Returns the bits, of integers or bools, that both have. */
    default Tensor bitwiseAnd(Tensor other) {
        return Elementwise.binary(BinaryOp.BITWISE_AND, "bitwiseAnd", self(), other);
    }

    /** Returns the bits, of integers or bools, that both have. */
    default Tensor bitwiseAnd(long other) {
        return Elementwise.binary(BinaryOp.BITWISE_AND, "bitwiseAnd", self(), other);
    }

    /** Returns the bits, of integers or bools, that either has. */
    default Tensor bitwiseOr(Tensor other) {
        return Elementwise.binary(BinaryOp.BITWISE_OR, "bitwiseOr", self(), other);
    }

    /** Returns the bits, of integers or bools, that either has. */
    default Tensor bitwiseOr(long other) {
        return Elementwise.binary(BinaryOp.BITWISE_OR, "bitwiseOr", self(), other);
    }

    /** Returns the bits, of integers or bools, that exactly one has. */
    default Tensor bitwiseXor(Tensor other) {
        return Elementwise.binary(BinaryOp.BITWISE_XOR, "bitwiseXor", self(), other);
    }

    /** Returns the bits, of integers or bools, that exactly one has. */
    default Tensor bitwiseXor(long other) {
        return Elementwise.binary(BinaryOp.BITWISE_XOR, "bitwiseXor", self(), other);
    }

    /** Returns the integer with all bits flipped; of bools the opposite. */
    default Tensor bitwiseNot() {
        return Elementwise.bitwiseNot(self());
    }

    /** Returns the integer with its bits moved up by other: times 2^other. Bits moved out are lost. */
    default Tensor leftShift(Tensor other) {
        return Elementwise.binary(BinaryOp.LEFT_SHIFT, "leftShift", self(), other);
    }

    /** Returns the integer with its bits moved up by other: times 2^other. Bits moved out are lost. */
    default Tensor leftShift(long other) {
        return Elementwise.binary(BinaryOp.LEFT_SHIFT, "leftShift", self(), other);
    }

    /** Returns the integer with its bits moved down by other: this / 2^other rounded down. */
    default Tensor rightShift(Tensor other) {
        return Elementwise.binary(BinaryOp.RIGHT_SHIFT, "rightShift", self(), other);
    }

    /** Returns the integer with its bits moved down by other: this / 2^other rounded down. */
    default Tensor rightShift(long other) {
        return Elementwise.binary(BinaryOp.RIGHT_SHIFT, "rightShift", self(), other);
    }

    /** Returns this limited to the range from min to max; max where min exceeds it. */
    default Tensor clamp(Tensor min, Tensor max) {
        return Elementwise.ternary(TernaryOp.CLAMP, "clamp", self(), min, max);
    }

    /** Returns this, but not less than a bound; NaN stays NaN. */
    default Tensor clampMin(Tensor min) {
        return Elementwise.binary(BinaryOp.MAXIMUM, "clampMin", self(), min);
    }

    /** Returns this, but not less than a bound; NaN stays NaN. */
    default Tensor clampMin(double min) {
        return Elementwise.binary(BinaryOp.MAXIMUM, "clampMin", self(), min);
    }

    /** Returns this, but not more than a bound; NaN stays NaN. */
    default Tensor clampMax(Tensor max) {
        return Elementwise.binary(BinaryOp.MINIMUM, "clampMax", self(), max);
    }

    /** Returns this, but not more than a bound; NaN stays NaN. */
    default Tensor clampMax(double max) {
        return Elementwise.binary(BinaryOp.MINIMUM, "clampMax", self(), max);
    }

    /** Returns this + weight (end - this): this for weight 0, end for weight 1. */
    default Tensor lerp(Tensor end, Tensor weight) {
        return Elementwise.ternary(TernaryOp.LERP, "lerp", self(), end, weight);
    }

    /** Returns this + weight (end - this): this for weight 0, end for weight 1. */
    default Tensor lerp(Tensor end, double weight) {
        return Elementwise.ternary(TernaryOp.LERP, "lerp", self(), end, weight);
    }

    /** Returns this + a b. */
    default Tensor addcmul(Tensor a, Tensor b) {
        return addcmul(a, b, 1);
    }

    /** Returns this + value a b. */
    default Tensor addcmul(Tensor a, Tensor b, double value) {
        return Elementwise.ternary(TernaryOp.ADDCMUL, "addcmul", self(), Elementwise.scaled("addcmul", a, value), b);
    }

    /** Returns this + a / b. */
    default Tensor addcdiv(Tensor a, Tensor b) {
        return addcdiv(a, b, 1);
    }

    /** Returns this + value a / b. */
    default Tensor addcdiv(Tensor a, Tensor b, double value) {
        return Elementwise.ternary(TernaryOp.ADDCDIV, "addcdiv", self(), Elementwise.scaled("addcdiv", a, value), b);
    }

    /**
     * Returns where this and other are equal, or |this - other| is at most atol + rtol |other|, as bool.
     *
     * @param equalNaN whether NaN is close to NaN
     */
    default Tensor isClose(Tensor other, double rtol, double atol, boolean equalNaN) {
        return Elementwise.isClose("isClose", self(), other, rtol, atol, equalNaN);
    }

    /** Returns {@link #isClose(Tensor, double, double, boolean)} with PyTorch's tolerances: 1e-5 relative and 1e-8 absolute. */
    default Tensor isClose(Tensor other) {
        return isClose(other, 1e-5, 1e-8, false);
    }

    /** Returns whether all elements are close: {@link #isClose(Tensor, double, double, boolean)} everywhere. */
    default boolean allClose(Tensor other, double rtol, double atol, boolean equalNaN) {
        Tensor all = Elementwise.isClose("allClose", self(), other, rtol, atol, equalNaN).all();
        return all.item() != 0;
    }

    /** Returns whether all elements are close, with PyTorch's tolerances: 1e-5 relative and 1e-8 absolute. */
    default boolean allClose(Tensor other) {
        return allClose(other, 1e-5, 1e-8, false);
    }

    /** Returns whether shapes and all elements are equal; NaN equals nothing. */
    default boolean equal(Tensor other) {
        return self().shape().equals(Checks.required("equal", "the other tensor", other).shape())
                && eq(other).all().item() != 0;
    }

    /** Returns {@code this} limited to the range from min to max. */
    @Override
    default Tensor clamp(double min, double max) {
        return Elementwise.clamp("clamp", self(), min, max);
    }

    /** Returns this with the given value where the bool mask holds. */
    default Tensor maskedFill(Tensor mask, double value) {
        return Elementwise.where("maskedFill", mask, Indexing.number("maskedFill", self(), value), self());
    }
}
