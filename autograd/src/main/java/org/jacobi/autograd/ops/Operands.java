package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.Supplier;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.ScanOp;

/** What several ops do with their operands: checks, optional ones, and elementwise derivatives. */
final class Operands {
    private Operands() {
    }

    /**
     * Returns an elementwise derivative times dout: by its kernel, or composed of recorded ops when the backward itself is
     * to be differentiated.
     */
    static Variable derivative(BinaryOp op, Variable dout, Variable saved, Supplier<Variable> composed) {
        if (!NoGrad.active()) {
            return composed.get();
        }
        Tensor[] operands = Batch.together(dout, saved);
        Tensor out = Tensor.make(op.name(), saved.device(), saved.dtype(), operands[1].shape());
        out.backend().binary(op, out, operands[0], operands[1]);
        Reference.reachabilityFence(operands);
        return Batch.constant(out, dout, saved);
    }

    /** Returns where an axis of complex numbers is in their tensor; the pairs of the last axis are none. */
    static int complexAxis(String op, Variable z, int axis) {
        return Batch.lead(z) == 0 ? axis : Batch.lead(z) + z.shape().without(z.rank() - 1).axis(op, axis);
    }

    /** Returns a running reduction from the last element of an axis on, of floating-point numbers. */
    static Tensor scanFromEnd(ScanOp op, Tensor x, int axis) {
        Tensor out = Tensor.make("scan", x.device(), x.dtype(), x.shape());
        out.backend().scan(op, true, out, x, axis);
        Reference.reachabilityFence(x);
        return out;
    }

    /** Returns x moved by one position along an axis, towards its end or its beginning, with a number moving in. */
    static Variable shifted(Variable x, int axis, boolean towardsEnd, double number) {
        long n = x.size(axis);
        if (n == 0) {
            return x;
        }
        Variable first =
                Variable.constant(Tensor.full(x.device(), number, x.dtype(), x.shape().with(axis, 1).toArray()));
        Variable rest = x.narrow(axis, towardsEnd ? 0 : 1, n - 1);
        return towardsEnd ? Variable.cat(axis, first, rest) : Variable.cat(axis, rest, first);
    }

    /** Returns the order of axes in which those that a reduction keeps come first, and those that it reduces last. */
    static int[] reducedLast(Shape whole, Shape kept) {
        int[] order = new int[whole.rank()];
        int at = 0;
        for (int axis = 0; axis < order.length; axis++) {
            if (kept.size(axis) == whole.size(axis)) {
                order[at++] = axis;
            }
        }
        for (int axis = 0; axis < order.length; axis++) {
            if (kept.size(axis) != whole.size(axis)) {
                order[at++] = axis;
            }
        }
        return order;
    }

    /** Returns 1 divided among the hits that have one position in the reduced shape, and 0 elsewhere. */
    static Variable shares(Variable hit, DType type, Shape kept) {
        Tensor ties = Batch.value(hit);
        for (int axis = 0; axis < hit.rank(); axis++) {
            if (kept.size(axis) != hit.size(axis)) {
                ties = ties.sum(true, Batch.axis(hit, axis));
            }
        }
        return Batch.constant(Batch.value(hit).to(type).div(ties.to(type)), hit);
    }

    /** Returns the value of an optional operand: null for null. */
    static Tensor valueOf(Variable operand) {
        return operand == null ? null : operand.value();
    }

    /** Returns an optional operand of a fused kernel: 16-bit numbers in f32, for kernels would round in between. */
    static Variable widened(Variable operand) {
        return operand == null || !operand.dtype().isHalf() ? operand : operand.to(DType.F32);
    }

    /** Returns whether a fused kernel needs its operands {@link #widened}. */
    static boolean needsWidening(Variable x) {
        return x.dtype().isHalf() && !Batch.value(x).backend().takesHalves();
    }

    /** Returns whether a fused kernel of rows along an axis needs its operands {@link #widened}. */
    static boolean needsWidening(Variable x, int axis) {
        boolean last = axis == -1 || axis == x.rank() - 1;
        return needsWidening(x) || !last && x.dtype().isHalf();
    }

    /** Returns the gradients of {@link #widened} inputs in the inputs' own types. */
    static Variable[] narrowed(Variable[] inputs, Variable... gradients) {
        Arrays.setAll(gradients, i -> gradients[i] == null ? null : gradients[i].to(inputs[i].dtype()));
        return gradients;
    }

    /** Returns the type of what a fused kernel of rows computes beside them: means, sums, losses. */
    static DType beside(DType rows) {
        return rows.isHalf() ? DType.F32 : rows;
    }

    /** Checks that x is of a floating-point type. */
    static void requireFloating(String op, Variable x) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    op + ": needs a floating-point input, got " + x.dtype() + "; convert with to(DType.F32)");
        }
    }

    /** Checks that x is of a floating-point type, and an optional other operand of the same one and on the same device. */
    static void requireType(String op, Variable x, String name, Variable other) {
        requireFloating(op, x);
        if (other == null) {
            return;
        }
        Device.same(op, Batch.value(x), Batch.value(other));
        if (other.dtype() != x.dtype()) {
            throw new IllegalArgumentException(op + ": the input is " + x.dtype() + ", " + name + " is " + other.dtype()
                    + "; convert one with to, so that both have one type");
        }
    }

    /** Checks that an optional parameter is a vector of the size of x's last axis, and of x's type. */
    static void requireVector(String op, String name, Variable vector, Variable x) {
        requireType(op, x, name, vector);
        if (x.rank() == 0 || vector != null && !vector.shape().equals(Shape.of(x.size(-1)))) {
            throw new IllegalArgumentException(op + ": x of shape " + x.shape() + " needs a " + name
                    + " of the size of its last axis, got " + (vector == null ? "a scalar x" : vector.shape()));
        }
    }
}
