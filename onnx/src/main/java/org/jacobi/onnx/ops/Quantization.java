package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.List;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.onnx.graph.SmallFloats;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Operators between real numbers and the small ones that stand for them by a scale and a zero point. */
final class Quantization {
    private Quantization() {
    }

    static void register() {
        Operators.add("QuantizeLinear", Quantization::quantize);
        Operators.add("DequantizeLinear", Quantization::dequantize);
        Operators.addMany("DynamicQuantizeLinear", Quantization::quantizeByRange);
        Operators.add("QLinearMatMul", call -> {
            Tensor a = Products.centered(call.tensor(0), call.tensor(2), true);
            Tensor b = Products.centered(call.tensor(3), call.tensor(5), false);
            Tensor scale = Products.alongMatrix(call.tensor(1), true)
                    .mul(Products.alongMatrix(call.tensor(4), false))
                    .div(Products.alongMatrix(call.tensor(6), true));
            return saturated(a.matmul(b).mul(scale), call.tensor(7));
        });
    }

    /** Returns numbers rounded, ties to even, with the zero point added and limited to its type. */
    static OnnxTensor saturated(Tensor x, OnnxTensor zero) {
        return limited(x.round().add(zero.data().to(DType.F64)), zero.type());
    }

    private static OnnxTensor limited(Tensor x, ElementType type) {
        return Numbers.narrow(type, x.clamp(type.smallest(), type.largest()).to(DType.I64));
    }

    /**
     * Returns scales or zero points so that they broadcast: one for all, one for each entry of an axis, or one for each block
     * of entries.
     */
    private static Tensor spread(Call call, OnnxTensor parameter, OnnxTensor x) {
        Tensor p = Numbers.wide(parameter);
        if (p.numel() == 1) {
            return p.reshape();
        }
        int axis = Numbers.axis(call.integer("axis", 1), x.rank());
        if (p.rank() == 1) {
            long[] sizes = new long[x.rank()];
            Arrays.fill(sizes, 1);
            sizes[axis] = p.numel();
            return p.reshape(sizes);
        }
        long block = call.integer("block_size", 0);
        long each = block > 0 ? block : Math.ceilDiv(x.size(axis), p.size(axis));
        long[] source = new long[(int) x.size(axis)];
        Arrays.setAll(source, i -> i / each);
        return p.indexSelect(axis, Tensor.of(source));
    }

    private static OnnxTensor quantize(Call call) {
        OnnxTensor x = call.tensor(0);
        ElementType type = call.has(2) ? call.tensor(2).type() : call.elementType("output_dtype", ElementType.UINT8);
        // The quotient is rounded to the precision that it is computed in, which is the scale's if not given.
        ElementType precision = call.elementType("precision", call.tensor(1).type());
        DType wide = precision == ElementType.DOUBLE ? DType.F64 : DType.F32;
        Tensor quotient = Numbers.wide(x).to(wide).div(spread(call, call.tensor(1), x).to(wide));
        Tensor scaled = Numbers.wide(Numbers.narrow(precision, quotient));
        if (type.isFloating()) {
            boolean saturate = call.flag("saturate", true);
            Tensor shifted = call.has(2) ? scaled.add(spread(call, call.tensor(2), x)) : scaled;
            return OnnxTensor.of(type, Numbers.map(shifted, v -> SmallFloats.round(type, v, saturate)));
        }
        Tensor rounded = scaled.to(DType.F64).round();
        return limited(call.has(2) ? rounded.add(spread(call, call.tensor(2), x)) : rounded, type);
    }

    private static OnnxTensor dequantize(Call call) {
        OnnxTensor x = call.tensor(0);
        Tensor numbers = Numbers.wide(x);
        if (call.has(2)) {
            Tensor zero = spread(call, call.tensor(2), x);
            numbers = numbers.dtype().isFloating() ? numbers.sub(zero)
                    : numbers.to(DType.I64).sub(zero.to(DType.I64));
        }
        Tensor scale = spread(call, call.tensor(1), x);
        return Numbers.narrow(call.elementType("output_dtype", call.tensor(1).type()),
                numbers.to(scale.dtype()).mul(scale));
    }

    /** The scale is such that the numbers' range, zero included, fills that of uint8. */
    private static List<OnnxValue> quantizeByRange(Call call) {
        Tensor x = call.numbers(0);
        Tensor low = x.amin().minimum(0);
        Tensor scale = x.amax().maximum(0).sub(low).div(255);
        Tensor zero = low.neg().div(Tensor.where(scale.eq(0), Tensor.scalar(1), scale)).round().clamp(0, 255);
        OnnxTensor zeroPoint = OnnxTensor.of(zero.to(DType.U8));
        Tensor scaled = x.div(Tensor.where(scale.eq(0), Tensor.scalar(1), scale));
        return List.of(saturated(scaled, zeroPoint), OnnxTensor.of(scale), zeroPoint);
    }
}
