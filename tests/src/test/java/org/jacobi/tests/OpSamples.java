package org.jacobi.tests;

import static org.jacobi.tests.Operand.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The table of all ops, one row or more an op: conformance of the backends, gradient checks and parity with libtorch are
 * driven by it, and an op without a row fails the build.
 */
final class OpSamples {
    private static final List<OpSample> TABLE = new ArrayList<>();
    /** How the operands of a binary op broadcast; one row each. */
    static final List<String> BROADCASTS = List.of("same shape", "a row", "a column", "a scalar", "both");

    static {
        ElementwiseSamples.add();
        FunctionSamples.add();
        HalfSamples.add();
        QuantizationSamples.add();
        ReductionSamples.add();
        SortingSamples.add();
        ProductSamples.add();
        ConvolutionSamples.add();
        LinalgSamples.add();
        LossSamples.add();
        LossFunctionSamples.add();
        PoolingSamples.add();
        SequenceSamples.add();
        IndexingSamples.add();
        ShapeSamples.add();
        SpectralSamples.add();
        CreationSamples.add();
        ConstructionSamples.add();
    }

    private OpSamples() {
    }

    static List<OpSample> all() {
        return TABLE;
    }

    /** Returns the rows that the system property {@code jacobi.samples}, a regular expression, is found in; all without it. */
    static Stream<OpSample> selected() {
        Predicate<String> wanted = Pattern.compile(System.getProperty("jacobi.samples", "")).asPredicate();
        return TABLE.stream().filter(sample -> wanted.test(sample.toString()));
    }

    // ---- how rows are written --------------------------------------------------------------------------------------

    static OpSample row(String op, String variant, IntFunction<List<Operand>> operands) {
        OpSample sample = new OpSample(op, variant, operands);
        TABLE.add(sample);
        return sample;
    }

    /** A function of one operand, element by element. */
    static OpSample unary(String op, IntFunction<Operand> operand, UnaryOperator<Variable> variables,
            UnaryOperator<Tensor> tensors, UnaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        return unary(op, "", operand, variables, tensors, torchTwin);
    }

    static OpSample unary(String op, String variant, IntFunction<Operand> operand,
            UnaryOperator<Variable> variables,
            UnaryOperator<Tensor> tensors, UnaryOperator<org.bytedeco.pytorch.Tensor> torchTwin) {
        OpSample sample = row(op, variant, n -> List.of(operand.apply(n))).tensors(t -> tensors.apply(t[0]))
                .torch(p -> torchTwin.apply(p[0])).elementwise();
        return variables == null ? sample : sample.variables(v -> variables.apply(v[0]));
    }

    static List<Operand> pair(String broadcast, int n, double low, double high) {
        return switch (broadcast) {
            case "same shape" -> List.of(within(low, high, 3, n), within(low, high, 3, n));
            case "a row" -> List.of(within(low, high, 3, n), within(low, high, n));
            case "a column" -> List.of(within(low, high, 3, n), within(low, high, 3, 1));
            case "a scalar" -> List.of(within(low, high, 3, n), within(low, high));
            default -> List.of(within(low, high, 3, 1), within(low, high, 2, 1, n));
        };
    }

    /** A function of two operands that broadcast, element by element. */
    static void binary(String op, double low, double high, BinaryOperator<Variable> variables,
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
