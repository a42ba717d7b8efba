package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.binary;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.OpSamples.unary;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Rounding;
import org.jacobi.tensor.Tensor;

/** The rows of elementwise ops. */
final class ElementwiseSamples {
    private ElementwiseSamples() {
    }

    static void add() {
        arithmetic();
        functions();
        comparisons();
        choices();
        quotients();
        bits();
        threeOperands();
        closeness();
    }

    private static void quotients() {
        binary("atan2", 0.5, 2, Variable::atan2, Tensor::atan2, torch::atan2);
        binary("hypot", 0.5, 2, Variable::hypot, Tensor::hypot, torch::hypot);
        binary("copysign", -2, 2, Variable::copysign, Tensor::copysign, torch::copysign);
        binary("xlogy", 0.5, 2, Variable::xlogy, Tensor::xlogy, torch::xlogy);
        binary("logaddexp", -2, 2, Variable::logaddexp, Tensor::logaddexp, torch::logaddexp);
        binary("remainder", 0.5, 2, Variable::remainder, Tensor::remainder, torch::remainder);
        binary("fmod", 0.5, 2, Variable::fmod, Tensor::fmod, torch::fmod);
        binary("floorDivide", -2, 2, null, Tensor::floorDivide, torch::floor_divide);
        row("copysign", "zeros", n -> List.of(ties(3, n), ties(3, n))).exact().kinked()
                .variables(v -> v[0].copysign(v[1])).tensors(t -> t[0].copysign(t[1]))
                .torch(p -> torch.copysign(p[0], p[1]));
        row("xlogy", "zeros", n -> List.of(ties(3, n), Operand.positive(3, n))).kinked()
                .variables(v -> v[0].xlogy(v[1])).tensors(t -> t[0].xlogy(t[1])).torch(p -> torch.xlogy(p[0], p[1]));
        row("remainder", "signs", n -> List.of(within(-9, 9, 3, n), within(-3, 3, 3, n))).kinked()
                .variables(v -> v[0].remainder(v[1])).tensors(t -> t[0].remainder(t[1]))
                .torch(p -> torch.remainder(p[0], p[1]));
        row("fmod", "signs", n -> List.of(within(-9, 9, 3, n), within(-3, 3, 3, n))).kinked()
                .variables(v -> v[0].fmod(v[1])).tensors(t -> t[0].fmod(t[1])).torch(p -> torch.fmod(p[0], p[1]));
        unary("remainder", "a number", n -> within(-9, 9, 3, n), x -> x.remainder(1.5), x -> x.remainder(1.5),
                x -> torch.remainder(x, number(1.5))).kinked();
        unary("floorDivide", "a number", n -> within(-9, 9, 3, n), null, x -> x.floorDivide(1.5),
                x -> torch.floor_divide(x, number(1.5))).exact();
        row("div", "rounded down", n -> List.of(within(-9, 9, 3, n), within(-3, 3, 3, n))).exact()
                .tensors(t -> t[0].div(t[1], Rounding.FLOOR)).torch(p -> Libtorch.div(p[0], p[1], "floor"));
        row("div", "towards 0", n -> List.of(within(-9, 9, 3, n), within(-3, 3, 3, n))).exact()
                .tensors(t -> t[0].div(t[1], Rounding.TRUNC)).torch(p -> Libtorch.div(p[0], p[1], "trunc"));
        row("div", "i32 rounded down", n -> List.of(integers(DType.I32, -99, 99, 3, n), integers(DType.I32, 1, 9, n)))
                .exact().tensors(t -> t[0].div(t[1], Rounding.FLOOR)).torch(p -> Libtorch.div(p[0], p[1], "floor"));
        row("div", "i8 towards 0", n -> List.of(integers(DType.I8, -99, 99, 3, n), integers(DType.I8, -9, 0, n)))
                .exact().tensors(t -> t[0].div(t[1], Rounding.TRUNC)).torch(p -> Libtorch.div(p[0], p[1], "trunc"));
        row("remainder", "i64", n -> List.of(integers(DType.I64, -99, 99, 3, n), integers(DType.I64, -9, 0, n)))
                .exact().tensors(t -> t[0].remainder(t[1])).torch(p -> torch.remainder(p[0], p[1]));
        row("fmod", "i16", n -> List.of(integers(DType.I16, -99, 99, 3, n), integers(DType.I16, 1, 9, n)))
                .exact().tensors(t -> t[0].fmod(t[1])).torch(p -> torch.fmod(p[0], p[1]));
        row("floorDivide", "u8", n -> List.of(integers(DType.U8, 0, 256, 3, n), integers(DType.U8, 1, 9, n)))
                .exact().tensors(t -> t[0].floorDivide(t[1])).torch(p -> torch.floor_divide(p[0], p[1]));
        row("atan2", "i64 in f32", n -> List.of(integers(DType.I64, -9, 9, 3, n), integers(DType.I64, -9, 9, n)))
                .tensors(t -> t[0].atan2(t[1])).torch(p -> torch.atan2(p[0], p[1]));
        unary("pow", "to -1", n -> positive(3, n), x -> x.pow(-1), x -> x.pow(-1), x -> x.pow(number(-1)));
        unary("pow", "to 2.5", n -> positive(3, n), x -> x.pow(2.5), x -> x.pow(2.5), x -> x.pow(number(2.5)));
    }

    private static void bits() {
        for (DType type : List.of(DType.U8, DType.I8, DType.I16, DType.I32, DType.I64, DType.BOOL)) {
            long low = type == DType.BOOL || type == DType.U8 ? 0 : -100;
            long high = type == DType.BOOL ? 2 : 100;
            IntFunction<List<Operand>> pair =
                    n -> List.of(integers(type, low, high, 3, n), integers(type, low, high, n));
            row("bitwiseAnd", type.toString(), pair).exact().tensors(t -> t[0].bitwiseAnd(t[1]))
                    .torch(p -> torch.bitwise_and(p[0], p[1]));
            row("bitwiseOr", type.toString(), pair).exact().tensors(t -> t[0].bitwiseOr(t[1]))
                    .torch(p -> torch.bitwise_or(p[0], p[1]));
            row("bitwiseXor", type.toString(), pair).exact().tensors(t -> t[0].bitwiseXor(t[1]))
                    .torch(p -> torch.bitwise_xor(p[0], p[1]));
            row("bitwiseNot", type.toString(), pair).exact().tensors(t -> t[0].bitwiseNot())
                    .torch(p -> torch.bitwise_not(p[0]));
            if (type != DType.BOOL) {
                // Also by more bits than there are.
                IntFunction<List<Operand>> shifts =
                        n -> List.of(integers(type, low, high, 3, n), integers(type, 0, 70, n));
                row("leftShift", type.toString(), shifts).exact().tensors(t -> t[0].leftShift(t[1]))
                        .torch(p -> torch.bitwise_left_shift(p[0], p[1]));
                row("rightShift", type.toString(), shifts).exact().tensors(t -> t[0].rightShift(t[1]))
                        .torch(p -> torch.bitwise_right_shift(p[0], p[1]));
            }
        }
        row("bitwiseAnd", "u8 and i16", n -> List.of(integers(DType.U8, 0, 256, 3, n), integers(DType.I16, -9, 9, n)))
                .exact().tensors(t -> t[0].bitwiseAnd(t[1])).torch(p -> torch.bitwise_and(p[0], p[1]));
        row("bitwiseXor", "a number", n -> List.of(integers(DType.I64, -99, 99, 3, n))).exact()
                .tensors(t -> t[0].bitwiseXor(21)).torch(p -> torch.bitwise_xor(p[0], new Scalar(21L)));
        row("leftShift", "a number", n -> List.of(integers(DType.I32, -99, 99, 3, n))).exact()
                .tensors(t -> t[0].leftShift(3)).torch(p -> torch.bitwise_left_shift(p[0], new Scalar(3L)));
        row("bitwiseAnd", "a number of 64 bits", n -> List.of(integers(DType.I64, -99, 99, 3, n))).exact()
                .tensors(t -> t[0].bitwiseAnd(0x0123456789ABCDEFL).eq(t[0].bitwiseAnd(0xEF)))
                .torch(p -> torch.bitwise_and(p[0], new Scalar(0x0123456789ABCDEFL))
                        .eq(torch.bitwise_and(p[0], new Scalar(0xEFL))));
    }

    private static void threeOperands() {
        row("clamp", "tensors", n -> List.of(real(3, n), within(-1.5, 0, 3, n), within(0, 1.5, n))).exact()
                .variables(v -> v[0].clamp(v[1], v[2])).tensors(t -> t[0].clamp(t[1], t[2]))
                .torch(p -> torch.clamp(p[0], new TensorOptional(p[1]), new TensorOptional(p[2])));
        row("clamp", "crossed bounds and ties", n -> List.of(ties(3, n), ties(n), ties(3, 1))).exact().kinked()
                .variables(v -> v[0].clamp(v[1], v[2])).tensors(t -> t[0].clamp(t[1], t[2]))
                .torch(p -> torch.clamp(p[0], new TensorOptional(p[1]), new TensorOptional(p[2])));
        row("clamp", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact()
                .tensors(t -> t[0].clamp(-3, 4))
                .torch(p -> torch.clamp(p[0], new ScalarOptional(new Scalar(-3L)), new ScalarOptional(new Scalar(4L))));
        row("clampMin", "", n -> List.of(real(3, n), real(n))).exact()
                .variables(v -> v[0].clampMin(v[1])).tensors(t -> t[0].clampMin(t[1]))
                .torch(p -> torch.clamp_min(p[0], p[1]));
        row("clampMax", "", n -> List.of(real(3, n), real(n))).exact()
                .variables(v -> v[0].clampMax(v[1])).tensors(t -> t[0].clampMax(t[1]))
                .torch(p -> torch.clamp_max(p[0], p[1]));
        unary("clampMin", "ties", n -> ties(3, n), x -> x.clampMin(1), x -> x.clampMin(1),
                x -> torch.clamp_min(x, number(1))).exact().kinked();
        unary("clampMax", "ties", n -> ties(3, n), x -> x.clampMax(1), x -> x.clampMax(1),
                x -> torch.clamp_max(x, number(1))).exact().kinked();
        row("lerp", "", n -> List.of(real(3, n), real(3, n), within(-0.5, 1.5, n)))
                .variables(v -> v[0].lerp(v[1], v[2])).tensors(t -> t[0].lerp(t[1], t[2]))
                .torch(p -> torch.lerp(p[0], p[1], p[2]));
        for (double weight : new double[] {0.25, 0.75}) {
            row("lerp", "weight " + weight, n -> List.of(real(3, n), real(3, n)))
                    .variables(v -> v[0].lerp(v[1], weight)).tensors(t -> t[0].lerp(t[1], weight))
                    .torch(p -> torch.lerp(p[0], p[1], number(weight)));
        }
        row("addcmul", "", n -> List.of(real(3, n), real(3, n), real(n)))
                .variables(v -> v[0].addcmul(v[1], v[2], 0.5)).tensors(t -> t[0].addcmul(t[1], t[2], 0.5))
                .torch(p -> torch.addcmul(p[0], p[1], p[2], number(0.5)));
        row("addcmul", "i32", n -> List.of(integers(DType.I32, -9, 9, 3, n), integers(DType.I32, -9, 9, 3, n),
                integers(DType.I32, -9, 9, n))).exact().tensors(t -> t[0].addcmul(t[1], t[2]))
                .torch(p -> torch.addcmul(p[0], p[1], p[2]));
        row("addcdiv", "", n -> List.of(real(3, n), real(3, 1), positive(n)))
                .variables(v -> v[0].addcdiv(v[1], v[2], -2)).tensors(t -> t[0].addcdiv(t[1], t[2], -2))
                .torch(p -> torch.addcdiv(p[0], p[1], p[2], number(-2)));
        row("lerp_", "", n -> List.of(real(3, n), real(3, n))).inPlace().tensors(t -> t[0].lerp_(t[1], 0.1))
                .torch(p -> torch.lerp(p[0], p[1], number(0.1)));
        row("lerp_", "weights", n -> List.of(real(3, n), real(3, n), positive(n))).inPlace()
                .tensors(t -> t[0].lerp_(t[1], t[2])).torch(p -> torch.lerp(p[0], p[1], p[2]));
        row("addcmul_", "", n -> List.of(real(3, n), real(3, n), real(n))).inPlace()
                .tensors(t -> t[0].addcmul_(t[1], t[2], 0.5)).torch(p -> torch.addcmul(p[0], p[1], p[2], number(0.5)));
        row("addcdiv_", "", n -> List.of(real(3, n), real(3, n), positive(n))).inPlace()
                .tensors(t -> t[0].addcdiv_(t[1], t[2], 0.5)).torch(p -> torch.addcdiv(p[0], p[1], p[2], number(0.5)));
        row("clamp_", "", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].clamp_(-1, 0.5))
                .torch(p -> clamp(p[0], -1, 0.5));
        row("clamp_", "tensors", n -> List.of(real(3, n), within(-1.5, 0, n), within(0, 1.5, n))).exact().inPlace()
                .tensors(t -> t[0].clamp_(t[1], t[2]))
                .torch(p -> torch.clamp(p[0], new TensorOptional(p[1]), new TensorOptional(p[2])));
    }

    private static void closeness() {
        row("isClose", "", n -> List.of(ties(3, n), ties(3, n))).exact()
                .tensors(t -> t[0].isClose(t[1].add(1e-6))).torch(p -> torch.isclose(p[0], p[1].add(number(1e-6))));
        row("isClose", "tolerances", n -> List.of(real(3, n), real(3, n))).exact()
                .tensors(t -> t[0].isClose(t[1], 0.5, 0.25, false))
                .torch(p -> torch.isclose(p[0], p[1], 0.5, 0.25, false));
        row("isClose", "NaN and infinity", n -> List.of(ties(3, n), ties(3, n))).exact()
                .tensors(t -> t[0].div(0).isClose(t[1].div(0), 1e-5, 1e-8, true))
                .torch(p -> torch.isclose(p[0].div(number(0)), p[1].div(number(0)), 1e-5, 1e-8, true));
        row("allClose", "", n -> List.of(real(3, n))).exact()
                .tensors(t -> truth(t[0].allClose(t[0].add(1e-7)) && !t[0].allClose(t[0].add(1e-3))))
                .torch(p -> torchs(torch.allclose(p[0], p[0].add(number(1e-7)))
                        && !torch.allclose(p[0], p[0].add(number(1e-3)))));
        row("equal", "", n -> List.of(real(3, n))).exact()
                .tensors(t -> truth(t[0].equal(t[0].copy()) && !t[0].equal(t[0].add(1))))
                .torch(p -> torchs(torch.equal(p[0], p[0].clone()) && !torch.equal(p[0], p[0].add(number(1)))));
    }

    private static Tensor truth(boolean value) {
        return Tensor.scalar(value ? 1 : 0, DType.BOOL);
    }

    private static org.bytedeco.pytorch.Tensor torchs(boolean value) {
        return torch.full(new long[0], number(value ? 1 : 0)).to(torch.ScalarType.Bool);
    }

    private static void arithmetic() {
        binary("add", -2, 2, Variable::add, Tensor::add, (a, b) -> a.add(b));
        binary("sub", -2, 2, Variable::sub, Tensor::sub, (a, b) -> a.sub(b));
        binary("mul", -2, 2, Variable::mul, Tensor::mul, (a, b) -> a.mul(b));
        binary("div", 0.5, 2, Variable::div, Tensor::div, (a, b) -> a.div(b));
        binary("pow", 0.5, 2, Variable::pow, Tensor::pow, (a, b) -> a.pow(b));
        binary("maximum", -2, 2, Variable::maximum, Tensor::maximum, torch::maximum);
        binary("minimum", -2, 2, Variable::minimum, Tensor::minimum, torch::minimum);
        row("maximum", "ties", n -> List.of(ties(3, n), ties(3, n))).kinked().exact()
                .variables(v -> v[0].maximum(v[1])).tensors(t -> t[0].maximum(t[1]))
                .torch(p -> torch.maximum(p[0], p[1]));
        row("minimum", "ties", n -> List.of(ties(3, n), ties(3, n))).kinked().exact()
                .variables(v -> v[0].minimum(v[1])).tensors(t -> t[0].minimum(t[1]))
                .torch(p -> torch.minimum(p[0], p[1]));

        unary("add", "a number", n -> real(3, n), x -> x.add(0.75), x -> x.add(0.75), x -> x.add(number(0.75)));
        unary("sub", "a number", n -> real(3, n), x -> x.sub(0.75), x -> x.sub(0.75), x -> x.sub(number(0.75)));
        unary("mul", "a number", n -> real(3, n), x -> x.mul(-1.5), x -> x.mul(-1.5), x -> x.mul(number(-1.5)));
        unary("div", "a number", n -> real(3, n), x -> x.div(3), x -> x.div(3), x -> x.div(number(3)));
        unary("pow", "squared", n -> real(3, n), x -> x.pow(2), x -> x.pow(2), x -> x.pow(number(2)));
        unary("pow", "cubed", n -> real(3, n), x -> x.pow(3), x -> x.pow(3), x -> x.pow(number(3)));
        unary("pow", "a root", n -> positive(3, n), x -> x.pow(0.5), x -> x.pow(0.5), x -> x.pow(number(0.5)));
        unary("pow", "to zero", n -> real(3, n), x -> x.pow(0), x -> x.pow(0), x -> x.pow(number(0)));
        unary("maximum", "a number", n -> real(3, n), x -> x.maximum(0.25), x -> x.maximum(0.25),
                x -> torch.maximum(x, torch.full_like(x, number(0.25))));
        unary("minimum", "a number", n -> real(3, n), x -> x.minimum(0.25), x -> x.minimum(0.25),
                x -> torch.minimum(x, torch.full_like(x, number(0.25))));
        row("add", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n), integers(DType.I64, -9, 9, n))).exact()
                .tensors(t -> t[0].add(t[1])).torch(p -> p[0].add(p[1]));
        row("sub", "i32 and i64", n -> List.of(integers(DType.I32, -9, 9, 3, n), integers(DType.I64, -9, 9, n))).exact()
                .tensors(t -> t[0].sub(t[1])).torch(p -> p[0].sub(p[1]));
        row("mul", "u8", n -> List.of(integers(DType.U8, 0, 256, 3, n), integers(DType.U8, 0, 256, 3, n))).exact()
                .tensors(t -> t[0].mul(t[1])).torch(p -> p[0].mul(p[1]));
        row("div", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n), integers(DType.I64, 1, 9, n)))
                .tensors(t -> t[0].div(t[1])).torch(p -> p[0].div(p[1]));
        row("pow", "i64", n -> List.of(integers(DType.I64, -4, 5, 3, n), integers(DType.I64, 0, 6, n))).exact()
                .tensors(t -> t[0].pow(t[1])).torch(p -> p[0].pow(p[1]));
        row("add", "bool and real", n -> List.of(bool(3, n), real(3, n)))
                .variables(v -> v[0].add(v[1])).tensors(t -> t[0].add(t[1])).torch(p -> p[0].add(p[1]));
        row("mul", "f64", n -> List.of(integers(DType.F64, -9, 9, 3, n), integers(DType.F64, -9, 9, n))).exact()
                .tensors(t -> t[0].mul(t[1])).torch(p -> p[0].mul(p[1]));
    }

    private static void functions() {
        unary("neg", n -> real(3, n), Variable::neg, Tensor::neg, torch::neg).exact();
        unary("abs", n -> real(3, n), Variable::abs, Tensor::abs, torch::abs).exact();
        unary("abs", "ties", n -> ties(3, n), Variable::abs, Tensor::abs, torch::abs).exact().kinked();
        unary("sign", n -> real(3, n), Variable::sign, Tensor::sign, torch::sign).exact();
        unary("sign", "ties", n -> ties(3, n), Variable::sign, Tensor::sign, torch::sign).exact().kinked();
        unary("exp", n -> real(3, n), Variable::exp, Tensor::exp, torch::exp);
        unary("log", n -> positive(3, n), Variable::log, Tensor::log, torch::log);
        unary("sqrt", n -> positive(3, n), Variable::sqrt, Tensor::sqrt, torch::sqrt);
        unary("rsqrt", n -> positive(3, n), Variable::rsqrt, Tensor::rsqrt, torch::rsqrt);
        unary("reciprocal", n -> positive(3, n), Variable::reciprocal, Tensor::reciprocal, torch::reciprocal);
        unary("square", n -> real(3, n), Variable::square, Tensor::square, torch::square).exact();
        unary("sin", n -> within(-10, 10, 3, n), Variable::sin, Tensor::sin, torch::sin);
        unary("cos", n -> within(-10, 10, 3, n), Variable::cos, Tensor::cos, torch::cos);
        unary("tanh", n -> real(3, n), Variable::tanh, Tensor::tanh, torch::tanh);
        unary("erf", n -> real(3, n), Variable::erf, Tensor::erf, torch::erf);
        unary("floor", n -> within(-10, 10, 3, n), Variable::floor, Tensor::floor, torch::floor).exact();
        unary("ceil", n -> within(-10, 10, 3, n), Variable::ceil, Tensor::ceil, torch::ceil).exact();
        unary("round", n -> within(-10, 10, 3, n), Variable::round, Tensor::round, torch::round).exact();
        unary("round", "straight through", n -> within(-10, 10, 3, n), x -> x.add(x.round().sub(x).detach()),
                x -> x.add(x.round().sub(x)), x -> x.add(x.round().sub(x).detach())).kinked();
        unary("sigmoid", n -> within(-5, 5, 3, n), Variable::sigmoid, Tensor::sigmoid, torch::sigmoid);
        unary("relu", n -> real(3, n), Variable::relu, Tensor::relu, torch::relu).exact();
        unary("relu", "ties", n -> ties(3, n), Variable::relu, Tensor::relu, torch::relu).exact().kinked();
        unary("silu", n -> within(-5, 5, 3, n), Variable::silu, Tensor::silu, torch::silu);
        unary("gelu", n -> within(-5, 5, 3, n), Variable::gelu, Tensor::gelu, torch::gelu);
        unary("geluTanh", n -> within(-5, 5, 3, n), Variable::geluTanh, Tensor::geluTanh, x -> torch.gelu(x, "tanh"));
        unary("clamp", n -> real(3, n), x -> x.clamp(-1.5, 0.5), x -> x.clamp(-1.5, 0.5), x -> clamp(x, -1.5, 0.5))
                .exact();
        unary("clamp", "ties", n -> ties(3, n), x -> x.clamp(-1, 1), x -> x.clamp(-1, 1), x -> clamp(x, -1, 1)).exact()
                .kinked();
        row("neg", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact()
                .tensors(t -> t[0].neg()).torch(p -> p[0].neg());
        row("exp", "i32 in f32", n -> List.of(integers(DType.I32, -3, 4, 3, n)))
                .tensors(t -> t[0].exp()).torch(p -> p[0].exp());
    }

    private static org.bytedeco.pytorch.Tensor clamp(org.bytedeco.pytorch.Tensor x, double min, double max) {
        return torch.clamp(x, new TensorOptional(torch.full_like(x, number(min))),
                new TensorOptional(torch.full_like(x, number(max))));
    }

    private static void comparison(String op, BinaryOperator<Variable> variables, BinaryOperator<Tensor> tensors,
            UnaryOperator<Variable> variableToNumber, UnaryOperator<Tensor> toNumber,
            BinaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        row(op, "ties", n -> List.of(ties(3, n), ties(n))).exact().kinked().elementwise()
                .variables(v -> variables.apply(v[0], v[1])).tensors(t -> tensors.apply(t[0], t[1]))
                .torch(p -> torchTwin.apply(p[0], p[1]));
        row(op, "i64", n -> List.of(integers(DType.I64, -3, 3, 3, n), integers(DType.I64, -3, 3, 3, n))).exact()
                .kinked().variables(v -> variables.apply(v[0], v[1])).tensors(t -> tensors.apply(t[0], t[1]))
                .torch(p -> torchTwin.apply(p[0], p[1]));
        row(op, "a number", n -> List.of(ties(3, n))).exact().kinked().elementwise()
                .variables(v -> variableToNumber.apply(v[0])).tensors(t -> toNumber.apply(t[0]))
                .torch(p -> torchTwin.apply(p[0], torch.ones_like(p[0])));
    }

    private static void comparisons() {
        comparison("eq", Variable::eq, Tensor::eq, x -> x.eq(1), x -> x.eq(1), (a, b) -> a.eq(b));
        comparison("ne", Variable::ne, Tensor::ne, x -> x.ne(1), x -> x.ne(1), (a, b) -> a.ne(b));
        comparison("lt", Variable::lt, Tensor::lt, x -> x.lt(1), x -> x.lt(1), (a, b) -> a.lt(b));
        comparison("le", Variable::le, Tensor::le, x -> x.le(1), x -> x.le(1), (a, b) -> a.le(b));
        comparison("gt", Variable::gt, Tensor::gt, x -> x.gt(1), x -> x.gt(1), (a, b) -> a.gt(b));
        comparison("ge", Variable::ge, Tensor::ge, x -> x.ge(1), x -> x.ge(1), (a, b) -> a.ge(b));
        row("logicalAnd", "", n -> List.of(bool(3, n), bool(n))).exact().kinked()
                .variables(v -> v[0].logicalAnd(v[1])).tensors(t -> t[0].logicalAnd(t[1]))
                .torch(p -> torch.logical_and(p[0], p[1]));
        row("logicalOr", "", n -> List.of(ties(3, n), ties(3, 1))).exact().kinked()
                .variables(v -> v[0].logicalOr(v[1])).tensors(t -> t[0].logicalOr(t[1]))
                .torch(p -> torch.logical_or(p[0], p[1]));
        row("logicalXor", "", n -> List.of(bool(3, n), bool(3, n))).exact()
                .tensors(t -> t[0].logicalXor(t[1])).torch(p -> torch.logical_xor(p[0], p[1]));
        row("logicalNot", "", n -> List.of(bool(3, n))).exact().kinked()
                .variables(v -> v[0].logicalNot()).tensors(t -> t[0].logicalNot()).torch(p -> torch.logical_not(p[0]));
        row("isNaN", "", n -> List.of(real(3, n))).exact().kinked().elementwise()
                .variables(v -> v[0].isNaN()).tensors(t -> t[0].isNaN()).torch(p -> torch.isnan(p[0]));
    }

    private static void choices() {
        row("where", "a condition of the data", n -> List.of(real(3, n), real(n)))
                .variables(v -> Variable.where(v[0].gt(v[1]), v[0], v[0].mul(0.1)))
                .tensors(t -> Tensor.where(t[0].gt(t[1]), t[0], t[0].mul(0.1)))
                .torch(p -> torch.where(p[0].gt(p[1]), p[0], p[0].mul(number(0.1))));
        row("where", "", n -> List.of(bool(3, n), real(3, n), real(3, n))).exact()
                .variables(v -> Variable.where(v[0].value(), v[1], v[2])).tensors(t -> Tensor.where(t[0], t[1], t[2]))
                .torch(p -> torch.where(p[0], p[1], p[2]));
        row("where", "broadcast", n -> List.of(bool(n), real(3, 1), real()))
                .variables(v -> Variable.where(v[0].value(), v[1], v[2])).tensors(t -> Tensor.where(t[0], t[1], t[2]))
                .torch(p -> torch.where(p[0], p[1], p[2]));
        row("where", "i64", n -> List.of(bool(3, n), integers(DType.I64, -9, 9, 3, n), integers(DType.I64, -9, 9, n)))
                .exact()
                .tensors(t -> Tensor.where(t[0], t[1], t[2])).torch(p -> torch.where(p[0], p[1], p[2]));
        row("maskedFill", "", n -> List.of(real(3, n), bool(3, n))).exact()
                .variables(v -> v[0].maskedFill(v[1].value(), -7.5)).tensors(t -> t[0].maskedFill(t[1], -7.5))
                .torch(p -> torch.masked_fill(p[0], p[1], number(-7.5)));
        row("maskedFill", "a row", n -> List.of(real(3, n), bool(n))).exact()
                .variables(v -> v[0].maskedFill(v[1].value(), Double.NEGATIVE_INFINITY))
                .tensors(t -> t[0].maskedFill(t[1], Double.NEGATIVE_INFINITY)).kinked()
                .torch(p -> torch.masked_fill(p[0], p[1], number(Double.NEGATIVE_INFINITY)));
    }
}
