package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.constant;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The table of all ops, one row or more an op: conformance of the backends, gradient checks and parity with libtorch are
 * driven by it, and an op without a row fails the build.
 */
final class OpSamples {
    private static final List<OpSample> TABLE = new ArrayList<>();
    /** How the operands of a binary op broadcast; one row each. */
    private static final List<String> BROADCASTS = List.of("same shape", "a row", "a column", "a scalar", "both");

    static {
        arithmetic();
        functions();
        comparisons();
        choices();
        reductions();
        products();
        normalizations();
        losses();
        attention();
        indexing();
        shapes();
        conversions();
        random();
        creation();
        changesInPlace();
    }

    private OpSamples() {
    }

    static List<OpSample> all() {
        return TABLE;
    }

    // ---- how rows are written --------------------------------------------------------------------------------------

    private static OpSample row(String op, String variant, IntFunction<List<Operand>> operands) {
        OpSample sample = new OpSample(op, variant, operands);
        TABLE.add(sample);
        return sample;
    }

    /** A function of one operand, element by element. */
    private static OpSample unary(String op, IntFunction<Operand> operand, UnaryOperator<Variable> variables,
            UnaryOperator<Tensor> tensors, UnaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        return unary(op, "", operand, variables, tensors, torchTwin);
    }

    private static OpSample unary(String op, String variant, IntFunction<Operand> operand,
            UnaryOperator<Variable> variables,
            UnaryOperator<Tensor> tensors, UnaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        OpSample sample = row(op, variant, n -> List.of(operand.apply(n))).tensors(t -> tensors.apply(t[0]))
                .torch(p -> torchTwin.apply(p[0])).elementwise();
        return variables == null ? sample : sample.variables(v -> variables.apply(v[0]));
    }

    private static List<Operand> pair(String broadcast, int n, double low, double high) {
        return switch (broadcast) {
            case "same shape" -> List.of(within(low, high, 3, n), within(low, high, 3, n));
            case "a row" -> List.of(within(low, high, 3, n), within(low, high, n));
            case "a column" -> List.of(within(low, high, 3, n), within(low, high, 3, 1));
            case "a scalar" -> List.of(within(low, high, 3, n), within(low, high));
            default -> List.of(within(low, high, 3, 1), within(low, high, 2, 1, n));
        };
    }

    /** A function of two operands that broadcast, element by element. */
    private static void binary(String op, double low, double high, BinaryOperator<Variable> variables,
            BinaryOperator<Tensor> tensors, BinaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        for (String broadcast : BROADCASTS) {
            OpSample sample =
                    row(op, broadcast, n -> pair(broadcast, n, low, high)).tensors(t -> tensors.apply(t[0], t[1]))
                            .torch(p -> torchTwin.apply(p[0], p[1])).elementwise();
            if (variables != null) {
                sample.variables(v -> variables.apply(v[0], v[1]));
            }
        }
    }

    // ---- elementwise -----------------------------------------------------------------------------------------------

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
        unary("sign", n -> real(3, n), null, Tensor::sign, torch::sign).exact();
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
        unary("floor", n -> within(-10, 10, 3, n), null, Tensor::floor, torch::floor).exact();
        unary("ceil", n -> within(-10, 10, 3, n), null, Tensor::ceil, torch::ceil).exact();
        unary("round", n -> within(-10, 10, 3, n), null, Tensor::round, torch::round).exact();
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

    private static void comparison(String op, BinaryOperator<Tensor> tensors, UnaryOperator<Tensor> toNumber,
            BinaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        row(op, "ties", n -> List.of(ties(3, n), ties(n))).exact().elementwise().tensors(t -> tensors.apply(t[0], t[1]))
                .torch(p -> torchTwin.apply(p[0], p[1]));
        row(op, "i64", n -> List.of(integers(DType.I64, -3, 3, 3, n), integers(DType.I64, -3, 3, 3, n))).exact()
                .tensors(t -> tensors.apply(t[0], t[1])).torch(p -> torchTwin.apply(p[0], p[1]));
        row(op, "a number", n -> List.of(ties(3, n))).exact().elementwise().tensors(t -> toNumber.apply(t[0]))
                .torch(p -> torchTwin.apply(p[0], torch.ones_like(p[0])));
    }

    private static void comparisons() {
        comparison("eq", Tensor::eq, x -> x.eq(1), (a, b) -> a.eq(b));
        comparison("ne", Tensor::ne, x -> x.ne(1), (a, b) -> a.ne(b));
        comparison("lt", Tensor::lt, x -> x.lt(1), (a, b) -> a.lt(b));
        comparison("le", Tensor::le, x -> x.le(1), (a, b) -> a.le(b));
        comparison("gt", Tensor::gt, x -> x.gt(1), (a, b) -> a.gt(b));
        comparison("ge", Tensor::ge, x -> x.ge(1), (a, b) -> a.ge(b));
        row("logicalAnd", "", n -> List.of(bool(3, n), bool(n))).exact()
                .tensors(t -> t[0].logicalAnd(t[1])).torch(p -> torch.logical_and(p[0], p[1]));
        row("logicalOr", "", n -> List.of(ties(3, n), ties(3, 1))).exact()
                .tensors(t -> t[0].logicalOr(t[1])).torch(p -> torch.logical_or(p[0], p[1]));
        row("logicalXor", "", n -> List.of(bool(3, n), bool(3, n))).exact()
                .tensors(t -> t[0].logicalXor(t[1])).torch(p -> torch.logical_xor(p[0], p[1]));
        row("logicalNot", "", n -> List.of(bool(3, n))).exact()
                .tensors(t -> t[0].logicalNot()).torch(p -> torch.logical_not(p[0]));
        row("isNaN", "", n -> List.of(real(3, n))).exact().elementwise()
                .tensors(t -> t[0].isNaN()).torch(p -> torch.isnan(p[0]));
    }

    private static void choices() {
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

    // ---- reductions ------------------------------------------------------------------------------------------------

    private static void reductions() {
        row("sum", "all", n -> List.of(real(3, n))).variables(v -> v[0].sum()).tensors(t -> t[0].sum())
                .torch(p -> torch.sum(p[0]));
        row("sum", "vector", n -> List.of(real(n))).variables(v -> v[0].sum()).tensors(t -> t[0].sum())
                .torch(p -> torch.sum(p[0]));
        row("sum", "first axis", n -> List.of(real(n, 5))).variables(v -> v[0].sum(0)).tensors(t -> t[0].sum(0))
                .torch(p -> Libtorch.sum(p[0], false, 0));
        row("sum", "last axis, kept", n -> List.of(real(3, n))).variables(v -> v[0].sum(true, -1))
                .tensors(t -> t[0].sum(true, -1)).torch(p -> Libtorch.sum(p[0], true, -1));
        row("sum", "outer axes", n -> List.of(real(3, n, 2))).variables(v -> v[0].sum(0, 2))
                .tensors(t -> t[0].sum(0, 2))
                .torch(p -> Libtorch.sum(p[0], false, 0, 2));
        row("sum", "middle axis", n -> List.of(real(3, n, 4))).tolerance(5e-5).variables(v -> v[0].sum(1))
                .tensors(t -> t[0].sum(1))
                .torch(p -> Libtorch.sum(p[0], false, 1));
        row("sum", "i32", n -> List.of(integers(DType.I32, -9, 9, 3, n))).exact().tensors(t -> t[0].sum(1))
                .torch(p -> Libtorch.sum(p[0], false, 1));
        row("sum", "bool", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].sum()).torch(p -> torch.sum(p[0]));
        row("mean", "all", n -> List.of(real(3, n))).variables(v -> v[0].mean()).tensors(t -> t[0].mean())
                .torch(p -> torch.mean(p[0]));
        row("mean", "last axis, kept", n -> List.of(real(3, n))).variables(v -> v[0].mean(true, -1))
                .tensors(t -> t[0].mean(true, -1)).torch(p -> Libtorch.mean(p[0], true, -1));
        row("mean", "two axes", n -> List.of(real(3, 2, n))).variables(v -> v[0].mean(0, 2))
                .tensors(t -> t[0].mean(0, 2))
                .torch(p -> Libtorch.mean(p[0], false, 0, 2));
        row("prod", "last axis", n -> List.of(within(0.9, 1.1, 3, n))).upTo(67).variables(v -> v[0].prod(-1))
                .tensors(t -> t[0].prod(-1)).torch(p -> torch.prod(p[0], -1));
        row("prod", "all", n -> List.of(within(0.9, 1.1, 2, n))).upTo(67).variables(v -> v[0].prod())
                .tensors(t -> t[0].prod()).torch(p -> torch.prod(p[0]));
        row("prod", "with zeros", n -> List.of(within(0.9, 1.1, 4, n), integers(DType.F32, 0, 2, 4, 1))).upTo(67)
                .variables(v -> v[0].mul(v[1]).prod(0)).tensors(t -> t[0].mul(t[1]).prod(0))
                .torch(p -> torch.prod(p[0].mul(p[1]), 0));
        row("sumOfSquares", "all", n -> List.of(real(3, n))).variables(v -> v[0].sumOfSquares())
                .tensors(t -> t[0].sumOfSquares()).torch(p -> torch.sum(torch.square(p[0])));
        row("sumOfSquares", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].sumOfSquares(-1))
                .tensors(t -> t[0].sumOfSquares(-1)).torch(p -> torch.sum(torch.square(p[0]), -1));
        row("amax", "all", n -> List.of(real(3, n))).variables(v -> v[0].amax()).tensors(t -> t[0].amax())
                .torch(p -> torch.amax(p[0]));
        row("amax", "last axis, kept", n -> List.of(real(3, n))).variables(v -> v[0].amax(true, -1))
                .tensors(t -> t[0].amax(true, -1)).torch(p -> torch.amax(p[0], new long[] {-1}, true));
        row("amax", "ties", n -> List.of(ties(3, n, 2))).kinked().variables(v -> v[0].amax(0, 1))
                .tensors(t -> t[0].amax(0, 1)).torch(p -> torch.amax(p[0], new long[] {0, 1}, false));
        row("amax", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact().tensors(t -> t[0].amax(1))
                .torch(p -> torch.amax(p[0], new long[] {1}, false));
        row("amin", "first axis", n -> List.of(real(n, 5))).variables(v -> v[0].amin(0)).tensors(t -> t[0].amin(0))
                .torch(p -> torch.amin(p[0], new long[] {0}, false));
        row("amin", "all, kept", n -> List.of(real(3, n))).variables(v -> v[0].amin(true)).tensors(t -> t[0].amin(true))
                .torch(p -> torch.amin(p[0], new long[] {0, 1}, true));
        row("amin", "ties", n -> List.of(ties(3, n))).kinked().variables(v -> v[0].amin(1)).tensors(t -> t[0].amin(1))
                .torch(p -> torch.amin(p[0], new long[] {1}, false));
        row("any", "all", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].any()).torch(p -> torch.any(p[0]));
        row("any", "last axis", n -> List.of(ties(5, n))).exact().tensors(t -> t[0].any(-1))
                .torch(p -> torch.any(p[0], -1L));
        row("all", "all", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].all()).torch(p -> torch.all(p[0]));
        row("all", "first axis", n -> List.of(ties(2, n))).exact().tensors(t -> t[0].all(0))
                .torch(p -> torch.all(p[0], 0L));
        row("argmax", "last axis", n -> List.of(real(3, n))).exact().tensors(t -> t[0].argmax(-1))
                .torch(p -> torch.argmax(p[0], new LongOptional(-1), false));
        row("argmax", "first of ties", n -> List.of(integers(DType.I64, 0, 3, n, 4))).exact()
                .tensors(t -> t[0].argmax(0))
                .torch(p -> torch.argmax(p[0], new LongOptional(0), false));
        row("argmin", "first axis", n -> List.of(real(n, 5))).exact().tensors(t -> t[0].argmin(0))
                .torch(p -> torch.argmin(p[0], new LongOptional(0), false));
        row("argmin", "first of ties", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].argmin(1))
                .torch(p -> torch.argmin(p[0], new LongOptional(1), false));
    }

    // ---- products --------------------------------------------------------------------------------------------------

    private static void matmul(String variant, IntFunction<List<Operand>> operands) {
        row("matmul", variant, operands).upTo(257).tolerance(3e-5).variables(v -> v[0].matmul(v[1]))
                .tensors(t -> t[0].matmul(t[1]))
                .torch(p -> torch.matmul(p[0], p[1]));
    }

    private static void products() {
        matmul("long rows", n -> List.of(real(3, n), real(n, 4)));
        matmul("wide", n -> List.of(real(3, 5), real(5, n)));
        matmul("tall", n -> List.of(real(n, 5), real(5, 3)));
        matmul("square", n -> List.of(real(Math.min(n, 67), n), real(n, Math.min(n, 67))));
        matmul("dot", n -> List.of(real(n), real(n)));
        matmul("matrix and vector", n -> List.of(real(3, n), real(n)));
        matmul("vector and matrix", n -> List.of(real(n), real(n, 3)));
        matmul("batches and vector", n -> List.of(real(2, 3, n), real(n)));
        matmul("batches", n -> List.of(real(2, 3, n), real(2, n, 4)));
        matmul("batches and one matrix", n -> List.of(real(2, 3, n), real(n, 4)));
        matmul("one matrix and batches", n -> List.of(real(3, n), real(2, n, 4)));
        matmul("broadcast batches", n -> List.of(real(2, 1, 3, n), real(3, n, 2)));
        row("matmul", "of a transpose", n -> List.of(real(n, 3), real(4, n))).upTo(257)
                .variables(v -> v[0].t().matmul(v[1].t())).tensors(t -> t[0].t().matmul(t[1].t()))
                .torch(p -> torch.matmul(p[0].t(), p[1].t()));
        row("linear", "", n -> List.of(real(3, n), real(4, n), real(4))).upTo(257)
                .variables(v -> v[0].linear(v[1], v[2])).torch(p -> torch.linear(p[0], p[1], p[2]));
        row("linear", "no bias, more axes", n -> List.of(real(2, 3, n), real(5, n))).upTo(257)
                .variables(v -> v[0].linear(v[1], null)).torch(p -> torch.linear(p[0], p[1]));
        row("linear", "a vector", n -> List.of(real(4), real(n, 4), real(n))).upTo(257)
                .variables(v -> v[0].linear(v[1], v[2])).torch(p -> torch.linear(p[0], p[1], p[2]));
    }

    // ---- normalizations and losses ---------------------------------------------------------------------------------

    private static void normalizations() {
        row("softmax", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].softmax(-1))
                .tensors(t -> t[0].softmax(-1))
                .torch(p -> torch.softmax(p[0], -1));
        row("softmax", "first axis", n -> List.of(real(n, 3, 2))).variables(v -> v[0].softmax(0))
                .tensors(t -> t[0].softmax(0)).torch(p -> torch.softmax(p[0], 0));
        row("softmax", "large numbers", n -> List.of(within(-200, 200, 3, n))).kinked().variables(v -> v[0].softmax(1))
                .tensors(t -> t[0].softmax(1)).torch(p -> torch.softmax(p[0], 1));
        row("logSoftmax", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].logSoftmax(-1))
                .tensors(t -> t[0].logSoftmax(-1)).torch(p -> torch.log_softmax(p[0], -1));
        row("logSoftmax", "middle axis", n -> List.of(real(2, n, 3))).variables(v -> v[0].logSoftmax(1))
                .tensors(t -> t[0].logSoftmax(1)).torch(p -> torch.log_softmax(p[0], 1));
        row("logSoftmax", "large numbers", n -> List.of(within(-200, 200, 3, n))).kinked()
                .variables(v -> v[0].logSoftmax(1)).tensors(t -> t[0].logSoftmax(1))
                .torch(p -> torch.log_softmax(p[0], 1));
        // With two elements or fewer the result hangs on eps alone, and its derivatives are noise: so n + 2.
        row("layerNorm", "", n -> List.of(real(3, n + 2), real(n + 2), real(n + 2)))
                .variables(v -> v[0].layerNorm(v[1], v[2], 1e-5))
                .torch(p -> torch.layer_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(p[1]),
                        new TensorOptional(p[2]), 1e-5, false));
        row("layerNorm", "no bias, more axes", n -> List.of(real(2, 3, n + 2), real(n + 2)))
                .variables(v -> v[0].layerNorm(v[1], null, 1e-5))
                .torch(p -> torch.layer_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(p[1]),
                        new TensorOptional(),
                        1e-5, false));
        row("layerNorm", "plain", n -> List.of(real(3, n + 2))).variables(v -> v[0].layerNorm(null, null, 1e-5))
                .torch(p -> torch.layer_norm(p[0], p[0].size(-1)));
        row("layerNorm", "far from zero", n -> List.of(within(98, 102, 3, n + 2))).tolerance(1e-4).kinked()
                .variables(v -> v[0].layerNorm(null, null, 1e-5)).torch(p -> torch.layer_norm(p[0], p[0].size(-1)));
        row("rmsNorm", "", n -> List.of(real(3, n), real(n))).variables(v -> v[0].rmsNorm(v[1], 1e-5))
                .torch(p -> torch.rms_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(p[1]),
                        new DoubleOptional(1e-5)));
        row("rmsNorm", "plain, more axes", n -> List.of(real(2, 3, n))).variables(v -> v[0].rmsNorm(null, 1e-5))
                .torch(p -> torch.rms_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(),
                        new DoubleOptional(1e-5)));
    }

    private static org.bytedeco.pytorch.Tensor crossEntropy(org.bytedeco.pytorch.Tensor logits,
            org.bytedeco.pytorch.Tensor targets, long ignoreIndex, double smoothing) {
        CrossEntropyLossOptions options = new CrossEntropyLossOptions();
        options.ignore_index().put(ignoreIndex);
        options.label_smoothing().put(smoothing);
        return torch.cross_entropy(logits, targets, options);
    }

    private static void losses() {
        row("crossEntropy", "", n -> List.of(real(5, n), index(n, 5))).variables(v -> v[0].crossEntropy(v[1].value()))
                .torch(p -> torch.cross_entropy(p[0], p[1]));
        row("crossEntropy", "more axes", n -> List.of(real(2, 3, n), index(n, 2, 3)))
                .variables(v -> v[0].crossEntropy(v[1].value()))
                .torch(p -> torch.cross_entropy(p[0].flatten(0, 1), p[1].flatten()));
        row("crossEntropy", "smoothed", n -> List.of(real(5, n), index(n, 5)))
                .variables(v -> v[0].crossEntropy(v[1].value(), -100, 0.1))
                .torch(p -> crossEntropy(p[0], p[1], -100, 0.1));
        row("crossEntropy", "ignoring -1", n -> List.of(real(9, n), integers(DType.I64, -1, n, 9)))
                .variables(v -> v[0].crossEntropy(v[1].value(), -1, 0)).torch(p -> crossEntropy(p[0], p[1], -1, 0));
        row("crossEntropy", "smoothed, ignoring class 0", n -> List.of(real(9, n + 1), index(n + 1, 9)))
                .variables(v -> v[0].crossEntropy(v[1].value(), 0, 0.2)).torch(p -> crossEntropy(p[0], p[1], 0, 0.2));
        row("crossEntropy", "large logits", n -> List.of(within(-200, 200, 5, n), index(n, 5))).kinked()
                .variables(v -> v[0].crossEntropy(v[1].value())).torch(p -> torch.cross_entropy(p[0], p[1]));
        row("mse", "", n -> List.of(real(3, n), real(3, n))).variables(v -> v[0].mse(v[1]))
                .torch(p -> torch.mse_loss(p[0], p[1]));
        row("mse", "a constant", n -> List.of(real(3, n), constant(3, n))).variables(v -> v[0].mse(v[1].value()))
                .torch(p -> torch.mse_loss(p[0], p[1]));
    }

    private static void attention() {
        for (boolean causal : List.of(false, true)) {
            row("scaledDotProductAttention", "sizes of heads" + (causal ? ", causal" : ""),
                    n -> List.of(real(2, 2, 5, n), real(2, 2, 5, n), real(2, 2, 5, n))).upTo(67)
                    .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], causal))
                    .torch(p -> torchAttention(p[0], p[1], p[2], null, causal));
            row("scaledDotProductAttention", "lengths" + (causal ? ", causal" : ""),
                    n -> List.of(real(1, 2, n, 4), real(1, 2, n, 4), real(1, 2, n, 4))).upTo(67)
                    .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], causal))
                    .torch(p -> torchAttention(p[0], p[1], p[2], null, causal));
        }
        row("scaledDotProductAttention", "more keys than queries",
                n -> List.of(real(1, 2, 3, 4), real(1, 2, n + 3, 4), real(1, 2, n + 3, 4))).upTo(67)
                .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], false))
                .torch(p -> torchAttention(p[0], p[1], p[2], null, false));
        row("scaledDotProductAttention", "added mask",
                n -> List.of(real(1, 2, n, 4), real(1, 2, n, 4), real(1, 2, n, 4), constant(n, n))).upTo(67)
                .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], v[3].value(), false, 0, new Generator(0)))
                .torch(p -> torchAttention(p[0], p[1], p[2], p[3], false));
        row("scaledDotProductAttention", "bool mask",
                n -> List.of(real(2, 2, 4, 3), real(2, 2, n, 3), real(2, 2, n, 3), bool(2, 1, 1, n))).upTo(67)
                .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], seesOne(v[3].value()), false, 0,
                        new Generator(0)))
                .torch(p -> torchAttention(p[0], p[1], p[2],
                        torch.logical_or(p[3], torch.arange(number(p[3].size(-1))).eq(number(0))), false));
        // The random numbers are our own: there is nothing to compare with in libtorch.
        row("scaledDotProductAttention", "dropout, causal",
                n -> List.of(real(2, 2, n, 3), real(2, 2, n, 3), real(2, 2, n, 3))).upTo(67).variables(
                        v -> v[0].scaledDotProductAttention(v[1], v[2], null, true, 0.25, new Generator(5)));
    }

    /** A mask in which every query sees the first key: a row of nothing but false has no softmax. */
    private static Tensor seesOne(Tensor mask) {
        return mask.logicalOr(Tensor.arange(mask.size(-1)).eq(0));
    }

    private static org.bytedeco.pytorch.Tensor torchAttention(org.bytedeco.pytorch.Tensor q,
            org.bytedeco.pytorch.Tensor k,
            org.bytedeco.pytorch.Tensor v, org.bytedeco.pytorch.Tensor mask, boolean causal) {
        return torch.scaled_dot_product_attention(q, k, v,
                mask == null ? new TensorOptional() : new TensorOptional(mask), 0,
                causal, new DoubleOptional(), false);
    }

    // ---- indexing --------------------------------------------------------------------------------------------------

    private static void indexing() {
        row("indexSelect", "rows", n -> List.of(real(4, n), index(4, 7)))
                .variables(v -> v[0].indexSelect(0, v[1].value()))
                .tensors(t -> t[0].indexSelect(0, t[1])).torch(p -> torch.index_select(p[0], 0, p[1]));
        row("indexSelect", "columns", n -> List.of(real(3, n), index(n, 5)))
                .variables(v -> v[0].indexSelect(-1, v[1].value())).tensors(t -> t[0].indexSelect(-1, t[1]))
                .torch(p -> torch.index_select(p[0], -1, p[1]));
        row("indexSelect", "i64, middle axis", n -> List.of(integers(DType.I64, -9, 9, 2, n, 3), index(n, 6))).exact()
                .tensors(t -> t[0].indexSelect(1, t[1])).torch(p -> torch.index_select(p[0], 1, p[1]));
        row("embedding", "", n -> List.of(real(6, n), index(6, 2, 5))).variables(v -> v[0].embedding(v[1].value()))
                .torch(p -> torch.embedding(p[0], p[1]));
        row("embedding", "many", n -> List.of(real(n, 3), index(n, n))).variables(v -> v[0].embedding(v[1].value()))
                .torch(p -> torch.embedding(p[0], p[1]));
        row("gather", "last axis", n -> List.of(real(3, n), index(n, 2, 4)))
                .variables(v -> v[0].gather(1, v[1].value()))
                .tensors(t -> t[0].gather(1, t[1])).torch(p -> torch.gather(p[0], 1, p[1]));
        row("gather", "first axis", n -> List.of(real(4, n), index(4, 5, n)))
                .variables(v -> v[0].gather(0, v[1].value()))
                .tensors(t -> t[0].gather(0, t[1])).torch(p -> torch.gather(p[0], 0, p[1]));
        row("scatterAdd", "last axis", n -> List.of(real(3, n), index(n, 2, 4), real(3, 5)))
                .variables(v -> v[0].scatterAdd(1, v[1].value(), v[2])).tensors(t -> t[0].scatterAdd(1, t[1], t[2]))
                .torch(p -> torch.scatter_add(p[0], 1, p[1], p[2].narrow(0, 0, 2).narrow(1, 0, 4)));
        row("scatterAdd", "first axis", n -> List.of(real(4, n), index(4, 5, n), real(5, n)))
                .variables(v -> v[0].scatterAdd(0, v[1].value(), v[2])).tensors(t -> t[0].scatterAdd(0, t[1], t[2]))
                .torch(p -> torch.scatter_add(p[0], 0, p[1], p[2]));
        row("scatterAdd_", "", n -> List.of(real(4, n), index(4, 5, n), real(5, n))).inPlace()
                .tensors(t -> t[0].scatterAdd_(0, t[1], t[2])).torch(p -> torch.scatter_add(p[0], 0, p[1], p[2]));
        row("indexAdd_", "rows", n -> List.of(real(4, n), index(4, 6), real(6, n))).inPlace()
                .tensors(t -> t[0].indexAdd_(0, t[1], t[2])).torch(p -> torch.index_add(p[0], 0, p[1], p[2]));
        row("indexAdd_", "columns", n -> List.of(real(3, n), index(n, 6), real(3, 6))).inPlace()
                .tensors(t -> t[0].indexAdd_(1, t[1], t[2])).torch(p -> torch.index_add(p[0], 1, p[1], p[2]));
    }

    // ---- shapes ----------------------------------------------------------------------------------------------------

    private static void shapes() {
        row("reshape", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].reshape(3, -1))
                .tensors(t -> t[0].reshape(3, -1)).torch(p -> p[0].reshape(3, -1));
        row("reshape", "of a transpose", n -> List.of(real(3, n))).exact().variables(v -> v[0].t().reshape(-1))
                .tensors(t -> t[0].t().reshape(-1)).torch(p -> p[0].t().reshape(-1));
        row("view", "", n -> List.of(real(4, n))).exact().tensors(t -> t[0].contiguous().view(2, 2, -1))
                .torch(p -> p[0].view(2, 2, -1));
        row("alias", "", n -> List.of(real(3, n))).exact().tensors(t -> t[0].alias()).torch(p -> p[0].alias());
        row("flatten", "", n -> List.of(real(2, 3, n, 2))).exact().variables(v -> v[0].flatten(1, -2))
                .tensors(t -> t[0].flatten(1, -2)).torch(p -> p[0].flatten(1, -2));
        row("permute", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].permute(2, 0, -2))
                .tensors(t -> t[0].permute(2, 0, -2)).torch(p -> p[0].permute(2, 0, -2));
        row("transpose", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].transpose(0, -1))
                .tensors(t -> t[0].transpose(0, -1)).torch(p -> p[0].transpose(0, -1));
        row("t", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].t()).tensors(t -> t[0].t())
                .torch(p -> p[0].t());
        row("unsqueeze", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].unsqueeze(-1))
                .tensors(t -> t[0].unsqueeze(-1)).torch(p -> p[0].unsqueeze(-1));
        row("squeeze", "", n -> List.of(real(3, 1, n))).exact().variables(v -> v[0].squeeze(-2))
                .tensors(t -> t[0].squeeze(-2)).torch(p -> p[0].squeeze(-2));
        row("expand", "", n -> List.of(real(3, 1, n))).exact().variables(v -> v[0].expand(2, 3, 4, -1))
                .tensors(t -> t[0].expand(2, 3, 4, -1)).torch(p -> p[0].expand(2, 3, 4, -1));
        row("expandTo", "", n -> List.of(real(3, 1))).exact().variables(v -> v[0].expandTo(Shape.of(2, 3, 5)))
                .tensors(t -> t[0].expandTo(Shape.of(2, 3, 5))).torch(p -> p[0].expand(2, 3, 5));
        row("sumTo", "", n -> List.of(real(2, 3, n))).variables(v -> v[0].sumTo(Shape.of(3, 1)))
                .torch(p -> Libtorch.sum(p[0], false, 0, 2).unsqueeze(-1));
        row("narrow", "", n -> List.of(real(3, n + 2))).exact().variables(v -> v[0].narrow(-1, 1, v[0].size(-1) - 2))
                .tensors(t -> t[0].narrow(-1, 1, t[0].size(-1) - 2)).torch(p -> p[0].narrow(-1, 1, p[0].size(-1) - 2));
        row("slice", "steps of 3", n -> List.of(real(3, n))).exact().variables(v -> v[0].slice(1, 0, v[0].size(1), 3))
                .tensors(t -> t[0].slice(1, 0, t[0].size(1), 3))
                .torch(p -> Libtorch.slice(p[0], 1, 0, p[0].size(1), 3));
        row("slice", "from the end", n -> List.of(real(n + 3, 3))).exact().variables(v -> v[0].slice(0, -3, -1, 1))
                .tensors(t -> t[0].slice(0, -3, -1, 1)).torch(p -> Libtorch.slice(p[0], 0, -3, -1, 1));
        row("select", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].select(1, -1))
                .tensors(t -> t[0].select(1, -1)).torch(p -> p[0].select(1, -1));
        row("split", "lengths", n -> List.of(real(2, n + 3)))
                .variables(v -> swapped(v[0].split(-1, 2, v[0].size(-1) - 3, 1)))
                .tensors(t -> swapped(t[0].split(-1, 2, t[0].size(-1) - 3, 1)))
                .torch(p -> swapped(p[0].narrow(-1, 0, 2), p[0].narrow(-1, 2, p[0].size(-1) - 3),
                        p[0].narrow(-1, p[0].size(-1) - 1, 1)));
        row("split", "pieces of 2", n -> List.of(real(5, n))).variables(v -> swapped(v[0].split(0, 2)))
                .tensors(t -> swapped(t[0].split(0, 2)))
                .torch(p -> swapped(p[0].narrow(0, 0, 2), p[0].narrow(0, 2, 2), p[0].narrow(0, 4, 1)));
        row("split", "one piece used", n -> List.of(real(3, n))).exact().variables(v -> v[0].split(0, 1)[1])
                .tensors(t -> t[0].split(0, 1)[1]).torch(p -> p[0].narrow(0, 1, 1));
        row("cat", "last axis", n -> List.of(real(3, n), real(3, 2), real(3, 1)))
                .variables(v -> Variable.cat(-1, v)).tensors(t -> Tensor.cat(-1, t)).exact()
                .torch(p -> Libtorch.cat(-1, p));
        row("cat", "first axis, f32 and f64", n -> List.of(real(1, n), integers(DType.F64, -9, 9, 2, n)))
                .variables(v -> Variable.cat(0, v)).tensors(t -> Tensor.cat(0, t)).torch(p -> Libtorch.cat(0, p));
        row("stack", "", n -> List.of(real(3, n), real(3, n))).exact().variables(v -> Variable.stack(1, v))
                .tensors(t -> Tensor.stack(1, t)).torch(p -> Libtorch.stack(1, p));
        row("contiguous", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].t().contiguous())
                .tensors(t -> t[0].t().contiguous()).torch(p -> p[0].t().contiguous());
    }

    /** Uses the pieces of a split in another order and weight, so that it matters which is which. */
    private static Variable swapped(Variable... parts) {
        return parts[2].sum().mul(3).add(parts[1].mul(2)).add(parts[0].square().sum());
    }

    private static Tensor swapped(Tensor... parts) {
        return parts[2].sum().mul(3).add(parts[1].mul(2)).add(parts[0].square().sum());
    }

    private static org.bytedeco.pytorch.Tensor swapped(org.bytedeco.pytorch.Tensor... parts) {
        return parts[2].sum().mul(number(3)).add(parts[1].mul(number(2))).add(parts[0].square().sum());
    }

    private static void conversions() {
        row("to", "f64", n -> List.of(real(3, n))).exact().variables(v -> v[0].to(DType.F64))
                .tensors(t -> t[0].to(DType.F64))
                .torch(p -> p[0].to(torch.ScalarType.Double));
        row("to", "f32", n -> List.of(real(3, n))).exact().kinked().variables(v -> v[0].to(DType.F32))
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "i64, towards zero", n -> List.of(within(-9, 9, 3, n))).exact().tensors(t -> t[0].to(DType.I64))
                .torch(p -> p[0].to(torch.ScalarType.Long));
        row("to", "bool", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].to(DType.BOOL))
                .torch(p -> p[0].to(torch.ScalarType.Bool));
        row("to", "i64 to i32", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact().tensors(t -> t[0].to(DType.I32))
                .torch(p -> p[0].to(torch.ScalarType.Int));
        row("to", "u8 to f32", n -> List.of(integers(DType.U8, 0, 256, 3, n))).exact().tensors(t -> t[0].to(DType.F32))
                .torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "f16", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].to(DType.F16))
                .torch(p -> p[0].to(torch.ScalarType.Half));
        row("to", "bf16", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].to(DType.BF16))
                .torch(p -> p[0].to(torch.ScalarType.BFloat16));
        row("to", "f16 to f32", n -> List.of(integers(DType.F16, -999, 999, 3, n))).exact()
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "bf16 to f32", n -> List.of(integers(DType.BF16, -200, 200, 3, n))).exact()
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("ofBits", "", n -> List.of()).exact()
                .tensors(_ -> Tensor.ofBits(DType.F16, new short[] {0x3C00, (short) 0xC100, 1}))
                .torch(_ -> org.bytedeco.pytorch.Tensor.create(new short[] {0x3C00, (short) 0xC100, 1}, 3)
                        .view(torch.ScalarType.Half));
        row("copy", "", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].copy())
                .torch(p -> p[0].clone());
    }

    // ---- random numbers: our own definition, for which libtorch has no twin ----------------------------------------

    private static void random() {
        row("dropout", "", n -> List.of(real(3, n))).variables(v -> v[0].dropout(0.3, new Generator(11)));
        row("dropout", "none", n -> List.of(real(3, n))).exact().variables(v -> v[0].dropout(0)).torch(p -> p[0]);
        row("rand", "", n -> List.of()).exact().tensors(_ -> Tensor.rand(new Generator(3), 5, 7));
        row("randn", "", n -> List.of()).exact().tensors(_ -> Tensor.randn(new Generator(3), 5, 7));
        row("uniform_", "", n -> List.of(real(3, n))).exact().inPlace()
                .tensors(t -> t[0].uniform_(-1, 3, new Generator(4)));
        row("normal_", "", n -> List.of(real(3, n))).exact().inPlace()
                .tensors(t -> t[0].normal_(1, 2, new Generator(4)));
    }

    private static void creation() {
        row("zeros", "", n -> List.of()).exact().tensors(_ -> Tensor.zeros(3, 5)).torch(_ -> torch.zeros(3, 5));
        row("zeros", "i64", n -> List.of()).exact().tensors(_ -> Tensor.zeros(DType.I64, 3))
                .torch(_ -> torch.zeros(3).to(torch.ScalarType.Long));
        row("ones", "", n -> List.of()).exact().tensors(_ -> Tensor.ones(3, 5)).torch(_ -> torch.ones(3, 5));
        row("full", "", n -> List.of()).exact().tensors(_ -> Tensor.full(2.5, DType.F32, 3, 5))
                .torch(_ -> torch.ones(3, 5).mul(number(2.5)));
        row("scalar", "", n -> List.of()).exact().tensors(_ -> Tensor.scalar(2.5))
                .torch(_ -> torch.full(new long[0], number(2.5)));
        row("arange", "", n -> List.of()).exact().tensors(_ -> Tensor.arange(17)).torch(_ -> torch.arange(number(17)));
        row("arange", "steps", n -> List.of()).tensors(_ -> Tensor.arange(-1, 2, 0.3, DType.F32))
                .torch(_ -> torch.arange(number(-1), number(2), number(0.3)));
        row("eye", "", n -> List.of()).exact().tensors(_ -> Tensor.eye(5)).torch(_ -> torch.eye(5));
        row("of", "", n -> List.of()).exact().tensors(_ -> Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3))
                .torch(_ -> torch.tensor(1f, 2f, 3f, 4f, 5f, 6f).reshape(2, 3));
    }

    // ---- changes in place ------------------------------------------------------------------------------------------

    private static void changesInPlace() {
        row("fill_", "", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].fill_(1.5))
                .torch(p -> torch.full_like(p[0], number(1.5)));
        row("zero_", "", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].zero_())
                .torch(p -> torch.zeros_like(p[0]));
        row("copy_", "", n -> List.of(real(3, n), real(3, n))).exact().inPlace().tensors(t -> t[0].copy_(t[1]))
                .torch(p -> p[1]);
        row("copy_", "a row of i64", n -> List.of(real(3, n), integers(DType.I64, -9, 9, n))).exact().inPlace()
                .tensors(t -> t[0].copy_(t[1])).torch(p -> p[1].to(torch.ScalarType.Float).expand_as(p[0]));
        row("add_", "", n -> List.of(real(3, n), real(3, n))).exact().inPlace().tensors(t -> t[0].add_(t[1]))
                .torch(p -> p[0].add(p[1]));
        row("add_", "a row", n -> List.of(real(3, n), real(n))).exact().inPlace().tensors(t -> t[0].add_(t[1]))
                .torch(p -> p[0].add(p[1]));
        row("sub_", "a column", n -> List.of(real(3, n), real(3, 1))).exact().inPlace().tensors(t -> t[0].sub_(t[1]))
                .torch(p -> p[0].sub(p[1]));
        row("mul_", "", n -> List.of(real(3, n), real(3, n))).exact().inPlace().tensors(t -> t[0].mul_(t[1]))
                .torch(p -> p[0].mul(p[1]));
        row("mul_", "a number", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].mul_(-1.5))
                .torch(p -> p[0].mul(number(-1.5)));
        row("div_", "a scalar", n -> List.of(real(3, n), positive())).exact().inPlace().tensors(t -> t[0].div_(t[1]))
                .torch(p -> p[0].div(p[1]));
        row("add_", "its own transpose", n -> List.of(real(5, 5))).exact().inPlace().tensors(t -> t[0].add_(t[0].t()))
                .torch(p -> p[0].add(p[0].t()));
    }

    /** Returns the names of the ops that have a row with the function asked for. */
    static Set<String> names(boolean onVariables) {
        Set<String> names = new TreeSet<>();
        for (OpSample sample : TABLE) {
            if (onVariables ? sample.variables != null : sample.tensors != null) {
                names.add(sample.op);
            }
        }
        return names;
    }
}
