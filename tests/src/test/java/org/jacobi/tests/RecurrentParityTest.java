package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Param;
import org.jacobi.layers.recurrent.GRU;
import org.jacobi.layers.recurrent.GRUCell;
import org.jacobi.layers.recurrent.LSTM;
import org.jacobi.layers.recurrent.LSTMCell;
import org.jacobi.layers.recurrent.LstmState;
import org.jacobi.layers.recurrent.PackedSequence;
import org.jacobi.layers.recurrent.RNN;
import org.jacobi.layers.recurrent.RNNCell;
import org.jacobi.layers.recurrent.RecurrentConfig;
import org.jacobi.layers.recurrent.RecurrentLayer;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Recurrent layers beside libtorch's functions: outputs, states, the gradients of inputs and of all parameters. */
class RecurrentParityTest {
    private static final int T = 5;
    private static final int B = 3;
    private static final int IN = 4;
    private static final int H = 6;
    private static final double TOLERANCE = 2e-5;

    private enum Kind {
        TANH, RELU, LSTM, GRU
    }

    private static List<RecurrentConfig> configs() {
        RecurrentConfig plain = RecurrentConfig.of(IN, H);
        return List.of(plain, plain.bias(false), plain.numLayers(3), plain.bidirectional(true),
                plain.batchFirst(true), plain.numLayers(2).bidirectional(true).batchFirst(true),
                plain.numLayers(2).bidirectional(true).bias(false));
    }

    private static RecurrentLayer<?> make(Kind kind, RecurrentConfig config) {
        Generator generator = new Generator(5);
        return switch (kind) {
            case TANH -> new RNN(config, RNN.Nonlinearity.TANH, generator);
            case RELU -> new RNN(config, RNN.Nonlinearity.RELU, generator);
            case LSTM -> new LSTM(config, generator);
            case GRU -> new GRU(config, generator);
        };
    }

    @TestFactory
    Stream<DynamicTest> sequencesOfOneLength() {
        return tests((kind, config) -> check(kind, config, null));
    }

    @TestFactory
    Stream<DynamicTest> packedSequences() {
        return tests((kind, config) -> {
            check(kind, config, new long[] {5, 3, 1});
            check(kind, config, new long[] {2, 5, 5});
        });
    }

    private interface Check {
        void run(Kind kind, RecurrentConfig config);
    }

    private static Stream<DynamicTest> tests(Check check) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (RecurrentConfig config : configs()) {
                tests.add(DynamicTest.dynamicTest(kind + " " + config, () -> check.run(kind, config)));
            }
        }
        RecurrentConfig projected = RecurrentConfig.of(IN, H).projSize(2).numLayers(2).bidirectional(true);
        tests.add(DynamicTest.dynamicTest("projections", () -> check.run(Kind.LSTM, projected)));
        return tests.stream();
    }

    /** What a side computes: outputs and, after a backward of them all weighted, gradients. */
    private record Numbers(List<double[]> outs, Map<String, double[]> gradients) {
        void compare(String what, Numbers other) {
            for (int i = 0; i < outs.size(); i++) {
                assertArrayEquals(outs.get(i), other.outs.get(i), TOLERANCE, what + ", output " + i);
            }
            assertEquals(gradients.keySet(), other.gradients.keySet());
            gradients.forEach((name, values) -> Evaluation.compare(what + ", gradient of " + name, values,
                    other.gradients.get(name), TOLERANCE));
        }
    }

    private static void check(Kind kind, RecurrentConfig config, long[] lengths) {
        Libtorch.require();
        RecurrentLayer<?> layer = make(kind, config);
        Generator generator = new Generator(9);
        Tensor x = config.batchFirst() ? Tensor.randn(generator, B, T, IN) : Tensor.randn(generator, T, B, IN);
        long states = (long) config.numLayers() * config.directions();
        Tensor h0 = Tensor.randn(generator, states, B, config.stateSize());
        Tensor c0 = Tensor.randn(generator, states, B, H);
        try (var _ = new PointerScope()) {
            Numbers theirs = theirs(kind, config, layer.stateDict(), x, h0, c0, lengths);
            theirs.compare(kind + " " + config, ours(kind, layer, x, h0, c0, lengths));
        }
    }

    private static Numbers ours(Kind kind, RecurrentLayer<?> layer, Tensor x, Tensor h0, Tensor c0, long[] lengths) {
        Map<String, Variable> leaves = new LinkedHashMap<>(Map.of("x", Variable.leaf(x), "h0", Variable.leaf(h0)));
        if (kind == Kind.LSTM) {
            leaves.put("c0", Variable.leaf(c0));
        }
        leaves.putAll(layer.namedParameters());
        List<Variable> outs = new ArrayList<>();
        if (layer instanceof LSTM lstm) {
            LstmState initial = new LstmState(leaves.get("h0"), leaves.get("c0"));
            LstmState last;
            if (lengths == null) {
                var out = lstm.forward(leaves.get("x"), initial);
                outs.add(out.output());
                last = out.state();
            } else {
                var out = lstm.forward(pack(layer, leaves.get("x"), lengths), initial);
                outs.add(pad(layer, out.output(), lengths));
                last = out.state();
            }
            outs.add(last.h());
            outs.add(last.c());
        } else {
            @SuppressWarnings("unchecked") // of RNN and GRU
            var plain = (RecurrentLayer<Variable>) layer;
            if (lengths == null) {
                var out = plain.forward(leaves.get("x"), leaves.get("h0"));
                outs.addAll(List.of(out.output(), out.state()));
            } else {
                var out = plain.forward(pack(layer, leaves.get("x"), lengths), leaves.get("h0"));
                outs.addAll(List.of(pad(layer, out.output(), lengths), out.state()));
            }
        }
        Variable loss = outs.stream().map(out -> out.mul(Tensor.of(Evaluation.weights((int) out.numel()))
                .reshape(out.shape().toArray()).to(out.dtype())).sum()).reduce(Variable::add).orElseThrow();
        loss.backward();
        Map<String, double[]> gradients = new LinkedHashMap<>();
        leaves.forEach((name, leaf) -> gradients.put(name, leaf.grad().value().toDoubleArray()));
        return new Numbers(outs.stream().map(out -> out.value().toDoubleArray()).toList(), gradients);
    }

    private static PackedSequence pack(RecurrentLayer<?> layer, Variable x, long[] lengths) {
        boolean sorted = lengths[0] > lengths[1];
        return PackedSequence.packPaddedSequence(x, Tensor.of(lengths), layer.config().batchFirst(), sorted);
    }

    private static Variable pad(RecurrentLayer<?> layer, PackedSequence packed, long[] lengths) {
        PackedSequence.Padded padded = packed.padPackedSequence(layer.config().batchFirst(), 0.5);
        assertArrayEquals(lengths, padded.lengths().toLongArray());
        return padded.output();
    }

    private static Numbers theirs(Kind kind, RecurrentConfig config, Map<String, Tensor> weights, Tensor x, Tensor h0,
            Tensor c0, long[] lengths) {
        Map<String, org.bytedeco.pytorch.Tensor> leaves = new LinkedHashMap<>();
        leaves.put("x", leaf(x));
        leaves.put("h0", leaf(h0));
        if (kind == Kind.LSTM) {
            leaves.put("c0", leaf(c0));
        }
        TensorVector params = new TensorVector();
        weights.forEach((name, value) -> {
            leaves.put(name, leaf(value));
            params.push_back(leaves.get(name));
        });
        org.bytedeco.pytorch.Tensor first = leaves.get("x");
        org.bytedeco.pytorch.Tensor sizes = null;
        org.bytedeco.pytorch.Tensor rows = null;
        long[] order = {0, 1, 2};
        if (lengths != null) {
            // The longest first, row after row of each step.
            order = lengths[0] > lengths[1] ? new long[] {0, 1, 2} : new long[] {1, 2, 0};
            rows = rows(lengths, order);
            sizes = Libtorch.tensor(batchSizes(lengths), T);
            first = stepsFirst(first, config).flatten(0, 1).index_select(0, rows);
        }
        org.bytedeco.pytorch.Tensor index = Libtorch.tensor(order, 3);
        TensorVector states = new TensorVector(leaves.get("h0").index_select(1, index));
        if (kind == Kind.LSTM) {
            states.push_back(leaves.get("c0").index_select(1, index));
        }
        List<org.bytedeco.pytorch.Tensor> outs =
                new ArrayList<>(run(kind, config, first, sizes, states, params));
        if (lengths != null) {
            long width = outs.get(0).size(1);
            var padded = torch.full(new long[] {T * B, width}, Libtorch.number(0.5))
                    .index_copy(0, rows, outs.get(0)).reshape(T, B, width);
            outs.set(0, stepsFirst(padded, config));
        }
        org.bytedeco.pytorch.Tensor back = torch.argsort(index);
        for (int i = 1; i < outs.size(); i++) {
            outs.set(i, outs.get(i).index_select(1, back));
        }
        org.bytedeco.pytorch.Tensor loss = torch.zeros(1);
        for (var out : outs) {
            loss = loss.add(out.mul(org.bytedeco.pytorch.Tensor.create(
                    Evaluation.weights((int) out.numel()), out.shape()).to(torch.ScalarType.Float)).sum());
        }
        loss.backward();
        Map<String, double[]> gradients = new LinkedHashMap<>();
        leaves.forEach((name, value) -> gradients.put(name, Libtorch.numbers(value.grad())));
        return new Numbers(outs.stream().map(Libtorch::numbers).toList(), gradients);
    }

    /** Exchanges the first two axes if the batch is, or is to be, the first. */
    private static org.bytedeco.pytorch.Tensor stepsFirst(org.bytedeco.pytorch.Tensor x, RecurrentConfig config) {
        return config.batchFirst() ? x.transpose(0, 1) : x;
    }

    private static long[] batchSizes(long[] lengths) {
        return LongStream.range(0, T).map(t -> LongStream.of(lengths).filter(length -> length > t).count()).toArray();
    }

    /** Returns where each row of the steps is in (T, B). */
    private static org.bytedeco.pytorch.Tensor rows(long[] lengths, long[] order) {
        long[] rows = LongStream.range(0, T).flatMap(t -> LongStream.of(order)
                .filter(b -> lengths[(int) b] > t).map(b -> t * B + b)).toArray();
        return Libtorch.tensor(rows, rows.length);
    }

    private static org.bytedeco.pytorch.Tensor leaf(Tensor value) {
        return Libtorch.tensor(value).detach().set_requires_grad(true);
    }

    private static List<org.bytedeco.pytorch.Tensor> run(Kind kind, RecurrentConfig config,
            org.bytedeco.pytorch.Tensor x, org.bytedeco.pytorch.Tensor sizes, TensorVector states,
            TensorVector params) {
        boolean bias = config.bias();
        int layers = config.numLayers();
        boolean both = config.bidirectional();
        boolean first = config.batchFirst();
        var h0 = states.get(0);
        if (kind == Kind.LSTM) {
            var outs = sizes == null ? torch.lstm(x, states, params, bias, layers, 0, true, both, first)
                    : torch.lstm(x, sizes, states, params, bias, layers, 0, true, both);
            return List.of(outs.get0(), outs.get1(), outs.get2());
        }
        var outs = switch (kind) {
            case TANH -> sizes == null ? torch.rnn_tanh(x, h0, params, bias, layers, 0, true, both, first)
                    : torch.rnn_tanh(x, sizes, h0, params, bias, layers, 0, true, both);
            case RELU -> sizes == null ? torch.rnn_relu(x, h0, params, bias, layers, 0, true, both, first)
                    : torch.rnn_relu(x, sizes, h0, params, bias, layers, 0, true, both);
            default -> sizes == null ? torch.gru(x, h0, params, bias, layers, 0, true, both, first)
                    : torch.gru(x, sizes, h0, params, bias, layers, 0, true, both);
        };
        return List.of(outs.get0(), outs.get1());
    }

    @Test
    void cellsAreLibtorchs() {
        Libtorch.require();
        Tensor x = Tensor.randn(new Generator(1), B, IN);
        Tensor h = Tensor.randn(new Generator(2), B, H);
        Tensor c = Tensor.randn(new Generator(3), B, H);
        LSTMCell lstm = new LSTMCell(IN, H);
        GRUCell gru = new GRUCell(IN, H);
        RNNCell rnn = new RNNCell(IN, H);
        try (var _ = new PointerScope()) {
            var theirX = Libtorch.tensor(x);
            var theirH = Libtorch.tensor(h);
            var states = torch.lstm_cell(theirX, new TensorVector(theirH, Libtorch.tensor(c)), weight(lstm, 0),
                    weight(lstm, 1), bias(lstm, 2), bias(lstm, 3));
            LstmState ours = lstm.forward(Variable.constant(x),
                    new LstmState(Variable.constant(h), Variable.constant(c)));
            compare(Libtorch.numbers(states.get0()), ours.h());
            compare(Libtorch.numbers(states.get1()), ours.c());
            compare(Libtorch.numbers(torch.gru_cell(theirX, theirH, weight(gru, 0), weight(gru, 1), bias(gru, 2),
                    bias(gru, 3))), gru.forward(Variable.constant(x), Variable.constant(h)));
            compare(Libtorch.numbers(torch.rnn_tanh_cell(theirX, theirH, weight(rnn, 0), weight(rnn, 1), bias(rnn, 2),
                    bias(rnn, 3))), rnn.forward(Variable.constant(x), Variable.constant(h)));
            // Without a state, and without an axis of sequences.
            var zeros = torch.zeros(B, H);
            double[] first = Libtorch.numbers(torch.gru_cell(theirX, zeros, weight(gru, 0), weight(gru, 1),
                    bias(gru, 2), bias(gru, 3)));
            compare(first, gru.forward(x));
            compare(java.util.Arrays.copyOf(first, H), gru.forward(x.select(0, 0)));
        }
        assertEquals(List.of("weight_ih", "weight_hh", "bias_ih", "bias_hh"),
                List.copyOf(lstm.namedParameters().keySet()));
    }

    private static org.bytedeco.pytorch.Tensor weight(Layer layer, int which) {
        return Libtorch.tensor(layer.parameters().get(which).value());
    }

    private static TensorOptional bias(Layer layer, int which) {
        return new TensorOptional(weight(layer, which));
    }

    private static void compare(double[] expected, Variable actual) {
        assertArrayEquals(expected, actual.value().toDoubleArray(), TOLERANCE);
    }

    @Test
    void parametersHavePyTorchsNamesShapesAndRange() {
        LSTM lstm = new LSTM(RecurrentConfig.of(IN, H).numLayers(2).bidirectional(true).projSize(2), new Generator(0));
        assertEquals(List.of("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0",
                "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse", "bias_hh_l0_reverse",
                "weight_hr_l0_reverse", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1", "weight_hr_l1",
                "weight_ih_l1_reverse", "weight_hh_l1_reverse", "bias_ih_l1_reverse", "bias_hh_l1_reverse",
                "weight_hr_l1_reverse"), List.copyOf(lstm.namedParameters().keySet()));
        Map<String, Param> named = lstm.namedParameters();
        assertArrayEquals(new long[] {4 * H, 4}, named.get("weight_ih_l1").shape().toArray());
        assertArrayEquals(new long[] {4 * H, 2}, named.get("weight_hh_l1").shape().toArray());
        assertArrayEquals(new long[] {2, H}, named.get("weight_hr_l1").shape().toArray());
        double largest = lstm.parameters().stream()
                .flatMapToDouble(param -> DoubleStream.of(param.value().toDoubleArray())).map(Math::abs).max()
                .orElseThrow();
        assertTrue(largest <= 1 / Math.sqrt(H) && largest > 0.9 / Math.sqrt(H), "largest " + largest);
    }

    @Test
    void lstmGivesTheNumbersThatPyTorchPrinted() throws IOException {
        Path file = Project.root().resolve("../shared/data/pytorch-golden/layers.json");
        Assumptions.assumeTrue(Files.exists(file), file + " is not there");
        JsonNode golden = new JsonMapper().readTree(file.toFile()).get("cases").get("lstm");
        LSTM lstm = new LSTM(2, 3);
        Tensor bias = Tensor.of(numbers(golden.get("bias_ih"))).to(org.jacobi.tensor.DType.F32);
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("weight_ih_l0", Tensor.arange(24).to(org.jacobi.tensor.DType.F32).cos().reshape(12, 2));
        state.put("weight_hh_l0", Tensor.arange(36).to(org.jacobi.tensor.DType.F32).sin().reshape(12, 3));
        state.put("bias_ih_l0", bias);
        state.put("bias_hh_l0", bias.cos());
        lstm.loadStateDict(state);
        Tensor inputs = Tensor.of(new float[] {3, 1.5f, 1, 0.5f, 4, 2, 1, 0.5f, 5, 2.5f, 9, 4.5f, 2, 1}, 7, 1, 2);
        LstmState last = lstm.forward(Variable.constant(inputs), null).state();
        assertArrayEquals(numbers(golden.get("expected_h")), last.h().value().toDoubleArray(), 1e-4);
        assertArrayEquals(numbers(golden.get("expected_c")), last.c().value().toDoubleArray(), 1e-3);
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asDouble();
        }
        return numbers;
    }
}
