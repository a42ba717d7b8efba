package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Rounding;
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
        Operators.add("Mean", call -> call.likeFirst(fold(call, Tensor::add).data().div(call.inputs())));
        Operators.add("Max", call -> extreme(call, Tensor::maximum));
        Operators.add("Min", call -> extreme(call, Tensor::minimum));

        Operators.add("Equal", Arithmetic::equal);
        Operators.add("Less", call -> compare(call, Tensor::lt));
        Operators.add("LessOrEqual", call -> compare(call, Tensor::le));
        Operators.add("Greater", call -> compare(call, Tensor::gt));
        Operators.add("GreaterOrEqual", call -> compare(call, Tensor::ge));

        Operators.add("And", call -> logical(call, Tensor::logicalAnd));
        Operators.add("Or", call -> logical(call, Tensor::logicalOr));
        Operators.add("Xor", call -> logical(call, Tensor::logicalXor));
        Operators.add("Not", call -> OnnxTensor.of(call.tensor(0).data().logicalNot()));

        Operators.add("BitwiseAnd", call -> numeric(call, Tensor::bitwiseAnd));
        Operators.add("BitwiseOr", call -> numeric(call, Tensor::bitwiseOr));
        Operators.add("BitwiseXor", call -> numeric(call, Tensor::bitwiseXor));
        Operators.add("BitwiseNot", call -> call.likeFirst(call.tensor(0).data().bitwiseNot()));
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
        return call.likeFirst(op.apply(call.tensor(0).data(), second(call).data()));
    }

    /** Works on the bits of integers, where tensors have no op of that meaning. */
    private static OnnxTensor bits(Call call, LongBinaryOperator op) {
        return call.likeFirst(Numbers.zipLongs(call.tensor(0).data(), second(call).data(), op));
    }

    private static OnnxTensor divide(Call call) {
        return switch (call.tensor(0).type()) {
            case UINT64 -> bits(call, (a, b) -> Long.divideUnsigned(a, nonZero(b)));
            case ElementType type ->
                    numeric(call, type.isFloating() ? Tensor::div : (a, b) -> a.div(b, Rounding.TRUNC));
        };
    }

    private static long nonZero(long divisor) {
        if (divisor == 0) {
            throw new IllegalArgumentException("division by zero");
        }
        return divisor;
    }

    /** The sign of the result is the divisor's, as in Python; with fmod it is the dividend's, as in C. */
    private static OnnxTensor modulo(Call call) {
        if (call.tensor(0).type() == ElementType.UINT64) {
            return bits(call, (a, b) -> Long.remainderUnsigned(a, nonZero(b)));
        }
        return numeric(call, call.flag("fmod", false) ? Tensor::fmod : Tensor::remainder);
    }

    /** The result has the base's type, whatever the exponent's. */
    private static OnnxTensor power(Call call) {
        OnnxTensor base = call.tensor(0);
        OnnxTensor exponent = second(call);
        if (base.type().isInteger() && exponent.type().isInteger()) {
            return bits(call, Arithmetic::power);
        }
        Tensor result = Casts.toFloating(base, DType.F64).pow(Casts.toFloating(exponent, DType.F64));
        return Casts.cast(OnnxTensor.of(result), base.type());
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
        Tensor x = call.tensor(0).data();
        Tensor slope = call.tensor(1).data();
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
        Tensor result = call.tensor(0).data();
        for (OnnxTensor next : call.tensors().subList(1, call.inputs())) {
            result = op.apply(result, next.data());
        }
        return call.likeFirst(result);
    }

    private static OnnxTensor extreme(Call call, BinaryOperator<Tensor> op) {
        return fold(call, call.tensor(0).type() != ElementType.UINT64 ? op
                : (a, b) -> flipped(op.apply(flipped(a), flipped(b))));
    }

    // ---- comparisons and logic -------------------------------------------------------------------------------------

    private static OnnxTensor equal(Call call) {
        OnnxTensor a = call.tensor(0);
        OnnxTensor b = second(call);
        if (a.type() == ElementType.STRING) {
            return OnnxTensor.of(Texts.equal(a, b));
        }
        return OnnxTensor.of(a.data().eq(b.data()));
    }

    private static OnnxTensor compare(Call call, BinaryOperator<Tensor> op) {
        return OnnxTensor.of(op.apply(ordered(call.tensor(0)), ordered(second(call))));
    }

    /** Returns numbers whose order is that of the elements: uint64 moves down to where i64's order is the same. */
    static Tensor ordered(OnnxTensor x) {
        return x.type() == ElementType.UINT64 ? flipped(x.data()) : x.data();
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
        return switch (call.text("direction")) {
            case "LEFT" -> numeric(call, Tensor::leftShift);
            case "RIGHT" -> call.tensor(0).type() == ElementType.UINT64
                    ? bits(call, (a, by) -> by < 0 || by > 63 ? 0 : a >>> by)
                    : numeric(call, Tensor::rightShift);
            default -> throw new IllegalArgumentException(
                    "attribute 'direction' must be LEFT or RIGHT, got " + call.text("direction"));
        };
    }
}
