package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.OpSamples.unary;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** The rows of functions of calculus and of activation functions. */
final class FunctionSamples {
    private FunctionSamples() {
    }

    static void add() {
        calculus();
        parts();
        activations();
    }

    private static void calculus() {
        unary("tan", n -> within(-1.4, 1.4, 3, n), Variable::tan, Tensor::tan, torch::tan).tolerance(2e-5);
        unary("asin", n -> within(-0.9, 0.9, 3, n), Variable::asin, Tensor::asin, torch::asin);
        unary("acos", n -> within(-0.9, 0.9, 3, n), Variable::acos, Tensor::acos, torch::acos);
        unary("atan", n -> within(-5, 5, 3, n), Variable::atan, Tensor::atan, torch::atan);
        unary("sinh", n -> real(3, n), Variable::sinh, Tensor::sinh, torch::sinh);
        unary("cosh", n -> real(3, n), Variable::cosh, Tensor::cosh, torch::cosh);
        unary("asinh", n -> within(-5, 5, 3, n), Variable::asinh, Tensor::asinh, torch::asinh);
        unary("acosh", n -> within(1.1, 5, 3, n), Variable::acosh, Tensor::acosh, torch::acosh);
        unary("atanh", n -> within(-0.9, 0.9, 3, n), Variable::atanh, Tensor::atanh, torch::atanh).tolerance(2e-5);
        unary("log2", n -> positive(3, n), Variable::log2, Tensor::log2, torch::log2);
        unary("log10", n -> positive(3, n), Variable::log10, Tensor::log10, torch::log10);
        unary("log1p", n -> within(-0.9, 3, 3, n), Variable::log1p, Tensor::log1p, torch::log1p);
        row("log1p", "near 0", n -> List.of(within(-1e-6, 1e-6, 3, n))).tolerance(1e-12).tensors(t -> t[0].log1p())
                .torch(p -> torch.log1p(p[0]));
        unary("expm1", n -> within(-5, 3, 3, n), Variable::expm1, Tensor::expm1, torch::expm1);
        row("expm1", "near 0", n -> List.of(within(-1e-6, 1e-6, 3, n))).tolerance(1e-12).tensors(t -> t[0].expm1())
                .torch(p -> torch.expm1(p[0]));
        unary("exp2", n -> within(-5, 5, 3, n), Variable::exp2, Tensor::exp2, torch::exp2);
        unary("erfc", n -> within(-3, 3, 3, n), Variable::erfc, Tensor::erfc, torch::erfc);
        unary("erfinv", n -> within(-0.99, 0.99, 3, n), Variable::erfinv, Tensor::erfinv, torch::erfinv)
                .tolerance(1e-4);
        unary("lgamma", n -> within(0.2, 9, 3, n), Variable::lgamma, Tensor::lgamma, torch::lgamma);
        unary("lgamma", "between the poles", n -> within(-2.9, -2.1, 3, n), Variable::lgamma, Tensor::lgamma,
                torch::lgamma).tolerance(5e-5);
        unary("digamma", n -> within(0.2, 9, 3, n), Variable::digamma, Tensor::digamma, torch::digamma);
        unary("digamma", "between the poles", n -> within(-2.8, -2.2, 3, n), Variable::digamma, Tensor::digamma,
                torch::digamma).tolerance(5e-5);
        unary("polygamma", n -> within(0.5, 9, 3, n), x -> x.polygamma(1), x -> x.polygamma(1),
                x -> torch.polygamma(1, x));
        unary("polygamma", "of order 3", n -> within(0.7, 9, 3, n), x -> x.polygamma(3), x -> x.polygamma(3),
                x -> torch.polygamma(3, x)).tolerance(2e-5);
        unary("polygamma", "of order 0", n -> within(0.5, 9, 3, n), x -> x.polygamma(0), x -> x.polygamma(0),
                x -> torch.polygamma(0, x));
        row("atan", "i32 in f32", n -> List.of(integers(DType.I32, -3, 4, 3, n)))
                .tensors(t -> t[0].atan()).torch(p -> p[0].atan());
        row("log1p", "u8 in f32", n -> List.of(integers(DType.U8, 0, 256, 3, n)))
                .tensors(t -> t[0].log1p()).torch(p -> p[0].log1p());
    }

    private static void parts() {
        unary("trunc", n -> within(-10, 10, 3, n), Variable::trunc, Tensor::trunc, torch::trunc).exact();
        unary("frac", n -> within(-10, 10, 3, n), Variable::frac, Tensor::frac, torch::frac).exact();
        unary("isInf", n -> real(3, n), Variable::isInf, Tensor::isInf, torch::isinf).exact().kinked();
        unary("isFinite", n -> real(3, n), Variable::isFinite, Tensor::isFinite, torch::isfinite).exact().kinked();
        unary("isPosInf", n -> real(3, n), null, Tensor::isPosInf, torch::isposinf).exact();
        unary("isNegInf", n -> real(3, n), null, Tensor::isNegInf, torch::isneginf).exact();
        unary("signbit", n -> ties(3, n), null, Tensor::signbit, torch::signbit).exact();
        unary("isInf", "a quotient by 0", n -> ties(3, n), null, x -> x.div(x.sub(1)).isInf(),
                x -> torch.isinf(x.div(x.sub(number(1))))).exact();
        unary("isFinite", "a quotient by 0", n -> ties(3, n), null, x -> x.div(x.sub(1)).isFinite(),
                x -> torch.isfinite(x.div(x.sub(number(1))))).exact();
        row("isFinite", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact()
                .tensors(t -> t[0].isFinite()).torch(p -> torch.isfinite(p[0]));
        row("signbit", "i8", n -> List.of(integers(DType.I8, -9, 9, 3, n))).exact()
                .tensors(t -> t[0].signbit()).torch(p -> torch.signbit(p[0]));
        row("trunc", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact()
                .tensors(t -> t[0].trunc()).torch(p -> torch.trunc(p[0]));
        unary("nanToNum", n -> real(3, n), Variable::nanToNum, Tensor::nanToNum, torch::nan_to_num).exact();
        row("nanToNum", "quotients by 0", n -> List.of(ties(3, n), ties(3, n))).exact().kinked()
                .tensors(t -> t[0].div(t[1]).nanToNum()).torch(p -> torch.nan_to_num(p[0].div(p[1])));
        unary("nanToNum", "given numbers", n -> ties(3, n), x -> x.div(0).nanToNum(7, 8, -9),
                x -> x.div(0).nanToNum(7, 8, -9), x -> torch.nan_to_num(x.div(number(0)), new DoubleOptional(7),
                        new DoubleOptional(8), new DoubleOptional(-9)))
                .exact().kinked();
    }

    private static void activations() {
        unary("leakyRelu", n -> real(3, n), x -> x.leakyRelu(0.01), x -> x.leakyRelu(0.01), torch::leaky_relu);
        unary("leakyRelu", "ties", n -> ties(3, n), x -> x.leakyRelu(0.25), x -> x.leakyRelu(0.25),
                x -> torch.leaky_relu(x, number(0.25))).exact().kinked();
        unary("elu", n -> within(-5, 5, 3, n), x -> x.elu(1), x -> x.elu(1), torch::elu);
        unary("elu", "alpha", n -> within(-5, 5, 3, n), x -> x.elu(0.5), x -> x.elu(0.5),
                x -> torch.elu(x, number(0.5), number(1), number(1)));
        unary("celu", n -> within(-5, 5, 3, n), x -> x.celu(1.5), x -> x.celu(1.5), x -> torch.celu(x, number(1.5)));
        unary("selu", n -> within(-5, 5, 3, n), Variable::selu, Tensor::selu, torch::selu);
        unary("softplus", n -> within(-25, 25, 3, n), Variable::softplus, Tensor::softplus, torch::softplus);
        unary("softplus", "beta", n -> within(-5, 5, 3, n), x -> x.softplus(2, 3), x -> x.softplus(2, 3),
                x -> torch.softplus(x, number(2), number(3)));
        unary("mish", n -> within(-8, 8, 3, n), Variable::mish, Tensor::mish, torch::mish);
        unary("logSigmoid", n -> within(-25, 25, 3, n), Variable::logSigmoid, Tensor::logSigmoid, torch::log_sigmoid);
        unary("hardsigmoid", n -> within(-5, 5, 3, n), Variable::hardsigmoid, Tensor::hardsigmoid, torch::hardsigmoid);
        unary("hardswish", n -> within(-5, 5, 3, n), Variable::hardswish, Tensor::hardswish, torch::hardswish);
        unary("hardswish", "corners", n -> new Operand(null, true, true, -4, 5, new long[] {3, n}),
                Variable::hardswish, Tensor::hardswish, torch::hardswish).kinked();
        unary("hardtanh", n -> real(3, n), x -> x.hardtanh(-1, 0.5), x -> x.hardtanh(-1, 0.5),
                x -> torch.hardtanh(x, number(-1), number(0.5))).exact();
        unary("hardtanh", "ties", n -> ties(3, n), x -> x.hardtanh(-1, 1), x -> x.hardtanh(-1, 1), torch::hardtanh)
                .exact().kinked();
        unary("softsign", n -> real(3, n), Variable::softsign, Tensor::softsign, x -> x.div(x.abs().add(number(1))));
        unary("tanhshrink", n -> real(3, n), Variable::tanhshrink, Tensor::tanhshrink, x -> x.sub(x.tanh()));
        unary("softshrink", n -> real(3, n), x -> x.softshrink(0.5), x -> x.softshrink(0.5), torch::softshrink);
        unary("softshrink", "ties", n -> ties(3, n), x -> x.softshrink(1), x -> x.softshrink(1),
                x -> torch.softshrink(x, number(1))).exact().kinked();
        unary("hardshrink", n -> real(3, n), x -> x.hardshrink(0.5), x -> x.hardshrink(0.5), torch::hardshrink).exact();
        unary("hardshrink", "ties", n -> ties(3, n), x -> x.hardshrink(1), x -> x.hardshrink(1),
                x -> torch.hardshrink(x, number(1))).exact().kinked();
        unary("threshold", n -> real(3, n), x -> x.threshold(0.25, -3), x -> x.threshold(0.25, -3),
                x -> torch.threshold(x, number(0.25), number(-3))).exact();
        unary("threshold", "ties", n -> ties(3, n), x -> x.threshold(1, 7), x -> x.threshold(1, 7),
                x -> torch.threshold(x, number(1), number(7))).exact().kinked();
        row("prelu", "", n -> List.of(real(2, 3, n), real(3))).variables(v -> v[0].prelu(v[1]))
                .tensors(t -> t[0].prelu(t[1])).torch(p -> torch.prelu(p[0], p[1]));
        row("prelu", "one slope, ties", n -> List.of(ties(3, n), real(1))).kinked().variables(v -> v[0].prelu(v[1]))
                .tensors(t -> t[0].prelu(t[1])).torch(p -> torch.prelu(p[0], p[1]));
        row("glu", "", n -> List.of(real(3, 2 * n))).variables(v -> v[0].glu(-1)).tensors(t -> t[0].glu(-1))
                .torch(p -> torch.glu(p[0], -1));
        row("glu", "a middle axis", n -> List.of(real(2, 4, n))).variables(v -> v[0].glu(1)).tensors(t -> t[0].glu(1))
                .torch(p -> torch.glu(p[0], 1));
        unary("relu6", n -> within(-3, 9, 3, n), Variable::relu6, Tensor::relu6, torch::relu6).exact();
    }
}
