package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.jacobi.autograd.Autograd;
import org.jacobi.autograd.Checkpoint;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.autograd.Vmap;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Forward mode, batches of examples and checkpoints, for every op of the table: what they give must be what the backward,
 * a loop over examples and the plain call give.
 */
class FunctionalTest {
    private static final int N = 3;
    private static final int EXAMPLES = 3;
    /** Where the operands are. */
    static Device device = Device.CPU;

    /** A row as a function of its differentiable operands, in f64. */
    private static final class Row {
        private final OpSample sample;
        private final Variable[] all;
        private final int[] which;

        Row(OpSample sample) {
            this.sample = sample;
            all = sample.variables(N, sample.make(device, N, DType.F64, Layout.CONTIGUOUS, false));
            List<Operand> operands = sample.operands(N);
            int[] found = new int[all.length];
            int count = 0;
            for (int i = 0; i < all.length; i++) {
                if (operands.get(i).differentiable()) {
                    found[count++] = i;
                }
            }
            which = Arrays.copyOf(found, count);
        }

        Variable[] apply(Variable... in) {
            Variable[] operands = all.clone();
            for (int i = 0; i < which.length; i++) {
                operands[which[i]] = in[i];
            }
            return new Variable[] {sample.variables.apply(operands)};
        }

        Variable[] inputs() {
            return Arrays.stream(which).mapToObj(i -> all[i].detach()).toArray(Variable[]::new);
        }

        /** Returns the operands for several examples, stacked: for all but the first, the numbers are others. */
        Variable[] examples() {
            Variable[] stacked = new Variable[which.length];
            for (int i = 0; i < stacked.length; i++) {
                Tensor x = all[which[i]].value();
                Tensor[] parts = new Tensor[EXAMPLES];
                Arrays.setAll(parts, e -> e == 0 ? x : e == 1 ? x.mul(0.9375) : reversed(x));
                stacked[i] = Variable.constant(Tensor.stack(0, parts));
            }
            return stacked;
        }

        /** Has the numbers in another order, so that the place of the largest is another one, too. */
        private static Tensor reversed(Tensor x) {
            double[] numbers = x.toDoubleArray();
            double[] turned = new double[numbers.length];
            Arrays.setAll(turned, i -> numbers[numbers.length - 1 - i]);
            return Tensor.of(turned).reshape(x.shape().toArray()).to(x.dtype()).to(x.device());
        }
    }

    private static Stream<OpSample> rows() {
        return OpSamples.selected().filter(sample -> sample.variables != null)
                .filter(sample -> sample.operands(N).stream().anyMatch(Operand::differentiable));
    }

    private static Stream<DynamicTest> each(UnaryOperator<OpSample> check) {
        return rows().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            try (var _ = TensorScope.open()) {
                check.apply(sample);
            }
        }));
    }

    /** Returns the errors allowed, absolute and relative: sums in another order differ by roundings. */
    private static double tolerance(OpSample sample) {
        return sample.operands(N).stream().anyMatch(operand -> operand.type(DType.F64).isHalf()) ? 0.05 : 1e-9;
    }

    private static Variable random(Variable like, long seed) {
        return Variable.constant(Tensor.empty(like.device(), like.dtype(), like.shape())
                .uniform_(-1, 1, new Generator(seed)));
    }

    private static Variable[] random(Variable[] like, long seed) {
        Variable[] out = new Variable[like.length];
        Arrays.setAll(out, i -> random(like[i], seed + i));
        return out;
    }

    private static double dot(Variable[] a, Variable[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i].mul(b[i]).sum().item();
        }
        return sum;
    }

    /** wᵀ (J v), with J v by forward mode, is (wᵀ J) v, with wᵀ J by the backward. */
    @TestFactory
    Stream<DynamicTest> forwardModeAgreesWithTheBackward() {
        return each(sample -> {
            Row row = new Row(sample);
            Variable[] x = row.inputs();
            if (!row.apply(x)[0].dtype().isFloating()) {
                return sample; // bools and positions have no derivatives
            }
            for (int seed = 10; seed < 40; seed += 10) {
                Variable[] v = random(x, seed);
                Autograd.Products forward = Autograd.jvp(row::apply, x, v);
                Variable[] w = random(forward.outputs(), seed + 5);
                Autograd.Products reverse = Autograd.vjp(row::apply, x, w);
                double expected = dot(reverse.products(), v);
                double actual = dot(w, forward.products());
                double tolerance = Math.max(tolerance(sample), w[0].dtype() == DType.F32 ? 1e-5 : 0);
                Evaluation.compare(sample + ", wᵀ J v", new double[] {expected}, new double[] {actual}, tolerance);
            }
            return sample;
        });
    }

    private static Variable[] example(Variable[] stacked, int e) {
        return Arrays.stream(stacked).map(x -> x.select(0, e)).toArray(Variable[]::new);
    }

    private static void compare(OpSample sample, String what, Variable[][] expected, Variable[] stacked) {
        for (int e = 0; e < expected.length; e++) {
            for (int i = 0; i < stacked.length; i++) {
                Variable one = stacked[i].select(0, e);
                if (!one.shape().equals(expected[e][i].shape())) {
                    throw new AssertionError(sample + what + " " + i + ": shape " + one.shape() + " in the batch, "
                            + expected[e][i].shape() + " alone");
                }
                Evaluation.compare(sample + what + " " + i + ", example " + e, expected[e][i].value().toDoubleArray(),
                        one.value().toDoubleArray(), tolerance(sample));
            }
        }
    }

    private static Variable[] mapped(UnaryOperator<Variable[]> f, int outputs, Variable... in) {
        return Autograd.vmap(f, new int[in.length], new int[outputs]).apply(in);
    }

    /** An op on a batch gives what it gives for each example; and so do the gradients, inside of vmap and through it. */
    @TestFactory
    Stream<DynamicTest> aBatchIsItsExamplesStacked() {
        return each(sample -> {
            if (sample.toString().contains("dropout")) {
                return sample; // every example has random numbers of its own
            }
            Row row = new Row(sample);
            Variable[] examples = row.examples();
            Variable[][] alone = new Variable[EXAMPLES][];
            Arrays.setAll(alone, e -> row.apply(example(examples, e)));
            Variable[] outs = mapped(row::apply, 1, examples);
            compare(sample, ", result", alone, outs);
            if (!outs[0].dtype().isFloating()) {
                return sample;
            }
            Variable w = random(outs[0], 3);
            Variable[] withWeights = Arrays.copyOf(examples, examples.length + 1);
            withWeights[examples.length] = w;
            UnaryOperator<Variable[]> pullBack = in -> Autograd.vjp(row::apply, Arrays.copyOf(in, examples.length),
                    new Variable[] {in[examples.length]}).products();
            Variable[][] gradients = new Variable[EXAMPLES][];
            Arrays.setAll(gradients, e -> pullBack.apply(example(withWeights, e)));
            compare(sample, ", gradient of operand", gradients, mapped(pullBack, examples.length, withWeights));
            try (var _ = NoGrad.open()) {
                compare(sample, ", unrecorded gradient of operand", gradients,
                        mapped(pullBack, examples.length, withWeights));
            }
            compare(sample, ", gradient through vmap of operand", gradients,
                    Autograd.vjp((Variable[] in) -> mapped(row::apply, 1, in), examples, new Variable[] {w})
                            .products());
            for (int i = 0; i < examples.length; i++) {
                oneOperandMapped(sample, row, examples, i);
            }
            return sample;
        });
    }

    /** One operand is an example's, the others are the same for all, and their gradients sums over the examples. */
    private static void oneOperandMapped(OpSample sample, Row row, Variable[] examples, int which) {
        if (examples.length == 1) {
            return;
        }
        Variable[] inputs = row.inputs();
        inputs[which] = examples[which];
        int[] inAxes = new int[inputs.length];
        Arrays.fill(inAxes, Vmap.WHOLE);
        inAxes[which] = 0;
        UnaryOperator<Variable[]> mapped = Autograd.vmap(row::apply, inAxes, new int[1]);
        Variable[][] alone = new Variable[EXAMPLES][];
        UnaryOperator<Variable[]> loop = in -> {
            Variable[] results = new Variable[EXAMPLES];
            for (int e = 0; e < EXAMPLES; e++) {
                Variable[] one = in.clone();
                one[which] = in[which].select(0, e);
                alone[e] = row.apply(one);
                results[e] = alone[e][0];
            }
            return new Variable[] {Variable.stack(0, results)};
        };
        Variable w = random(loop.apply(inputs)[0], 4);
        Variable[] expected = Autograd.vjp(loop, inputs, new Variable[] {w}).products();
        compare(sample, ", mapped over operand " + which + " only", alone, mapped.apply(inputs));
        Variable[] actual = Autograd.vjp(mapped, inputs, new Variable[] {w}).products();
        for (int i = 0; i < inputs.length; i++) {
            Evaluation.compare(sample + ", mapped over operand " + which + " only, gradient of operand " + i,
                    expected[i].value().toDoubleArray(), actual[i].value().toDoubleArray(), tolerance(sample));
        }
    }

    /** Every bit of the gradients is the same, whether the op runs once or is run again for the backward. */
    @TestFactory
    Stream<DynamicTest> aCheckpointChangesNoBit() {
        return each(sample -> {
            Row row = new Row(sample);
            List<double[]> plain = gradients(row::apply, row);
            List<double[]> again = gradients(in -> Checkpoint.apply(row::apply, in), row);
            for (int i = 0; i < plain.size(); i++) {
                Evaluation.compare(sample + ", result or gradient " + i, plain.get(i), again.get(i), 0);
            }
            return sample;
        });
    }

    private static List<double[]> gradients(UnaryOperator<Variable[]> f, Row row) {
        Variable[] in = Arrays.stream(row.inputs()).map(x -> Variable.leaf(x.value())).toArray(Variable[]::new);
        Variable out = f.apply(in)[0];
        List<double[]> all = new ArrayList<>();
        all.add(out.value().toDoubleArray());
        if (out.requiresGrad()) {
            out.backward(random(out, 2).value(), false, false);
            for (Variable x : in) {
                all.add(x.grad() == null ? new double[0] : x.grad().value().toDoubleArray());
            }
        }
        return all;
    }

    /**
     * The ops that have no rule for batches. They return the positions of what they found as a Tensor, which user code reads
     * as those of one example: it has no way to hide an axis of examples.
     */
    private static final Set<String> WITHOUT_A_RULE = Set.of("VariableReductions.max", "VariableReductions.min",
            "VariableSorting.sort", "VariableSorting.topk", "VariableSorting.kthvalue", "VariableSorting.median",
            "VariableSorting.nanMedian", "VariableSorting.cummax", "VariableSorting.cummin", "MaxPool.withIndices");

    @AfterAll
    static void everyOtherOpHasARuleForBatches() {
        Set<String> found = Vmap.fallbacks();
        found.removeAll(WITHOUT_A_RULE);
        assertEquals(Set.of(), found,
                "These ops read value() and so have no rule for batches: vmap would call functions"
                        + " that use them example by example. Read operands through Batch instead, as docs/add-an-op.md says"
                        + " under \"vmap\"; if that cannot be, name the op in WITHOUT_A_RULE and say why.");
        if (System.getProperty("jacobi.samples", "").isEmpty()) {
            assertEquals(WITHOUT_A_RULE, intersection(WITHOUT_A_RULE, Vmap.fallbacks()),
                    "An op has got a rule for batches: take it off WITHOUT_A_RULE.");
        }
    }

    private static Set<String> intersection(Set<String> a, Set<String> b) {
        Set<String> both = new HashSet<>(a);
        both.retainAll(b);
        return both;
    }
}
