package org.jacobi.onnx.ops;

import java.util.function.BiFunction;
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
                : call.likeFirst(call.tensor(0).data().abs()));
        Operators.add("Sign", call -> call.likeFirst(call.tensor(0).type().isUnsigned()
                ? call.tensor(0).data().ne(0) : call.tensor(0).data().sign()));
        add("Neg", Tensor::neg);
        add("Exp", Tensor::exp);
        add("Log", Tensor::log);
        add("Sqrt", Tensor::sqrt);
        add("Reciprocal", Tensor::reciprocal);
        add("Erf", Tensor::erf);
        add("Floor", Tensor::floor);
        add("Ceil", Tensor::ceil);
        add("Round", Tensor::round);
        add("Sin", Tensor::sin);
        add("Cos", Tensor::cos);
        add("Tan", Tensor::tan);
        add("Asin", Tensor::asin);
        add("Acos", Tensor::acos);
        add("Atan", Tensor::atan);
        add("Sinh", Tensor::sinh);
        add("Cosh", Tensor::cosh);
        add("Tanh", Tensor::tanh);
        add("Asinh", Tensor::asinh);
        add("Acosh", Tensor::acosh);
        add("Atanh", Tensor::atanh);

        add("Relu", Tensor::relu);
        add("Sigmoid", Tensor::sigmoid);
        add("Softplus", Tensor::softplus);
        add("Softsign", Functions::softsign);
        add("Mish", Tensor::mish);
        add("HardSwish", Tensor::hardswish);
        add("LeakyRelu", (call, x) -> x.leakyRelu(call.real("alpha", 0.01)));
        add("ThresholdedRelu", (call, x) -> x.maskedFill(x.le(call.real("alpha", 1)), 0));
        add("Elu", (call, x) -> x.elu(call.real("alpha", 1)));
        add("Celu", (call, x) -> x.celu(call.real("alpha", 1)));
        // The defaults are those of Klambauer et al., "Self-Normalizing Neural Networks", 2017; before version 6 rounded.
        add("Selu", (call, x) -> Numbers.wider(x)
                .elu(call.real("alpha", call.version() < 6 ? 1.6732 : 1.67326319217681884765625))
                .mul(call.real("gamma", call.version() < 6 ? 1.0507 : 1.05070102214813232421875)));
        add("HardSigmoid", (call, x) -> hardSigmoid(Numbers.wider(x), call.real("alpha", 0.2), call.real("beta", 0.5)));
        add("Gelu", (call, x) -> switch (call.text("approximate", "none")) {
            case "none" -> x.gelu();
            case "tanh" -> x.geluTanh();
            default -> throw new IllegalArgumentException(
                    "attribute 'approximate' must be none or tanh, got " + call.text("approximate"));
        });
        add("Swish", (call, x) -> swish(Numbers.wider(x), call.real("alpha", 1)));
        Operators.add("SwiGLU", Functions::swiglu);
        Operators.add("Shrink", Functions::shrink);
        Operators.add("Clip", Functions::clip);

        Operators.add("IsNaN", call -> OnnxTensor.of(call.tensor(0).data().isNaN()));
        Operators.add("IsInf", call -> {
            Tensor x = call.tensor(0).data();
            Tensor none = Tensor.zeros(DType.BOOL, x.shape().toArray());
            Tensor up = call.flag("detect_positive", true) ? x.isPosInf() : none;
            return OnnxTensor.of(up.logicalOr(call.flag("detect_negative", true) ? x.isNegInf() : none));
        });
    }

    private static void add(String name, UnaryOperator<Tensor> function) {
        add(name, (_, x) -> function.apply(x));
    }

    private static void add(String name, BiFunction<Call, Tensor, Tensor> function) {
        Operators.add(name, call -> call.likeFirst(function.apply(call, call.tensor(0).data())));
    }

    /** Returns x / (1 + |x|). */
    static Tensor softsign(Tensor x) {
        return x.div(x.abs().add(1));
    }

    /** Returns alpha x + beta, limited to the range from 0 to 1. */
    static Tensor hardSigmoid(Tensor x, double alpha, double beta) {
        return x.mul(alpha).add(beta).clamp(0, 1);
    }

    /** Returns x sigmoid(alpha x). */
    static Tensor swish(Tensor x, double alpha) {
        return alpha == 1 ? x.silu() : x.mul(x.mul(alpha).sigmoid());
    }

    /** Brings numbers towards zero by a bias, and those near it to zero. */
    private static OnnxTensor shrink(Call call) {
        OnnxTensor input = call.tensor(0);
        double lambda = call.real("lambd", 0.5);
        double bias = call.real("bias", 0);
        Tensor x = input.type().isFloating() ? Numbers.wide(input) : Casts.toFloating(input, DType.F64);
        Tensor shrunk = Tensor.where(x.lt(-lambda), x.add(bias), x.sub(bias)).maskedFill(x.abs().le(lambda), 0);
        return Casts.cast(OnnxTensor.of(shrunk), input.type());
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
            return call.likeFirst(call.numbers(0).clampMin(low).clampMax(high));
        }
        boolean flip = x.type() == ElementType.UINT64;
        Tensor result = Arithmetic.ordered(x);
        if (call.has(1)) {
            result = result.clampMin(Arithmetic.ordered(call.tensor(1)).reshape());
        }
        if (call.has(2)) {
            result = result.clampMax(Arithmetic.ordered(call.tensor(2)).reshape());
        }
        return call.likeFirst(flip ? Arithmetic.flipped(result) : result);
    }
}
