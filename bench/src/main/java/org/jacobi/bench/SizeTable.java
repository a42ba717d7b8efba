package org.jacobi.bench;

import static org.jacobi.bench.Input.f32;
import static org.jacobi.bench.Input.indices;
import static org.jacobi.bench.Input.positive;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.jacobi.autograd.Variable;
import org.jacobi.bench.OpCase.Measured;
import org.jacobi.tensor.Tensor;

/**
 * Many ops at three sizes each: 64 elements, where a call is all there is; 64 Ki, which caches hold; and 16 Mi, which
 * come from memory. A case is called by the number of elements of its first operand; matrices are square. Of what gives values
 * and positions, the values are compared.
 */
final class SizeTable {
    /** Eight rows of eight, 256 of 256, 4096 of 4096. */
    static final List<Long> SIZES = List.of(64L, 1L << 16, 1L << 24);
    /** What does nothing but make another handle: its time is what a call takes. */
    static final String CALL = "alias";

    /** How many of a row's largest elements are looked for. */
    static final long TOP = 8;

    private static final double EPS = 1e-5;

    static final List<OpCase> CASES = Stream.of(
            unary(CALL, x -> Variable.constant(x.value().alias())),
            unary("neg", Variable::neg),
            unary("abs", Variable::abs),
            unary("exp", Variable::exp),
            ofPositive("log", Variable::log),
            ofPositive("sqrt", Variable::sqrt),
            ofPositive("rsqrt", Variable::rsqrt),
            ofPositive("reciprocal", Variable::reciprocal),
            unary("square", Variable::square),
            unary("sin", Variable::sin),
            unary("cos", Variable::cos),
            unary("tanh", Variable::tanh),
            unary("erf", Variable::erf),
            unary("sigmoid", Variable::sigmoid),
            unary("relu", Variable::relu),
            unary("gelu", Variable::gelu),
            unary("geluTanh", Variable::geluTanh),
            unary("silu", Variable::silu),
            unary("clamp", x -> x.clamp(-0.5, 0.5)),
            unary("mulNumber", x -> x.mul(0.5)),
            onTensor("floor", Tensor::floor),
            ofPositive("log1p", Variable::log1p),

            binary("add", (a, b) -> a.add(b)),
            binary("sub", (a, b) -> a.sub(b)),
            binary("mul", (a, b) -> a.mul(b)),
            op("div", n -> List.of(f32(n), positive(n)), in -> in[0].div(in[1])),
            op("pow", n -> List.of(positive(n), f32(n)), in -> in[0].pow(in[1])),
            binary("maximum", (a, b) -> a.maximum(b)),
            op("remainder", n -> List.of(f32(n), positive(n)), in -> in[0].remainder(in[1])),
            op("lerp", n -> List.of(f32(n), f32(n), positive(n)), in -> in[0].lerp(in[1], in[2])),
            op("less", n -> List.of(f32(n), f32(n)), in -> Variable.constant(in[0].value().lt(in[1].value()))),
            op("addRow", n -> List.of(matrix(n), f32(side(n))), in -> in[0].add(in[1])),
            op("mulColumn", n -> List.of(matrix(n), f32(side(n), 1)), in -> in[0].mul(in[1])),

            reduction("sum", x -> x.sum()),
            reduction("sumRows", x -> x.sum(1)),
            reduction("sumColumns", x -> x.sum(0)),
            reduction("mean", x -> x.mean(1)),
            reduction("amax", x -> x.amax(1)),
            reduction("argmax", x -> Variable.constant(x.value().argmax(1))),
            reduction("variance", x -> x.var(1)),
            reduction("norm", x -> x.norm(2, 1)),
            reduction("logsumexp", x -> x.logsumexp(1)),
            ofMatrix("softmax", x -> x.softmax(1)),
            ofMatrix("logSoftmax", x -> x.logSoftmax(1)),
            op("layerNorm", n -> List.of(matrix(n), f32(side(n)), f32(side(n))),
                    in -> in[0].layerNorm(in[1], in[2], EPS)),

            ofMatrix("cumsumRows", x -> x.cumsum(1)),
            ofMatrix("cumsumColumns", x -> x.cumsum(0)),
            ofMatrix("sortRows", x -> x.sort(1).values()),
            ofMatrix("topk", x -> x.topk(TOP, 1).values()),
            ofMatrix("rfft", x -> x.rfft()),

            ofMatrix("transposedCopy", x -> x.t().contiguous()),
            ofMatrix("flip", x -> x.flip(1)),
            ofMatrix("pad", x -> x.pad(new long[] {1, 1, 1, 1}, 0)),
            ofMatrix("tril", x -> x.tril()),
            op("cat", n -> List.of(matrix(n), matrix(n)), in -> Variable.cat(1, in[0], in[1])),
            op("indexSelect", n -> List.of(matrix(n), indices(side(n), side(n))),
                    in -> in[0].indexSelect(0, in[1].value())),
            op("gather", n -> List.of(matrix(n), indices(side(n), side(n), side(n))),
                    in -> in[0].gather(1, in[1].value())),
            op("scatterAdd", n -> List.of(matrix(n), indices(side(n), side(n), side(n)), matrix(n)),
                    in -> in[0].scatterAdd(1, in[1].value(), in[2])),
            cases("matmul", n -> List.of(matrix(n), matrix(n)), in -> in[0].matmul(in[1]),
                    n -> 2.0 * n * side(n), n -> (double) Float.BYTES * n))
            .flatMap(Function.identity()).toList();

    private SizeTable() {
    }

    /** Returns the length of a side of a square matrix of n elements. */
    private static long side(long n) {
        return Math.round(Math.sqrt(n));
    }

    private static Input matrix(long n) {
        return f32(side(n), side(n));
    }

    private static Stream<OpCase> unary(String name, UnaryOperator<Variable> op) {
        return op(name, n -> List.of(f32(n)), in -> op.apply(in[0]));
    }

    private static Stream<OpCase> ofPositive(String name, UnaryOperator<Variable> op) {
        return op(name, n -> List.of(positive(n)), in -> op.apply(in[0]));
    }

    private static Stream<OpCase> onTensor(String name, UnaryOperator<Tensor> op) {
        return op(name, n -> List.of(f32(n)), in -> Variable.constant(op.apply(in[0].value())));
    }

    private static Stream<OpCase> binary(String name, BinaryOperator<Variable> op) {
        return op(name, n -> List.of(f32(n), f32(n)), in -> op.apply(in[0], in[1]));
    }

    private static Stream<OpCase> ofMatrix(String name, UnaryOperator<Variable> op) {
        return op(name, n -> List.of(matrix(n)), in -> op.apply(in[0]));
    }

    /** An op whose result is small beside its operand. */
    private static Stream<OpCase> reduction(String name, UnaryOperator<Variable> op) {
        return cases(name, n -> List.of(matrix(n)), in -> op.apply(in[0]), _ -> 0, _ -> 0);
    }

    /** An op whose result is as large as its first operand. */
    private static Stream<OpCase> op(String name, LongFunction<List<Input>> inputs,
            Function<Variable[], Variable> forward) {
        return cases(name, inputs, forward, _ -> 0, n -> (double) Float.BYTES * n);
    }

    private static Stream<OpCase> cases(String name, LongFunction<List<Input>> inputs,
            Function<Variable[], Variable> forward, LongToDoubleFunction flop, LongToDoubleFunction written) {
        return SIZES.stream().map(n -> {
            List<Input> operands = inputs.apply(n);
            double read = operands.stream().mapToDouble(Input::bytes).sum();
            return new OpCase(name, Measured.FORWARD, List.of(n), operands, forward, flop.applyAsDouble(n),
                    read + written.applyAsDouble(n));
        });
    }
}
