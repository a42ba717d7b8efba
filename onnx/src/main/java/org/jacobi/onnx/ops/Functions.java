package org.jacobi.onnx.ops;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Operators of one operand, element by element: functions of mathematics and activations of neural networks. */
final class Functions {
    private Functions() {
    }

    static void register() {
        Operators.add("Abs", call -> call.tensor(0).type().isUnsigned() ? call.tensor(0)
                : call.likeFirst(call.numbers(0).abs()));
        Operators.add("Sign", call -> call.likeFirst(call.tensor(0).type().isUnsigned()
                ? call.numbers(0).ne(0).to(call.numbers(0).dtype()) : call.numbers(0).sign()));
        add("Neg", Tensor::neg);
        add("Exp", Tensor::exp);
        add("Log", Tensor::log);
        add("Sqrt", Tensor::sqrt);
        add("Reciprocal", Tensor::reciprocal);
        add("Sin", Tensor::sin);
        add("Cos", Tensor::cos);
        add("Tanh", Tensor::tanh);
        add("Erf", Tensor::erf);
        add("Floor", Tensor::floor);
        add("Ceil", Tensor::ceil);
        add("Round", Tensor::round);
        map("Tan", Math::tan);
        map("Asin", Math::asin);
        map("Acos", Math::acos);
        map("Atan", Math::atan);
        map("Sinh", Math::sinh);
        map("Cosh", Math::cosh);
        map("Asinh", x -> Math.copySign(Math.log(Math.abs(x) + Math.sqrt(x * x + 1)), x));
        map("Acosh", x -> Math.log(x + Math.sqrt(x * x - 1)));
        map("Atanh", x -> 0.5 * (Math.log1p(x) - Math.log1p(-x)));

        add("Relu", Tensor::relu);
        add("Sigmoid", Tensor::sigmoid);
        add("Softsign", x -> x.div(x.abs().add(1)));
        map("Softplus", x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
        map("Mish", x -> x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))));
        Operators.add("HardSwish", call -> call.likeFirst(hardSwish(call.numbers(0))));
        Operators.add("LeakyRelu", call -> {
            Tensor x = call.numbers(0);
            return call.likeFirst(Tensor.where(x.lt(0), x.mul(call.real("alpha", 0.01)), x));
        });
        Operators.add("ThresholdedRelu", call -> {
            Tensor x = call.numbers(0);
            return call.likeFirst(x.maskedFill(x.le(call.real("alpha", 1)), 0));
        });
        Operators.add("Elu", call -> {
            double alpha = call.real("alpha", 1);
            return call.likeFirst(Numbers.map(call.numbers(0), x -> x < 0 ? alpha * Math.expm1(x) : x));
        });
        Operators.add("Celu", call -> {
            double alpha = call.real("alpha", 1);
            return call.likeFirst(Numbers.map(call.numbers(0), x -> x < 0 ? alpha * Math.expm1(x / alpha) : x));
        });
        Operators.add("Selu", call -> {
            // The defaults are those of Klambauer et al., "Self-Normalizing Neural Networks", 2017; before version 6 rounded.
            double alpha = call.real("alpha", call.version() < 6 ? 1.6732 : 1.67326319217681884765625);
            double gamma = call.real("gamma", call.version() < 6 ? 1.0507 : 1.05070102214813232421875);
            return call.likeFirst(Numbers.map(call.numbers(0), x -> gamma * (x <= 0 ? alpha * Math.expm1(x) : x)));
        });
        Operators.add("HardSigmoid", call -> call.likeFirst(
                call.numbers(0).mul(call.real("alpha", 0.2)).add(call.real("beta", 0.5)).clamp(0, 1)));
        Operators.add("Gelu", call -> switch (call.text("approximate", "none")) {
            case "none" -> call.likeFirst(call.numbers(0).gelu());
            case "tanh" -> call.likeFirst(call.numbers(0).geluTanh());
            default -> throw new IllegalArgumentException(
                    "attribute 'approximate' must be none or tanh, got " + call.text("approximate"));
        });
        Operators.add("Swish", call -> call.likeFirst(swish(call.numbers(0), call.real("alpha", 1))));
        Operators.add("SwiGLU", Functions::swiglu);
        Operators.add("Shrink", call -> {
            double lambda = call.real("lambd", 0.5);
            double bias = call.real("bias", 0);
            return Casts.cast(OnnxTensor.of(Numbers.map(call.numbers(0),
                    x -> x < -lambda ? x + bias : x > lambda ? x - bias : 0)), call.tensor(0).type());
        });
        Operators.add("Clip", Functions::clip);

        Operators.add("IsNaN", call -> OnnxTensor.of(call.numbers(0).isNaN()));
        Operators.add("IsInf", call -> {
            Tensor x = call.numbers(0);
            Tensor none = Tensor.zeros(DType.BOOL, x.shape().toArray());
            Tensor up = call.flag("detect_positive", true) ? x.eq(Double.POSITIVE_INFINITY) : none;
            return OnnxTensor.of(
                    up.logicalOr(call.flag("detect_negative", true) ? x.eq(Double.NEGATIVE_INFINITY) : none));
        });
    }

    private static void add(String name, UnaryOperator<Tensor> function) {
        Operators.add(name, call -> call.likeFirst(function.apply(call.numbers(0))));
    }

    private static void map(String name, DoubleUnaryOperator function) {
        add(name, x -> Numbers.map(x, function));
    }

    private static Tensor hardSwish(Tensor x) {
        return x.mul(x.div(6).add(0.5).clamp(0, 1));
    }

    /** Returns x sigmoid(alpha x). */
    static Tensor swish(Tensor x, double alpha) {
        return alpha == 1 ? x.silu() : x.mul(x.mul(alpha).sigmoid());
    }

    /** The first input, through swish, gates the second. */
    private static OnnxTensor swiglu(Call call) {
        return call.likeFirst(swish(call.numbers(0), call.real("alpha", 1)).mul(call.numbers(1)));
    }

    /** Bounds are attributes before version 11, inputs since. */
    private static OnnxTensor clip(Call call) {
        OnnxTensor x = call.tensor(0);
        if (call.version() < 11) {
            double low = call.real("min", -Float.MAX_VALUE);
            double high = call.real("max", Float.MAX_VALUE);
            return call.likeFirst(call.numbers(0).maximum(low).minimum(high));
        }
        if (x.type() == ElementType.UINT64) {
            long low = call.has(1) ? call.integerOf(1) : 0;
            long high = call.has(2) ? call.integerOf(2) : -1;
            return call.likeFirst(Numbers.zipLongs(x.data(), x.data(), (v, _) -> {
                long raised = Long.compareUnsigned(v, low) < 0 ? low : v;
                return Long.compareUnsigned(raised, high) > 0 ? high : raised;
            }));
        }
        Tensor result = call.numbers(0);
        if (call.has(1)) {
            result = result.maximum(call.numbers(1).reshape());
        }
        if (call.has(2)) {
            result = result.minimum(call.numbers(2).reshape());
        }
        return call.likeFirst(result);
    }
}
