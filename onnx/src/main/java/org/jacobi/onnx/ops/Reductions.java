package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators that work along axes: sums and extremes, their positions, running sums, the largest k, softmax. */
final class Reductions {
    private Reductions() {
    }

    /** Reduces some axes, of which there is at least one, to size 1. */
    private interface Reducer {
        Tensor reduce(Tensor x, int[] axes);
    }

    /** What a reduction of integers computes in. */
    private enum Numerals {
        /** Integers that wrap around. */
        WRAPPING,
        /** Numbers in the order of the elements, uint64 included. */
        ORDERED,
        /** Double precision. */
        FLOATING
    }

    static void register() {
        // Axes became an input in version 13 for ReduceSum, in version 18 for the others.
        add("ReduceSum", 13, 0, Numerals.WRAPPING, (x, axes) -> x.sum(true, axes));
        add("ReduceMean", 18, Double.NaN, Numerals.FLOATING, (x, axes) -> x.mean(true, axes));
        add("ReduceProd", 18, 1, Numerals.WRAPPING, (x, axes) -> x.prod(true, axes));
        add("ReduceMax", 18, Double.NEGATIVE_INFINITY, Numerals.ORDERED, (x, axes) -> x.amax(true, axes));
        add("ReduceMin", 18, Double.POSITIVE_INFINITY, Numerals.ORDERED, (x, axes) -> x.amin(true, axes));
        add("ReduceL1", 18, 0, Numerals.FLOATING, (x, axes) -> x.norm(1, true, axes));
        add("ReduceL2", 18, 0, Numerals.FLOATING, (x, axes) -> x.norm(2, true, axes));
        add("ReduceSumSquare", 18, 0, Numerals.WRAPPING, (x, axes) -> x.square().sum(true, axes));
        add("ReduceLogSum", 18, Double.NEGATIVE_INFINITY, Numerals.FLOATING, (x, axes) -> x.sum(true, axes).log());
        add("ReduceLogSumExp", 18, Double.NEGATIVE_INFINITY, Numerals.FLOATING,
                (x, axes) -> x.logsumexp(true, axes));

        Operators.add("ArgMax", call -> argument(call, true));
        Operators.add("ArgMin", call -> argument(call, false));
        Operators.add("CumSum", call -> accumulate(call, false));
        Operators.add("CumProd", call -> accumulate(call, true));
        Operators.addMany("TopK", Reductions::topK);
        Operators.add("Softmax", 1, call -> flattened(call, Reductions::softmax));
        Operators.add("Softmax", 13, call -> alongAxis(call, Reductions::softmax));
        Operators.add("LogSoftmax", 1, call -> flattened(call, (x, axis) -> x.logSoftmax(axis)));
        Operators.add("LogSoftmax", 13, call -> alongAxis(call, (x, axis) -> x.logSoftmax(axis)));
        Operators.add("Hardmax", 1, call -> flattened(call, Reductions::hardmax));
        Operators.add("Hardmax", 13, call -> alongAxis(call, Reductions::hardmax));
    }

    // ---- reductions ------------------------------------------------------------------------------------------------

    private static void add(String name, long axesAsInputSince, double ofNothing, Numerals numerals, Reducer reducer) {
        Operators.add(name, call -> {
            long[] given = call.version() < axesAsInputSince ? call.integers("axes")
                    : call.has(1) ? call.integersOf(1) : null;
            return reduce(call, given, ofNothing, numerals, reducer);
        });
    }

    private static OnnxTensor reduce(Call call, long[] given, double ofNothing, Numerals numerals, Reducer reducer) {
        ElementType type = call.tensor(0).type();
        Tensor x = operand(call.tensor(0), numerals);
        boolean all = given == null || given.length == 0;
        Tensor result;
        if (x.rank() == 0 || all && call.flag("noop_with_empty_axes", false)) {
            // Each element is reduced by itself: the square of ReduceSumSquare is still taken.
            result = reducer.reduce(x.unsqueeze(-1), new int[] {x.rank()}).reshape(x.shape().toArray());
        } else {
            int[] axes = Numbers.axes(all ? null : given, x.rank());
            Shape kept = x.shape().reduced("reduce", axes);
            long[] sizes = call.flag("keepdims", true) ? kept.toArray()
                    : IntStream.range(0, x.rank())
                            .filter(i -> Arrays.stream(axes).noneMatch(axis -> axis == i))
                            .mapToLong(x::size)
                            .toArray();
            if (x.numel() == 0 && kept.numel() > 0) {
                return ofNothing(type, ofNothing, Shape.of(sizes));
            }
            result = reducer.reduce(x, axes).reshape(sizes);
        }
        if (type == ElementType.UINT64 && numerals == Numerals.ORDERED) {
            return OnnxTensor.of(type, Arithmetic.flipped(result));
        }
        return result.dtype().isFloating() ? Casts.cast(OnnxTensor.of(result), type) : Numbers.narrow(type, result);
    }

    private static Tensor operand(OnnxTensor x, Numerals numerals) {
        if (x.type().isFloating()) {
            return Numbers.wide(x);
        }
        return switch (numerals) {
            case WRAPPING -> x.data();
            case ORDERED -> x.type() == ElementType.BOOL ? x.data().to(DType.I32) : Arithmetic.ordered(x);
            case FLOATING -> Casts.toFloating(x, DType.F64);
        };
    }

    /** The largest of no numbers is the smallest number that the type has, and the other way round. */
    private static OnnxTensor ofNothing(ElementType type, double value, Shape shape) {
        if (type == ElementType.BOOL) {
            return OnnxTensor.of(Tensor.full(value > 0 ? 1 : 0, DType.BOOL, shape.toArray()));
        }
        if (type.isInteger() && !Double.isFinite(value)) {
            long extreme = value > 0 ? type.largest() : type.smallest();
            long[] all = new long[(int) shape.numel()];
            Arrays.fill(all, extreme);
            return OnnxTensor.of(type, Numbers.like(shape, all).to(type.storage()));
        }
        return OnnxTensor.of(type, Tensor.full(value, type.storage(), shape.toArray()));
    }

    // ---- positions -------------------------------------------------------------------------------------------------

    private static OnnxTensor argument(Call call, boolean largest) {
        Tensor x = Arithmetic.ordered(call.tensor(0));
        int axis = Numbers.axis(call.integer("axis", 0), x.rank());
        boolean last = call.flag("select_last_index", false);
        Tensor source = last ? x.flip(axis) : x;
        Tensor position = largest ? source.argmax(axis) : source.argmin(axis);
        if (last) {
            position = position.neg().add(x.size(axis) - 1);
        }
        return OnnxTensor.of(call.flag("keepdims", true) ? position.unsqueeze(axis) : position);
    }

    private static List<OnnxValue> topK(Call call) {
        OnnxTensor x = call.tensor(0);
        int axis = Numbers.axis(call.integer("axis", -1), x.rank());
        long k = call.version() < 10 ? call.integer("k") : call.integerOf(1);
        Tensor positions = Arithmetic.ordered(x).topk(k, axis, call.flag("largest", true)).indices();
        return List.of(x.move(t -> t.gather(axis, positions)), OnnxTensor.of(positions));
    }

    // ---- running sums ----------------------------------------------------------------------------------------------

    private static OnnxTensor accumulate(Call call, boolean product) {
        Tensor x = call.tensor(0).data();
        int axis = Numbers.axis(call.integerOf(1), x.rank());
        boolean reverse = call.flag("reverse", false);
        Tensor source = reverse ? x.flip(axis) : x;
        if (call.flag("exclusive", false) && x.size(axis) > 0) {
            // Each position gets what was there before it.
            Tensor neutral = Tensor.full(product ? 1 : 0, x.dtype(), x.shape().with(axis, 1).toArray());
            source = Tensor.cat(axis, neutral, source.narrow(axis, 0, x.size(axis) - 1));
        }
        Tensor sums = product ? source.cumprod(axis) : source.cumsum(axis);
        return call.likeFirst(reverse ? sums.flip(axis) : sums);
    }

    // ---- softmax ---------------------------------------------------------------------------------------------------

    private interface AlongAxis {
        Tensor apply(Tensor x, int axis);
    }

    private static OnnxTensor alongAxis(Call call, AlongAxis function) {
        Tensor x = call.numbers(0);
        return call.likeFirst(function.apply(x, Numbers.axis(call.integer("axis", -1), x.rank())));
    }

    /** Before version 13, all axes from the given one on were taken as one. */
    private static OnnxTensor flattened(Call call, AlongAxis function) {
        Tensor x = call.numbers(0);
        int axis = (int) call.integer("axis", 1);
        long[] sizes = x.shape().toArray();
        long rows = Numbers.product(sizes, 0, axis < 0 ? axis + x.rank() : axis);
        Tensor flat = x.reshape(rows, Numbers.product(sizes, axis < 0 ? axis + x.rank() : axis, sizes.length));
        return call.likeFirst(function.apply(flat, 1).reshape(sizes));
    }

    private static Tensor softmax(Tensor x, int axis) {
        return x.softmax(axis);
    }

    /** One where the first largest element is, else zero. */
    private static Tensor hardmax(Tensor x, int axis) {
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[axis] = x.size(axis);
        return x.argmax(axis).unsqueeze(axis).eq(Tensor.arange(x.size(axis)).reshape(sizes)).to(x.dtype());
    }
}
