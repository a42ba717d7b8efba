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

/** Operators that make one number of each window: its largest, its mean, its norm. */
final class Pools {
    private Pools() {
    }

    static void register() {
        Operators.addMany("MaxPool", Pools::max);
        Operators.add("AveragePool", Pools::average);
        Operators.add("LpPool", Pools::norm);
        Operators.add("MaxUnpool", Pools::unpool);
        Operators.add("GlobalMaxPool", call -> call.likeFirst(call.numbers(0).amax(true, spatialAxes(call))));
        Operators.add("GlobalAveragePool", call -> call.likeFirst(call.numbers(0).mean(true, spatialAxes(call))));
        Operators.add("GlobalLpPool", call -> {
            double p = order(call);
            return call.likeFirst(call.numbers(0).abs().pow(p).sum(true, spatialAxes(call)).pow(1 / p));
        });
    }

    private static int[] spatialAxes(Call call) {
        return IntStream.range(2, call.tensor(0).rank()).toArray();
    }

    /** The order of a norm was a float in the first version and is an integer since. */
    private static double order(Call call) {
        return call.version() < 2 ? call.real("p", 2) : call.integer("p", 2);
    }

    private static Windows windows(Call call, Tensor x) {
        return Windows.of(call, Windows.spatial(x), call.integers("kernel_shape"), call.flag("ceil_mode", false));
    }

    private static List<OnnxValue> max(Call call) {
        ElementType type = call.tensor(0).type();
        Tensor x = call.numbers(0);
        Windows windows = windows(call, x);
        Tensor unfolded = windows.unfold(x, type.isInteger() ? type.smallest() : Double.NEGATIVE_INFINITY);
        long[] sizes = Windows.outputShape(x.size(0), x.size(1), windows.output());
        OnnxTensor largest = call.likeFirst(unfolded.amax(2).reshape(sizes));
        if (!call.wants(1)) {
            return List.of(largest);
        }
        long[] places = unfolded.argmax(2).toLongArray();
        long count = windows.count();
        boolean columnMajor = call.integer("storage_order", 0) == 1;
        for (int i = 0; i < places.length; i++) {
            long position = windows.position(places[i], i % count);
            for (long place = 0; position < 0 && place < windows.places(); place++) {
                position = windows.position(place, i % count); // all are as small as the padding: the first that is none
            }
            places[i] = i / count * windows.elements()
                    + (columnMajor ? columnMajor(position, windows.input()) : position);
        }
        return List.of(largest, OnnxTensor.of(Tensor.of(places).reshape(sizes)));
    }

    private static long columnMajor(long position, long[] sizes) {
        long[] coordinates = new long[sizes.length];
        for (int i = sizes.length - 1; i >= 0; i--) {
            coordinates[i] = position % sizes[i];
            position /= sizes[i];
        }
        long out = 0;
        for (int i = sizes.length - 1; i >= 0; i--) {
            out = out * sizes[i] + coordinates[i];
        }
        return out;
    }

    private static OnnxTensor average(Call call) {
        Tensor x = call.numbers(0);
        Windows windows = windows(call, x);
        Tensor counts = Tensor.of(windows.covered(call.flag("count_include_pad", false))).to(x.dtype());
        long[] sizes = Windows.outputShape(x.size(0), x.size(1), windows.output());
        return call.likeFirst(windows.unfold(x, 0).sum(2).div(counts).reshape(sizes));
    }

    private static OnnxTensor norm(Call call) {
        Tensor x = call.numbers(0);
        double p = order(call);
        Windows windows = windows(call, x);
        long[] sizes = Windows.outputShape(x.size(0), x.size(1), windows.output());
        return call.likeFirst(windows.unfold(x, 0).abs().pow(p).sum(2).pow(1 / p).reshape(sizes));
    }

    /** Puts numbers where they came from; a larger output than they came from has zeros after them. */
    private static OnnxTensor unpool(Call call) {
        OnnxTensor x = call.tensor(0);
        long[] kernel = call.integers("kernel_shape");
        int axes = kernel.length;
        long[] strides = Windows.orOnes(call.integers("strides"), axes);
        long[] pads = call.hasAttribute("pads") ? call.integers("pads") : new long[2 * axes];
        long[] sizes = x.shape().toArray();
        for (int i = 0; i < axes; i++) {
            sizes[2 + i] = (sizes[2 + i] - 1) * strides[i] + kernel[i] - pads[i] - pads[axes + i];
        }
        Shape inferred = Shape.of(sizes);
        Tensor index = call.tensor(1).data().to(DType.I64).reshape(x.numel());
        index.requireIndex("MaxUnpool", inferred.numel());
        Tensor flat = Tensor.zeros(x.data().dtype().isHalf() ? DType.F32 : x.data().dtype(), inferred.numel());
        Tensor out = flat.scatterAdd_(0, index, Numbers.wide(x).reshape(x.numel()).contiguous()).reshape(sizes);
        if (!call.has(2)) {
            return call.likeFirst(out);
        }
        long[] wanted = call.integersOf(2);
        long[] after = new long[wanted.length];
        Arrays.setAll(after, i -> wanted[i] - sizes[i]);
        OnnxTensor placed = call.likeFirst(out);
        return Shapes.padConstant(placed, OnnxTensor.of(x.type(), Tensor.zeros(x.type().storage(), 1)),
                new long[wanted.length], after);
    }
}
