package org.jacobi.tensor;

import java.lang.ref.Reference;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** The elementwise ops of {@link Tensor}: types are promoted and shapes broadcast here, once for all of them. */
final class Elementwise {
    private Elementwise() {
    }

    static Tensor unary(UnaryOp op, String name, Tensor x) {
        DType dtype = x.dtype();
        dtype.requireArithmetic(name);
        if (!dtype.isFloating() && !op.isPredicate() && !op.keepsIntegers()) {
            return unary(op, name, x.to(DType.F32));
        }
        if (dtype == DType.BOOL && !op.isPredicate()) {
            throw new IllegalArgumentException(name + ": is not defined for bool; convert with to(DType.F32) first");
        }
        Tensor out = Tensor.make(name, op.isPredicate() ? DType.BOOL : dtype, x.shape());
        x.backend().unary(op, out, x);
        Reference.reachabilityFence(x);
        return out;
    }

    static Tensor binary(BinaryOp op, String name, Tensor left, Tensor right) {
        DType common = DType.promote(left.dtype(), right.dtype());
        if (op == BinaryOp.DIV && !common.isFloating()) {
            common = DType.F32;
        }
        requireNumbers(op, name, common);
        Shape target = Shape.broadcast(name, left.shape(), right.shape());
        Tensor out = Tensor.make(name, op.isPredicate() ? DType.BOOL : common, target);
        Tensor a = left.to(common).expandTo(target);
        Tensor b = right.to(common).expandTo(target);
        out.backend().binary(op, out, a, b);
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
        return out;
    }

    /** Returns a number as an operand: in the tensor's type if it fits there, else in the next type that holds it. */
    static Tensor constant(Tensor left, double number) {
        DType type = left.dtype();
        if (type == DType.BOOL || !type.holds(number)) {
            type = DType.I64.holds(number) ? DType.I64 : DType.F32;
        }
        return Tensor.scalar(number, type);
    }

    private static void requireNumbers(BinaryOp op, String name, DType type) {
        type.requireArithmetic(name);
        if (type == DType.BOOL && (op == BinaryOp.SUB || op == BinaryOp.POW)) {
            throw new IllegalArgumentException(
                    name + ": is not defined for two bool tensors; convert one with to(DType.F32)");
        }
    }

    static Tensor binary_(BinaryOp op, String name, Tensor left, Tensor right) {
        DType dtype = left.dtype();
        if (DType.promote(dtype, right.dtype()) != dtype) {
            throw new IllegalArgumentException(name + ": the result's type " + DType.promote(dtype, right.dtype())
                    + " does not fit into this tensor of " + dtype);
        }
        if (op == BinaryOp.DIV && !dtype.isFloating()) {
            throw new IllegalArgumentException(
                    name + ": the result's type F32 does not fit into this tensor of " + dtype);
        }
        requireNumbers(op, name, dtype);
        Tensor operand = right.to(dtype).expandTo(left.shape());
        if (operand.overlaps(left)) {
            operand = operand.copy();
        }
        left.changing(name).backend().binary(op, left, left, operand);
        Reference.reachabilityFence(operand);
        return left;
    }

    static Tensor where(Tensor condition, Tensor a, Tensor b) {
        if (condition.dtype() != DType.BOOL) {
            throw new IllegalArgumentException("where: the condition must be bool, got " + condition.dtype());
        }
        Shape target = Shape.broadcast("where", condition.shape(), Shape.broadcast("where", a.shape(), b.shape()));
        DType common = DType.promote(a.dtype(), b.dtype());
        Tensor out = Tensor.make("where", common, target);
        Tensor first = a.to(common).expandTo(target);
        Tensor second = b.to(common).expandTo(target);
        out.backend().where(out, condition.expandTo(target), first, second);
        Reference.reachabilityFence(condition);
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
        return out;
    }
}
