package org.jacobi.onnx.ops;

import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.graph.SmallFloats;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** From ONNX's elements to the tensors that are computed with, and back. */
final class Numbers {
    private Numbers() {
    }

    /** Returns the numbers in the type that operators of several steps compute in; see {@link #wider}. */
    static Tensor wide(OnnxTensor x) {
        return wider(x.data());
    }

    /** Returns floating-point numbers of 16 bits as f32, for what computes in several steps and is to round once. */
    static Tensor wider(Tensor x) {
        return x.dtype().isHalf() ? x.to(DType.F32) : x;
    }

    /** Returns the integers, those of uint64 as their bits. */
    static long[] longs(OnnxTensor x) {
        return x.data().toLongArray();
    }

    /** Returns numbers as elements of a type: integers wrap around, floating-point numbers round. */
    static OnnxTensor narrow(ElementType type, Tensor x) {
        return OnnxTensor.of(type, inRange(type, x).to(type.storage()));
    }

    private static Tensor inRange(ElementType type, Tensor x) {
        if (type.isSmallFloat()) {
            return map(x, v -> SmallFloats.round(type, v, true));
        }
        if (type.isInteger() && type.bits() < 8 * type.storage().bytes() && !x.dtype().isFloating()) {
            int spare = 8 - type.bits(); // those with a sign are stored in eight bits
            return type.isUnsigned() ? (x.dtype() == DType.BOOL ? x.to(type.storage()) : x).bitwiseAnd(type.largest())
                    : x.to(type.storage()).leftShift(spare).rightShift(spare);
        }
        return x;
    }

    /** Returns a function of each number, computed in double precision; the type stays if it is floating, else is f32. */
    static Tensor map(Tensor x, DoubleUnaryOperator function) {
        double[] values = x.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = function.applyAsDouble(values[i]);
        }
        return like(x.shape(), values).to(x.dtype().isFloating() ? x.dtype() : DType.F32);
    }

    /** Returns a function of two integers each, as i64; operands broadcast. */
    static Tensor zipLongs(Tensor a, Tensor b, LongBinaryOperator function) {
        Shape shape = Shape.broadcast("operands", a.shape(), b.shape());
        long[] left = a.expandTo(shape).toLongArray();
        long[] right = b.expandTo(shape).toLongArray();
        for (int i = 0; i < left.length; i++) {
            left[i] = function.applyAsLong(left[i], right[i]);
        }
        return like(shape, left);
    }

    /** Returns a tensor of the given shape. */
    static Tensor like(Shape shape, double[] values) {
        return Tensor.of(values).reshape(shape.toArray());
    }

    /** Returns a tensor of the given shape. */
    static Tensor like(Shape shape, long[] values) {
        return Tensor.of(values).reshape(shape.toArray());
    }

    /** Returns an i64 vector as a value. */
    static OnnxTensor vector(long... values) {
        return OnnxTensor.of(Tensor.of(values));
    }

    /** Returns the elements of a flat tensor at the given positions, in the given shape. */
    static Tensor pick(Tensor flat, long[] positions, Shape shape) {
        return flat.indexSelect(0, Tensor.of(positions)).reshape(shape.toArray());
    }

    /** Returns an axis counted from the front. */
    static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new IllegalArgumentException("axis " + axis + " is out of range for " + rank + " axes");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Returns axes counted from the front; all of them, in order, for null. */
    static int[] axes(long[] axes, int rank) {
        int[] out = new int[axes == null ? rank : axes.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = axes == null ? i : axis(axes[i], rank);
        }
        return out;
    }

    /** Returns a number as an int, if it is one that can be a size. */
    static int size(long value) {
        if (value < 0 || value > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("size " + value + " is negative or too large");
        }
        return (int) value;
    }

    /** Returns the product of some sizes. */
    static long product(long[] sizes, int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= sizes[i];
        }
        return product;
    }
}
