package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** What losses refuse. */
final class LossChecks {
    private LossChecks() {
    }

    /** Checks that a target has the prediction's shape. */
    static void sameShape(String op, Variable prediction, Variable target) {
        if (target == null) {
            throw new IllegalArgumentException(op + ": the target is null");
        }
        if (!prediction.shape().equals(target.shape())) {
            throw new IllegalArgumentException(op + ": the shapes of prediction " + prediction.shape() + " and target "
                    + target.shape() + " differ; they must be equal");
        }
    }

    /** Checks that both are vectors, along their last axis, of one shape. */
    static void vectors(String op, Variable prediction, Variable target) {
        sameShape(op, prediction, target);
        if (prediction.rank() == 0) {
            throw new IllegalArgumentException(op + ": needs vectors, along the last axis, got shape ()");
        }
    }

    /** Checks that factors, unless they are null, broadcast to a shape. */
    static void factors(String op, String name, Tensor factors, Shape shape) {
        if (factors != null && !Shape.broadcast(op, factors.shape(), shape).equals(shape)) {
            throw new IllegalArgumentException(
                    op + ": the " + name + " of shape " + factors.shape() + " does not broadcast to " + shape);
        }
    }

    /** Checks that x is of a floating-point type. */
    static void floating(String op, Variable x) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    op + ": needs a floating-point input, got " + x.dtype() + "; convert with to(DType.F32)");
        }
    }

    /** Checks that all numbers lie in 0 to 1; says which one does not. */
    static void shares(String op, String name, Variable x) {
        try (var _ = TensorScope.open()) {
            Tensor values = Batch.value(x);
            if (values.numel() == 0 || values.amin().item() >= 0 && values.amax().item() <= 1) {
                return;
            }
            Tensor wrong = values.ge(0).logicalAnd(values.le(1)).logicalNot();
            long at = wrong.reshape(-1).to(DType.I64).argmax(0).getLong();
            throw new IllegalArgumentException(op + ": the " + name + " at " + position(values.shape(), at) + " is "
                    + values.reshape(-1).getDouble(at) + "; it must be a probability, in 0 to 1");
        }
    }

    /** Checks that weights, unless they are null, are one number for each class. */
    static void weights(String op, Tensor weight, long classes) {
        if (weight != null && !weight.shape().equals(Shape.of(classes))) {
            throw new IllegalArgumentException(op + ": " + classes + " classes need weights of shape (" + classes
                    + "), got " + weight.shape());
        }
    }

    /** Checks a setting that must not be negative. */
    static void notNegative(String op, String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    op + ": " + name + " is " + value + "; it must be finite and not negative");
        }
    }

    private static String position(Shape shape, long flat) {
        long[] position = new long[shape.rank()];
        for (int axis = position.length - 1; axis >= 0; axis--) {
            position[axis] = flat % shape.size(axis);
            flat /= shape.size(axis);
        }
        return Arrays.toString(position);
    }
}
