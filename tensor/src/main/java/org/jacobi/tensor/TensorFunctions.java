package org.jacobi.tensor;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.SpecialFunctions;
import org.jacobi.tensor.backend.UnaryOp;

/** Functions of calculus, of one operand and element by element; integers are computed in f32. */
public sealed interface TensorFunctions permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Returns the tangent, of radians. */
    default Tensor tan() {
        return Elementwise.unary(UnaryOp.TAN, "tan", self());
    }

    /** Returns the angle from -pi/2 to pi/2 whose sine this is; NaN beyond -1 and 1. */
    default Tensor asin() {
        return Elementwise.unary(UnaryOp.ASIN, "asin", self());
    }

    /** Returns the angle from 0 to pi whose cosine this is; NaN beyond -1 and 1. */
    default Tensor acos() {
        return Elementwise.unary(UnaryOp.ACOS, "acos", self());
    }

    /** Returns the angle from -pi/2 to pi/2 whose tangent this is. */
    default Tensor atan() {
        return Elementwise.unary(UnaryOp.ATAN, "atan", self());
    }

    /** Returns the hyperbolic sine. */
    default Tensor sinh() {
        return Elementwise.unary(UnaryOp.SINH, "sinh", self());
    }

    /** Returns the hyperbolic cosine. */
    default Tensor cosh() {
        return Elementwise.unary(UnaryOp.COSH, "cosh", self());
    }

    /** Returns the inverse of sinh. */
    default Tensor asinh() {
        return Elementwise.unary(UnaryOp.ASINH, "asinh", self());
    }

    /** Returns the inverse of cosh, which is not negative; NaN below 1. */
    default Tensor acosh() {
        return Elementwise.unary(UnaryOp.ACOSH, "acosh", self());
    }

    /** Returns the inverse of tanh; infinite at -1 and 1, NaN beyond. */
    default Tensor atanh() {
        return Elementwise.unary(UnaryOp.ATANH, "atanh", self());
    }

    /** Returns the logarithm to base 2. */
    default Tensor log2() {
        return Elementwise.unary(UnaryOp.LOG2, "log2", self());
    }

    /** Returns the logarithm to base 10. */
    default Tensor log10() {
        return Elementwise.unary(UnaryOp.LOG10, "log10", self());
    }

    /** Returns log(1 + this), with all digits near 0. */
    default Tensor log1p() {
        return Elementwise.unary(UnaryOp.LOG1P, "log1p", self());
    }

    /** Returns e to the power of this, minus 1, with all digits near 0. */
    default Tensor expm1() {
        return Elementwise.unary(UnaryOp.EXPM1, "expm1", self());
    }

    /** Returns 2 to the power of this. */
    default Tensor exp2() {
        return Elementwise.unary(UnaryOp.EXP2, "exp2", self());
    }

    /** Returns 1 - erf(this), with all digits where erf is almost 1. */
    default Tensor erfc() {
        return Elementwise.unary(UnaryOp.ERFC, "erfc", self());
    }

    /** Returns the inverse of erf; infinite at -1 and 1, NaN beyond. */
    default Tensor erfinv() {
        return Elementwise.unary(UnaryOp.ERFINV, "erfinv", self());
    }

    /** Returns log |Gamma(this)|. */
    default Tensor lgamma() {
        return Elementwise.unary(UnaryOp.LGAMMA, "lgamma", self());
    }

    /** Returns the derivative of {@link #lgamma}. */
    default Tensor digamma() {
        return Elementwise.unary(UnaryOp.DIGAMMA, "digamma", self());
    }

    /**
     * Returns the order-th derivative of {@link #digamma}, which is the derivative of order 0.
     *
     * @param order from 0 to 170
     */
    default Tensor polygamma(int order) {
        if (order < 0 || order > SpecialFunctions.LARGEST_FACTORIAL) {
            throw new IllegalArgumentException("polygamma: the order is " + order + "; it must lie in 0 to "
                    + SpecialFunctions.LARGEST_FACTORIAL);
        }
        return order == 0 ? digamma() : Elementwise.binary(BinaryOp.POLYGAMMA, "polygamma", self(), order);
    }

    /** Returns the integer next to this towards 0. */
    default Tensor trunc() {
        return Elementwise.unary(UnaryOp.TRUNC, "trunc", self());
    }

    /** Returns this without its integer part: this - trunc(this). */
    default Tensor frac() {
        return Elementwise.unary(UnaryOp.FRAC, "frac", self());
    }

    /** Returns where this is infinite, as bool. */
    default Tensor isInf() {
        return Elementwise.unary(UnaryOp.IS_INF, "isInf", self());
    }

    /** Returns where this is neither infinite nor NaN, as bool. */
    default Tensor isFinite() {
        return Elementwise.unary(UnaryOp.IS_FINITE, "isFinite", self());
    }

    /** Returns where this is positively infinite, as bool. */
    default Tensor isPosInf() {
        return Elementwise.unary(UnaryOp.IS_POS_INF, "isPosInf", self());
    }

    /** Returns where this is negatively infinite, as bool. */
    default Tensor isNegInf() {
        return Elementwise.unary(UnaryOp.IS_NEG_INF, "isNegInf", self());
    }

    /** Returns where the sign bit is set, as bool: at negative numbers and -0. */
    default Tensor signbit() {
        return Elementwise.unary(UnaryOp.SIGNBIT, "signbit", self());
    }

    /** Returns this with 0 for NaN, and the largest finite numbers of the type for the infinities. */
    default Tensor nanToNum() {
        double max = Elementwise.largest(self().dtype());
        return nanToNum(0, max, -max);
    }

    /** Returns this with the given numbers in place of NaN and the two infinities. */
    default Tensor nanToNum(double nan, double posInf, double negInf) {
        return Elementwise.nanToNum(self(), nan, posInf, negInf);
    }
}
