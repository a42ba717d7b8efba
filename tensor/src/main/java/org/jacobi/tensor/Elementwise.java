package org.jacobi.tensor;

import java.lang.ref.Reference;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * The elementwise ops of {@link Tensor}: types are promoted and shapes broadcast here, once for all of them.
 *
 * <p>16-bit floating-point numbers are not converted: kernels widen them as they read them, and narrow as they write.
 */
final class Elementwise {
    private static final String OTHER = "the other operand";

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
        Tensor out = Tensor.make(name, x.device(), op.isPredicate() ? DType.BOOL : dtype, x.shape());
        x.backend().unary(op, out, x);
        Reference.reachabilityFence(x);
        return out;
    }

    static Tensor binary(BinaryOp op, String name, Tensor left, Tensor right) {
        Checks.required(name, OTHER, right);
        return binary(op, name, left, right, common(op, name, DType.promote(left, right)));
    }

    static Tensor binary(BinaryOp op, String name, Tensor left, double right) {
        DType common = common(op, name, DType.promote(left, right));
        if (op.isPredicate() && !common.holds(right)) {
            common = DType.I64; // 300 is 44 in eight bits: a comparison must not meet the wrapped number
        }
        return binary(op, name, left, number(op, name, right, common), common);
    }

    /** Bits: the number is exact, where a double has but 53 of them. */
    static Tensor binary(BinaryOp op, String name, Tensor left, long right) {
        DType common = common(op, name, DType.promote(left, 0));
        if (common != DType.I64 && !common.holds(right)) {
            throw doesNotFit(name, right, common);
        }
        return binary(op, name, left, Tensor.of(new long[] {right}).reshape().to(common), common);
    }

    private static Tensor binary(BinaryOp op, String name, Tensor left, Tensor right, DType common) {
        Shape target = Shape.broadcast(name, left.shape(), right.shape());
        Device device = Device.common(name, left, right);
        Tensor a = operand(left, common).expandTo(target);
        Tensor b = divisor(op, name, operand(right, common)).expandTo(target);
        Tensor out = Tensor.make(name, device, op.isPredicate() ? DType.BOOL : common, target);
        out.backend().binary(op, out, a, b);
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
        return out;
    }

    static Tensor binary_(BinaryOp op, String name, Tensor left, Tensor right) {
        Checks.required(name, OTHER, right);
        return binary_(op, name, left, right, common(op, name, DType.promote(left, right)));
    }

    static Tensor binary_(BinaryOp op, String name, Tensor left, double right) {
        DType common = common(op, name, DType.promote(left, right));
        return binary_(op, name, left, number(op, name, right, common), common);
    }

    private static Tensor binary_(BinaryOp op, String name, Tensor left, Tensor right, DType common) {
        requireFits(name, left, common);
        Device.beside(name, left, right);
        Tensor b = apart(name, left, divisor(op, name, operand(right, common)));
        if (operand(left, common) == left) {
            left.changing(name).backend().binary(op, left, left, b);
            Reference.reachabilityFence(b);
            return left;
        }
        return stored(name, left, binary(op, name, left, b, common));
    }

    static Tensor ternary(TernaryOp op, String name, Tensor a, Tensor b, Tensor c) {
        Checks.required(name, "the second operand", b);
        Checks.required(name, "the third operand", c);
        return ternary(op, name, a, b, c, common(op, name, DType.promote(a, b, c)));
    }

    static Tensor ternary(TernaryOp op, String name, Tensor a, Tensor b, Tensor c, DType common) {
        Shape target = Shape.broadcast(name, a.shape(), Shape.broadcast(name, b.shape(), c.shape()));
        Device device = Device.common(name, a, b, c);
        Tensor first = operand(a, common).expandTo(target);
        Tensor second = operand(b, common).expandTo(target);
        Tensor third = operand(c, common).expandTo(target);
        Tensor out = Tensor.make(name, device, common, target);
        out.backend().ternary(op, out, first, second, third);
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
        Reference.reachabilityFence(third);
        return out;
    }

    static Tensor ternary_(TernaryOp op, String name, Tensor a, Tensor b, Tensor c) {
        Checks.required(name, "the second operand", b);
        Checks.required(name, "the third operand", c);
        return ternary_(op, name, a, b, c, common(op, name, DType.promote(a, b, c)));
    }

    static Tensor ternary_(TernaryOp op, String name, Tensor a, Tensor b, Tensor c, DType common) {
        requireFits(name, a, common);
        Device.beside(name, a, b);
        Device.beside(name, a, c);
        Tensor second = apart(name, a, operand(b, common));
        Tensor third = apart(name, a, operand(c, common));
        if (operand(a, common) == a) {
            a.changing(name).backend().ternary(op, a, a, second, third);
            Reference.reachabilityFence(second);
            Reference.reachabilityFence(third);
            return a;
        }
        return stored(name, a, ternary(op, name, a, second, third, common));
    }

    static Tensor unary_(UnaryOp op, String name, Tensor x) {
        if (x.dtype() == DType.BOOL || !x.dtype().isFloating() && !op.keepsIntegers()) {
            throw new IllegalArgumentException(name + ": the result does not fit into this tensor of " + x.dtype());
        }
        x.changing(name).backend().unary(op, x, x);
        return x;
    }

    /** Returns an operand of a change in place in the shape of the changed tensor, and not overlapping it in another layout. */
    private static Tensor apart(String name, Tensor changed, Tensor operand) {
        Tensor expanded = Views.expandTo(name, operand, changed.shape());
        return expanded.overlaps(changed) ? expanded.copy() : expanded;
    }

    /** Stores a result of another type. */
    private static Tensor stored(String name, Tensor target, Tensor result) {
        target.changing(name).backend().copy(target, result);
        result.release();
        return target;
    }

    private static void requireFits(String name, Tensor target, DType common) {
        if (common.category() > target.dtype().category()) {
            throw new IllegalArgumentException(
                    name + ": the result's type " + common + " does not fit into this tensor of " + target.dtype());
        }
    }

    /** Returns the type that an op computes in, from the promoted one. */
    private static DType common(BinaryOp op, String name, DType promoted) {
        if (promoted == DType.BOOL && !op.takesBools()) {
            throw new IllegalArgumentException(
                    name + ": is not defined for two bool tensors; convert one with to(DType.F32)");
        }
        if (promoted.isFloating() && op.isBitwise()) {
            throw new IllegalArgumentException(
                    name + ": is defined for integers only, got numbers of " + promoted
                            + "; convert with to(DType.I64)");
        }
        return op.givesFloats() && !promoted.isFloating() ? DType.F32 : promoted;
    }

    private static DType common(TernaryOp op, String name, DType promoted) {
        if (promoted == DType.BOOL || !promoted.isFloating() && !op.keepsIntegers()) {
            throw new IllegalArgumentException(
                    name + ": is not defined for " + promoted + "; convert with to(DType.F32) first");
        }
        return promoted;
    }

    /** Returns the second operand of an op, checked: integers are not divided by 0. */
    private static Tensor divisor(BinaryOp op, String name, Tensor right) {
        if (op.dividesIntegers() && !right.dtype().isFloating()) {
            Tensor zero = right.logicalNot();
            Tensor any = zero.any();
            boolean bad = any.item() != 0;
            zero.release();
            any.release();
            if (bad) {
                throw new IllegalArgumentException(name + ": an integer is divided by zero; divide floating-point"
                        + " numbers, or replace the zeros with maskedFill first");
            }
        }
        return right;
    }

    /** Returns an operand as kernels take it: in the common type, or a floating-point type of at most 32 bits for another. */
    private static Tensor operand(Tensor x, DType common) {
        return isReadAsF32(x.dtype()) && isReadAsF32(common) ? x : x.to(common);
    }

    private static boolean isReadAsF32(DType type) {
        return type == DType.F32 || type.isHalf();
    }

    private static Tensor number(BinaryOp op, String name, double number, DType common) {
        if (!common.holds(number) && (op == BinaryOp.ADD || op == BinaryOp.SUB || op == BinaryOp.MUL)) {
            // Sums and products of what wraps around are those of the numbers, wrapped around.
            return Tensor.scalar(number, DType.I64).to(common);
        }
        return number(name, number, common);
    }

    /** Returns a number as an operand; beside 16-bit numbers it is not rounded to 16 bits. */
    static Tensor number(String name, double number, DType common) {
        if (!common.holds(number)) {
            throw doesNotFit(name, number, common);
        }
        return Tensor.scalar(number, common.isHalf() ? DType.F32 : common);
    }

    private static IllegalArgumentException doesNotFit(String name, Object number, DType common) {
        return new IllegalArgumentException(name + ": the number " + number + " does not fit into type " + common
                + "; convert the tensor with to first");
    }

    /** Returns an operand times a number, as addcmul and addcdiv take it. */
    static Tensor scaled(String name, Tensor operand, double value) {
        Checks.required(name, "the second operand", operand);
        return value == 1 ? operand : binary(BinaryOp.MUL, name, operand, value);
    }

    static Tensor ternary(TernaryOp op, String name, Tensor a, Tensor b, double c) {
        DType common = common(op, name, DType.promote(a, Checks.required(name, "the second operand", b)));
        return ternary(op, name, a, b, number(name, c, common), common);
    }

    static Tensor ternary_(TernaryOp op, String name, Tensor a, Tensor b, double c) {
        DType common = common(op, name, DType.promote(a, Checks.required(name, "the second operand", b)));
        return ternary_(op, name, a, b, number(name, c, common), common);
    }

    static Tensor bitwiseNot(Tensor x) {
        if (x.dtype().isFloating()) {
            throw new IllegalArgumentException("bitwiseNot: is defined for integers and bools only, got "
                    + x.dtype() + "; convert with to(DType.I64)");
        }
        return unary(x.dtype() == DType.BOOL ? UnaryOp.LOGICAL_NOT : UnaryOp.BITWISE_NOT, "bitwiseNot", x);
    }

    /** Returns the largest finite number of a floating-point type; 0 for integers, which have no infinities to replace. */
    static double largest(DType type) {
        return switch (type) {
            case F16 -> 65504;
            case BF16 -> 0x1.FEp127;
            case F32 -> Float.MAX_VALUE;
            case F64 -> Double.MAX_VALUE;
            default -> 0;
        };
    }

    static Tensor nanToNum(Tensor x, double nan, double posInf, double negInf) {
        if (!x.dtype().isFloating()) {
            return x.copy();
        }
        Tensor numbers = x.maskedFill(x.isNaN(), nan);
        return numbers.maskedFill(x.isPosInf(), posInf).maskedFill(x.isNegInf(), negInf);
    }

    static Tensor isClose(String op, Tensor a, Tensor b, double rtol, double atol, boolean equalNaN) {
        Shape.broadcast(op, a.shape(), Checks.required(op, OTHER, b).shape());
        if (!(rtol >= 0 && atol >= 0)) {
            throw new IllegalArgumentException(op + ": the tolerances are " + rtol + " and " + atol
                    + "; they must not be negative");
        }
        Tensor same = a.eq(b);
        if (equalNaN && a.dtype().isFloating() && b.dtype().isFloating()) {
            same = same.logicalOr(a.isNaN().logicalAnd(b.isNaN()));
        }
        DType common = DType.promote(a, b);
        DType wide = common == DType.F32 || common.isHalf() ? DType.F32 : DType.F64;
        Tensor distance = a.to(wide).sub(b.to(wide)).abs();
        Tensor near = distance.le(b.to(wide).abs().mul(rtol).add(atol));
        return same.logicalOr(near.logicalAnd(distance.isFinite()));
    }

    static Tensor clamp(String name, Tensor x, double min, double max) {
        DType common = common(TernaryOp.CLAMP, name, DType.promote(x, min, max));
        return ternary(TernaryOp.CLAMP, name, x, number(name, min, common), number(name, max, common), common);
    }

    static Tensor clamp_(Tensor x, double min, double max) {
        DType common = common(TernaryOp.CLAMP, "clamp_", DType.promote(x, min, max));
        return ternary_(TernaryOp.CLAMP, "clamp_", x, number("clamp_", min, common), number("clamp_", max, common),
                common);
    }

    static Tensor where(String name, Tensor condition, Tensor a, Tensor b) {
        Checks.mask(name, condition);
        Checks.required(name, "the first choice", a);
        Checks.required(name, "the second choice", b);
        Shape target = Shape.broadcast(name, condition.shape(), Shape.broadcast(name, a.shape(), b.shape()));
        DType common = DType.promote(a, b);
        Tensor out = Tensor.make(name, Device.common(name, condition, a, b), common, target);
        Tensor first = a.to(common).expandTo(target);
        Tensor second = b.to(common).expandTo(target);
        out.backend().where(out, condition.expandTo(target), first, second);
        Reference.reachabilityFence(condition);
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
        return out;
    }
}
