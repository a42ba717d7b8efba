package org.jacobi.tensor;

import java.lang.ref.Reference;

import org.jacobi.tensor.backend.BinaryOp;

/** The ops that change a tensor in place, whose names end with an underscore. */
public sealed interface TensorInPlace permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Sets every element to a value. */
    default Tensor fill_(double value) {
        self().changing("fill_").backend().fill(self(), value);
        return self();
    }

    /** Sets every element to zero. */
    default Tensor zero_() {
        return fill_(0);
    }

    /** Copies the elements of a tensor that expands to this shape, converted to this type. */
    default Tensor copy_(Tensor source) {
        Tensor expanded = self().apart(source).expandTo(self().shape());
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

    /** Fills this with uniform numbers from {@code from} (inclusive) to {@code to} (exclusive). */
    default Tensor uniform_(double from, double to, Generator generator) {
        Reductions.floating("uniform_", self());
        self().changing("uniform_").backend().uniform(self(), generator.seed(), generator.nextCall(), from, to);
        return self();
    }

    /** Fills this with normally distributed numbers. */
    default Tensor normal_(double mean, double std, Generator generator) {
        Reductions.floating("normal_", self());
        self().changing("normal_").backend().normal(self(), generator.seed(), generator.nextCall(), mean, std);
        return self();
    }
}
