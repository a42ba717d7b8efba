package org.jacobi.tensor;

import java.lang.ref.Reference;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * The elementwise ops of {@link Tensor}: types are promoted and shapes broadcast here, once for all of them.
 *
 * <p>16-bit floating-point numbers are not converted: kernels widen them as they read them, and narrow as they write.
 */
final class Elementwise {
    private Elementwise() {
    }

    static Tensor unary(UnaryOp op, String name, Tensor x) {
        DType dtype = x.dtype();
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
        return binary(op, name, left, right, common(op, name, DType.promote(left, right)));
    }

    static Tensor binary(BinaryOp op, String name, Tensor left, double right) {
        DType common = common(op, name, DType.promote(left, right));
        if (op.isPredicate() && !common.holds(right)) {
            common = DType.I64; // 300 is 44 in eight bits: a comparison must not meet the wrapped number
        }
        return binary(op, name, left, number(op, name, right, common), common);
    }

    private static Tensor binary(BinaryOp op, String name, Tensor left, Tensor right, DType common) {
        Shape target = Shape.broadcast(name, left.shape(), right.shape());
        Tensor out = Tensor.make(name, op.isPredicate() ? DType.BOOL : common, target);
        Tensor a = operand(left, common).expandTo(target);
        Tensor b = operand(right, common).expandTo(target);
        out.backend().binary(op, out, a, b);
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
        return out;
    }

    static Tensor binary_(BinaryOp op, String name, Tensor left, Tensor right) {
        return binary_(op, name, left, right, common(op, name, DType.promote(left, right)));
    }

    static Tensor binary_(BinaryOp op, String name, Tensor left, double right) {
        DType common = common(op, name, DType.promote(left, right));
        return binary_(op, name, left, number(op, name, right, common), common);
    }

    private static Tensor binary_(BinaryOp op, String name, Tensor left, Tensor right, DType common) {
        if (common.category() > left.dtype().category()) {
            throw new IllegalArgumentException(
                    name + ": the result's type " + common + " does not fit into this tensor of " + left.dtype());
        }
        Tensor operand = operand(right, common).expandTo(left.shape());
        if (operand(left, common) == left) {
            if (operand.overlaps(left)) {
                operand = operand.copy();
            }
            left.changing(name).backend().binary(op, left, left, operand);
            Reference.reachabilityFence(operand);
            return left;
        }
        Tensor wider = binary(op, name, left, operand, common);
        left.copy_(wider);
        wider.release();
        return left;
    }

    /** Returns the type that an op computes in, from the promoted one. */
    private static DType common(BinaryOp op, String name, DType promoted) {
        if (promoted == DType.BOOL && (op == BinaryOp.SUB || op == BinaryOp.POW)) {
            throw new IllegalArgumentException(
                    name + ": is not defined for two bool tensors; convert one with to(DType.F32)");
        }
        return op == BinaryOp.DIV && !promoted.isFloating() ? DType.F32 : promoted;
    }

    /** Returns an operand as kernels take it: in the common type, or a floating-point type of at most 32 bits for another. */
    private static Tensor operand(Tensor x, DType common) {
        return isReadAsF32(x.dtype()) && isReadAsF32(common) ? x : x.to(common);
    }

    private static boolean isReadAsF32(DType type) {
        return type == DType.F32 || type.isHalf();
    }

    /** Returns a number as an operand; beside 16-bit numbers it is not rounded to 16 bits. */
    private static Tensor number(BinaryOp op, String name, double number, DType common) {
        // Sums and products of what wraps around are those of the numbers, wrapped around.
        if (!common.holds(number) && op != BinaryOp.ADD && op != BinaryOp.SUB && op != BinaryOp.MUL) {
            throw new IllegalArgumentException(name + ": the number " + number + " does not fit into type " + common
                    + "; convert the tensor with to first");
        }
        return common.holds(number) ? Tensor.scalar(number, common.isHalf() ? DType.F32 : common)
                : Tensor.scalar(number, DType.I64).to(common);
    }

    static Tensor where(Tensor condition, Tensor a, Tensor b) {
        if (condition.dtype() != DType.BOOL) {
            throw new IllegalArgumentException("where: the condition must be bool, got " + condition.dtype());
        }
        Shape target = Shape.broadcast("where", condition.shape(), Shape.broadcast("where", a.shape(), b.shape()));
        DType common = DType.promote(a, b);
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
