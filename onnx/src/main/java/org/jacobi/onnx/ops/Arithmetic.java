package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongPredicate;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Operators that combine two or more operands element by element: arithmetic, comparisons, logic, bits. */
final class Arithmetic {
    private Arithmetic() {
    }

    static void register() {
        Operators.add("Add", call -> numeric(call, Tensor::add));
        Operators.add("Sub", call -> numeric(call, Tensor::sub));
        Operators.add("Mul", call -> numeric(call, Tensor::mul));
        Operators.add("Div", Arithmetic::divide);
        Operators.add("Mod", Arithmetic::modulo);
        Operators.add("Pow", Arithmetic::power);
        Operators.add("PRelu", Arithmetic::prelu);

        Operators.add("Sum", call -> fold(call, Tensor::add));
        Operators.add("Mean", call -> Numbers.narrow(call.tensor(0).type(),
                Numbers.wide(fold(call, Tensor::add)).div(call.inputs())));
        Operators.add("Max", call -> extreme(call, Tensor::maximum, Math::max));
        Operators.add("Min", call -> extreme(call, Tensor::minimum, Math::min));

        Operators.add("Equal", Arithmetic::equal);
        Operators.add("Less", call -> compare(call, Tensor::lt));
        Operators.add("LessOrEqual", call -> compare(call, Tensor::le));
        Operators.add("Greater", call -> compare(call, Tensor::gt));
        Operators.add("GreaterOrEqual", call -> compare(call, Tensor::ge));

        Operators.add("And", call -> logical(call, Tensor::logicalAnd));
        Operators.add("Or", call -> logical(call, Tensor::logicalOr));
        Operators.add("Xor", call -> logical(call, Tensor::logicalXor));
        Operators.add("Not", call -> OnnxTensor.of(call.tensor(0).data().logicalNot()));

        Operators.add("BitwiseAnd", call -> integers(call, (a, b) -> a & b));
        Operators.add("BitwiseOr", call -> integers(call, (a, b) -> a | b));
        Operators.add("BitwiseXor", call -> integers(call, (a, b) -> a ^ b));
        Operators.add("BitwiseNot", call -> call.likeFirst(call.tensor(0).data().neg().sub(1)));
        Operators.add("BitShift", Arithmetic::shift);
    }

    /**
     * Returns the second operand, with axes of size 1 at its end where an old model asks for it: before version 7, the
     * attribute axis said which axis of the first operand the second one's first axis is aligned with.
     */
    private static OnnxTensor second(Call call) {
        OnnxTensor b = call.tensor(1);
        if (call.version() >= 7 || !call.hasAttribute("axis")) {
            return b;
        }
        int rank = call.tensor(0).rank();
        int axis = Numbers.axis(call.integer("axis"), rank);
        long[] sizes = Arrays.copyOf(b.shape().toArray(), Math.max(b.rank(), rank - axis));
        Arrays.fill(sizes, b.rank(), sizes.length, 1);
        return b.move(t -> t.reshape(sizes));
    }

    private static OnnxTensor numeric(Call call, BinaryOperator<Tensor> op) {
        return call.likeFirst(op.apply(call.numbers(0), Numbers.wide(second(call))));
    }

    private static OnnxTensor integers(Call call, LongBinaryOperator op) {
        return call.likeFirst(Numbers.zipLongs(call.tensor(0).data(), second(call).data(), op));
    }

    private static OnnxTensor divide(Call call) {
        ElementType type = call.tensor(0).type();
        if (type.isFloating()) {
            return numeric(call, Tensor::div);
        }
        requireNot(second(call), 0, "division by zero");
        return integers(call, type == ElementType.UINT64 ? Long::divideUnsigned : (a, b) -> a / b);
    }

    private static void requireNot(OnnxTensor x, long value, String what) {
        for (long element : Numbers.longs(x)) {
            if (element == value) {
                throw new IllegalArgumentException(what);
            }
        }
    }

    /** The sign of the result is the divisor's, as in Python; with fmod it is the dividend's, as in C. */
    private static OnnxTensor modulo(Call call) {
        ElementType type = call.tensor(0).type();
        boolean likeC = call.flag("fmod", false);
        if (type.isFloating()) {
            return call.likeFirst(Numbers.zip(call.numbers(0), call.numbers(1),
                    likeC ? (a, b) -> a % b : (a, b) -> {
                        double remainder = a % b;
                        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
                    }));
        }
        requireNot(call.tensor(1), 0, "modulo zero");
        return integers(call, type == ElementType.UINT64 ? Long::remainderUnsigned
                : likeC ? (a, b) -> a % b : Math::floorMod);
    }

    /** The result has the base's type, whatever the exponent's. */
    private static OnnxTensor power(Call call) {
        OnnxTensor base = call.tensor(0);
        OnnxTensor exponent = second(call);
        if (base.type().isInteger() && exponent.type().isInteger()) {
            return integers(call, Arithmetic::power);
        }
        if (base.type().isInteger() || exponent.type() == ElementType.UINT64) {
            Tensor result = Numbers.zip(base.data().to(DType.F64), Casts.toFloating(exponent, DType.F64), Math::pow);
            return base.type().isInteger() ? Casts.cast(OnnxTensor.of(result), base.type())
                    : Numbers.narrow(base.type(), result);
        }
        return numeric(call, (a, b) -> a.pow(b.dtype().isFloating() ? b : b.to(a.dtype())));
    }

    private static long power(long base, long exponent) {
        if (exponent < 0) {
            // As in numpy's integers of C: 1 / base^-exponent, cut to an integer.
            return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
        }
        long result = 1;
        for (long square = base, e = exponent; e > 0; e >>= 1, square *= square) {
            if ((e & 1) == 1) {
                result *= square;
            }
        }
        return result;
    }

    /** Before version 7 a slope of one axis is for the channels; since then it broadcasts as others do. */
    private static OnnxTensor prelu(Call call) {
        if (call.tensor(0).type().isUnsigned()) {
            return call.tensor(0); // nothing is below zero
        }
        Tensor x = call.numbers(0);
        Tensor slope = call.numbers(1);
        if (call.version() < 7 && slope.rank() == 1 && x.rank() > 1 && slope.numel() > 1) {
            long[] sizes = new long[x.rank() - 1];
            Arrays.fill(sizes, 1);
            sizes[0] = slope.numel();
            slope = slope.reshape(sizes);
        }
        return call.likeFirst(Tensor.where(x.lt(0), x.mul(slope), x));
    }

    // ---- any number of operands ------------------------------------------------------------------------------------

    private static OnnxTensor fold(Call call, BinaryOperator<Tensor> op) {
        OnnxTensor result = call.tensor(0);
        for (int i = 1; i < call.inputs(); i++) {
            result = call.likeFirst(op.apply(Numbers.wide(result), call.numbers(i)));
        }
        return result;
    }

    private static OnnxTensor extreme(Call call, BinaryOperator<Tensor> op, LongBinaryOperator ordered) {
        if (call.tensor(0).type() != ElementType.UINT64) {
            return fold(call, op);
        }
        return fold(call, (a, b) -> Numbers.zipLongs(a, b,
                (x, y) -> ordered.applyAsLong(x ^ Long.MIN_VALUE, y ^ Long.MIN_VALUE) ^ Long.MIN_VALUE));
    }

    // ---- comparisons and logic -------------------------------------------------------------------------------------

    private static OnnxTensor equal(Call call) {
        OnnxTensor a = call.tensor(0);
        OnnxTensor b = second(call);
        if (a.type() == ElementType.STRING) {
            return OnnxTensor.of(Texts.equal(a, b));
        }
        return OnnxTensor.of(Numbers.wide(a).eq(Numbers.wide(b)));
    }

    private static OnnxTensor compare(Call call, BinaryOperator<Tensor> op) {
        return OnnxTensor.of(op.apply(ordered(call.tensor(0)), ordered(second(call))));
    }

    /** Returns numbers whose order is that of the elements: uint64 moves down to where i64's order is the same. */
    static Tensor ordered(OnnxTensor x) {
        return x.type() == ElementType.UINT64 ? flipped(x.data()) : Numbers.wide(x);
    }

    /** Returns i64 numbers with their highest bit changed, which maps uint64's order to i64's, and back. */
    static Tensor flipped(Tensor x) {
        return x.add(Tensor.scalar(-0x1p63, DType.I64)); // wraps around
    }

    private static OnnxValue logical(Call call, BinaryOperator<Tensor> op) {
        return OnnxTensor.of(op.apply(call.tensor(0).data(), second(call).data()));
    }

    /** Bits that are shifted out are lost; a shift by the type's width or more leaves nothing. */
    private static OnnxTensor shift(Call call) {
        LongPredicate all = by -> by >= 64 || by < 0;
        return switch (call.text("direction")) {
            case "LEFT" -> integers(call, (a, by) -> all.test(by) ? 0 : a << by);
            case "RIGHT" -> integers(call, (a, by) -> all.test(by) ? 0 : a >>> by);
            default -> throw new IllegalArgumentException(
                    "attribute 'direction' must be LEFT or RIGHT, got " + call.text("direction"));
        };
    }
}
