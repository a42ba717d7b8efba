package org.jacobi.autograd;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorLike;

/**
 * Questions about elements: the answers are bools or positions, constants through which no gradient passes.
 *
 * <p>What they are for is a choice that depends on the data, as in {@code Variable.where(x.gt(0), x, x.mul(0.1))}: inside
 * {@link Autograd#vmap}, where the numbers cannot be read, every example has its own.
 */
public sealed interface VariableComparisons extends TensorLike<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns where this is less than other. */
    default Variable lt(Variable other) {
        return Batch.constant(self().compared(other).lt(other.compared(self())), self(), other);
    }

    /** Returns where this is less than other. */
    default Variable lt(Tensor other) {
        return lt(Variable.constant(other));
    }

    /** Returns where this is less than other. */
    default Variable lt(double other) {
        return Batch.constant(Batch.value(self()).lt(other), self());
    }

    /** Returns where this is less than, or equal to, other. */
    default Variable le(Variable other) {
        return Batch.constant(self().compared(other).le(other.compared(self())), self(), other);
    }

    /** Returns where this is less than, or equal to, other. */
    default Variable le(Tensor other) {
        return le(Variable.constant(other));
    }

    /** Returns where this is less than, or equal to, other. */
    default Variable le(double other) {
        return Batch.constant(Batch.value(self()).le(other), self());
    }

    /** Returns where this is greater than other. */
    default Variable gt(Variable other) {
        return Batch.constant(self().compared(other).gt(other.compared(self())), self(), other);
    }

    /** Returns where this is greater than other. */
    default Variable gt(Tensor other) {
        return gt(Variable.constant(other));
    }

    /** Returns where this is greater than other. */
    default Variable gt(double other) {
        return Batch.constant(Batch.value(self()).gt(other), self());
    }

    /** Returns where this is greater than, or equal to, other. */
    default Variable ge(Variable other) {
        return Batch.constant(self().compared(other).ge(other.compared(self())), self(), other);
    }

    /** Returns where this is greater than, or equal to, other. */
    default Variable ge(Tensor other) {
        return ge(Variable.constant(other));
    }

    /** Returns where this is greater than, or equal to, other. */
    default Variable ge(double other) {
        return Batch.constant(Batch.value(self()).ge(other), self());
    }

    /** Returns where this equals other. */
    default Variable eq(Variable other) {
        return Batch.constant(self().compared(other).eq(other.compared(self())), self(), other);
    }

    /** Returns where this equals other. */
    default Variable eq(Tensor other) {
        return eq(Variable.constant(other));
    }

    /** Returns where this equals other. */
    default Variable eq(double other) {
        return Batch.constant(Batch.value(self()).eq(other), self());
    }

    /** Returns where this differs from other. */
    default Variable ne(Variable other) {
        return Batch.constant(self().compared(other).ne(other.compared(self())), self(), other);
    }

    /** Returns where this differs from other. */
    default Variable ne(Tensor other) {
        return ne(Variable.constant(other));
    }

    /** Returns where this differs from other. */
    default Variable ne(double other) {
        return Batch.constant(Batch.value(self()).ne(other), self());
    }

    /** Returns where this is NaN. */
    default Variable isNaN() {
        return Batch.constant(Batch.value(self()).isNaN(), self());
    }

    /** Returns where this is infinite. */
    default Variable isInf() {
        return Batch.constant(Batch.value(self()).isInf(), self());
    }

    /** Returns where this is neither infinite nor NaN. */
    default Variable isFinite() {
        return Batch.constant(Batch.value(self()).isFinite(), self());
    }

    /** Returns where this is 0. */
    default Variable logicalNot() {
        return Batch.constant(Batch.value(self()).logicalNot(), self());
    }

    /** Returns where both are not 0. */
    default Variable logicalAnd(Variable other) {
        return Batch.constant(self().compared(other).logicalAnd(other.compared(self())), self(), other);
    }

    /** Returns where both are not 0. */
    default Variable logicalAnd(Tensor other) {
        return logicalAnd(Variable.constant(other));
    }

    /** Returns where either is not 0. */
    default Variable logicalOr(Variable other) {
        return Batch.constant(self().compared(other).logicalOr(other.compared(self())), self(), other);
    }

    /** Returns where either is not 0. */
    default Variable logicalOr(Tensor other) {
        return logicalOr(Variable.constant(other));
    }

    /** Returns the i64 position of the first largest element along an axis; a NaN counts as the largest. */
    default Variable argmax(int axis) {
        return argmax(false, axis);
    }

    /** Returns the i64 position of the first largest element along an axis, which is kept at size 1 if asked for. */
    default Variable argmax(boolean keepAxis, int axis) {
        return Batch.constant(Batch.value(self()).argmax(keepAxis, Batch.axis(self(), axis)), self());
    }

    /** Returns the i64 position of the first smallest element along an axis; a NaN counts as the smallest. */
    default Variable argmin(int axis) {
        return argmin(false, axis);
    }

    /** Returns the i64 position of the first smallest element along an axis, which is kept at size 1 if asked for. */
    default Variable argmin(boolean keepAxis, int axis) {
        return Batch.constant(Batch.value(self()).argmin(keepAxis, Batch.axis(self(), axis)), self());
    }
}
