package org.jacobi.tensor;

import java.lang.ref.Reference;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** The ops that change a tensor in place, whose names end with an underscore. */
public sealed interface TensorInPlace permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Sets every element to a value, whose fraction integer types cut off. */
    default Tensor fill_(double value) {
        double number = Checks.inRange("fill_", value, self().dtype());
        self().changing("fill_").backend().fill(self(), number);
        return self();
    }

    /** Sets every element to zero. */
    default Tensor zero_() {
        self().changing("zero_").backend().fill(self(), 0);
        return self();
    }

    /** Copies the elements of a tensor of any device that expands to this shape, converted to this type. */
    default Tensor copy_(Tensor source) {
        Checks.required("copy_", "the source", source);
        Tensor expanded = Views.expandTo("copy_", self().apart(source).to(self().device()), self().shape());
        self().changing("copy_").backend().copy(self(), expanded);
        Reference.reachabilityFence(expanded);
        return self();
    }

    /** Adds other to this. */
    default Tensor add_(Tensor other) {
        return Elementwise.binary_(BinaryOp.ADD, "add_", self(), other);
    }

    /** Subtracts other from this. */
    default Tensor sub_(Tensor other) {
        return Elementwise.binary_(BinaryOp.SUB, "sub_", self(), other);
    }

    /** Multiplies this with other. */
    default Tensor mul_(Tensor other) {
        return Elementwise.binary_(BinaryOp.MUL, "mul_", self(), other);
    }

    /** Multiplies this with a number. */
    default Tensor mul_(double other) {
        return Elementwise.binary_(BinaryOp.MUL, "mul_", self(), other);
    }

    /** Divides this by other. */
    default Tensor div_(Tensor other) {
        return Elementwise.binary_(BinaryOp.DIV, "div_", self(), other);
    }

    /** Adds a number to this. */
    default Tensor add_(double other) {
        return Elementwise.binary_(BinaryOp.ADD, "add_", self(), other);
    }

    /** Subtracts a number from this. */
    default Tensor sub_(double other) {
        return Elementwise.binary_(BinaryOp.SUB, "sub_", self(), other);
    }

    /** Divides this by a number. */
    default Tensor div_(double other) {
        return Elementwise.binary_(BinaryOp.DIV, "div_", self(), other);
    }

    /** Raises this to the power of other. */
    default Tensor pow_(Tensor other) {
        return Elementwise.binary_(BinaryOp.POW, "pow_", self(), other);
    }

    /** Raises this to the power of a number. */
    default Tensor pow_(double other) {
        return Elementwise.binary_(BinaryOp.POW, "pow_", self(), other);
    }

    /** Makes this its negative. */
    default Tensor neg_() {
        return Elementwise.unary_(UnaryOp.NEG, "neg_", self());
    }

    /** Takes the square root of this. */
    default Tensor sqrt_() {
        return Elementwise.unary_(UnaryOp.SQRT, "sqrt_", self());
    }

    /** Takes e to the power of this. */
    default Tensor exp_() {
        return Elementwise.unary_(UnaryOp.EXP, "exp_", self());
    }

    /** Limits this to the range from min to max. */
    default Tensor clamp_(double min, double max) {
        return Elementwise.clamp_(self(), min, max);
    }

    /** Limits this to the range from min to max; max where min exceeds it. */
    default Tensor clamp_(Tensor min, Tensor max) {
        return Elementwise.ternary_(TernaryOp.CLAMP, "clamp_", self(), min, max);
    }

    /** Sets this to a value where the bool mask holds. */
    default Tensor maskedFill_(Tensor mask, double value) {
        Checks.mask("maskedFill_", mask);
        Tensor number = Indexing.number("maskedFill_", self(), value);
        self().changing("maskedFill_");
        return copy_(Elementwise.where("maskedFill_", Views.expandTo("maskedFill_", mask, self().shape()), number,
                self()));
    }

    /** Moves this towards end: adds weight (end - this). */
    default Tensor lerp_(Tensor end, double weight) {
        return Elementwise.ternary_(TernaryOp.LERP, "lerp_", self(), end, weight);
    }

    /** Moves this towards end: adds weight (end - this). */
    default Tensor lerp_(Tensor end, Tensor weight) {
        return Elementwise.ternary_(TernaryOp.LERP, "lerp_", self(), end, weight);
    }

    /** Adds value a b to this. */
    default Tensor addcmul_(Tensor a, Tensor b, double value) {
        return Elementwise.ternary_(TernaryOp.ADDCMUL, "addcmul_", self(), Elementwise.scaled("addcmul_", a, value), b);
    }

    /** Adds value a / b to this. */
    default Tensor addcdiv_(Tensor a, Tensor b, double value) {
        return Elementwise.ternary_(TernaryOp.ADDCDIV, "addcdiv_", self(), Elementwise.scaled("addcdiv_", a, value), b);
    }

    /** Fills this with uniform numbers from {@code from} (inclusive) to {@code to} (exclusive). */
    default Tensor uniform_(double from, double to, Generator generator) {
        Reductions.floating("uniform_", self());
        Checks.required("uniform_", "the generator", generator);
        if (!(from <= to)) {
            throw new IllegalArgumentException("uniform_: the range from " + from + " to " + to
                    + " is empty; from must not exceed to");
        }
        self().changing("uniform_").backend().uniform(self(), generator.seed(), generator.nextCall(), from, to);
        return self();
    }

    /** Fills this with normally distributed numbers. */
    default Tensor normal_(double mean, double std, Generator generator) {
        Reductions.floating("normal_", self());
        Checks.required("normal_", "the generator", generator);
        if (!(std >= 0)) {
            throw new IllegalArgumentException("normal_: the standard deviation is " + std
                    + "; it must not be negative");
        }
        self().changing("normal_").backend().normal(self(), generator.seed(), generator.nextCall(), mean, std);
        return self();
    }
}
