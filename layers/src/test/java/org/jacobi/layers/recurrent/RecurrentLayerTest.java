package org.jacobi.layers.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Embedding;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

class RecurrentLayerTest {
    /** A model of characters, whose state a training carries over from one piece of text to the next. */
    private static final class Model extends Layer {
        private final Embedding embedding = add("embedding", new Embedding(5, 8, new Generator(1)));
        private final LSTM lstm =
                add("lstm", new LSTM(RecurrentConfig.of(8, 16).numLayers(2).batchFirst(true), new Generator(2)));
        private final Linear fc = add("fc", new Linear(16, 5, true, new Generator(3)));

        @Override
        protected Variable compute(Variable x) {
            return forward(x, null).output();
        }

        RecurrentOutput<Variable, LstmState> forward(Variable x, LstmState state) {
            var out = lstm.forward(embedding.forward(x), state);
            return new RecurrentOutput<>(fc.forward(out.output()), out.state());
        }
    }

    private static double train(int steps) {
        Model model = new Model();
        AdamW optimizer = new AdamW(model.parameters(), 0.01);
        long[] text = new long[2 * 7];
        double loss = 0;
        LstmState state = null;
        try (var _ = TensorScope.open()) {
            for (int step = 0; step < steps; step++) {
                for (int i = 0; i < text.length; i++) {
                    int position = step * 6 + i % 7;
                    text[i] = position / (i < 7 ? 2 : 3) % 5; // what comes next depends on more than the last character
                }
                try (var _ = TensorScope.open()) {
                    Tensor tokens = Tensor.of(text, 2, 7);
                    var out = model.forward(Variable.constant(tokens.narrow(1, 0, 6)), state);
                    Variable value = out.output().crossEntropy(tokens.narrow(1, 1, 6));
                    value.backward();
                    optimizer.step();
                    optimizer.zeroGrad();
                    loss = value.item();
                    state = out.state().detach().keep();
                }
            }
        }
        return loss;
    }

    @Test
    void truncatedBackPropagationThroughTimeLearnsWithTheStateCarriedOver() {
        assertTrue(train(1) > 1.3);
        assertTrue(train(150) < 0.25, "loss " + train(150));
    }

    @Test
    void aSequenceInTwoPiecesIsTheSequence() {
        LSTM lstm = new LSTM(RecurrentConfig.of(3, 4).numLayers(2), new Generator(1));
        Variable x = Variable.constant(Tensor.randn(new Generator(2), 6, 2, 3));
        var whole = lstm.forward(x, null);
        var first = lstm.forward(x.narrow(0, 0, 4), null);
        var second = lstm.forward(x.narrow(0, 4, 2), first.state());
        assertArrayEquals(whole.output().value().toFloatArray(),
                Variable.cat(0, first.output(), second.output()).value().toFloatArray(), 1e-6f);
        assertArrayEquals(whole.state().c().value().toFloatArray(), second.state().c().value().toFloatArray(), 1e-6f);
    }

    @Test
    void underNoGradTheResultsOutliveTheScopeOfTheLayer() {
        GRU gru = new GRU(3, 4);
        try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
            var out = gru.forward(Variable.constant(Tensor.ones(5, 2, 3)), null);
            assertFalse(out.output().requiresGrad());
            assertArrayEquals(out.output().value().select(0, 4).toFloatArray(),
                    out.state().value().select(0, 0).toFloatArray());
        }
    }

    @Test
    void hooksSeeTheOutputOfALayerWithSeveralResults() {
        LSTM lstm = new LSTM(3, 4);
        int[] calls = new int[2];
        try (var _ = lstm.registerForwardHook((_, _, out) -> {
            calls[0]++;
            return out.mul(2);
        }); var _ = lstm.registerFullBackwardHook((_, gradInput, gradOutput) -> {
            calls[1]++;
            assertEquals(gradInput.shape(), org.jacobi.tensor.Shape.of(5, 2, 3));
            assertEquals(gradOutput.shape(), org.jacobi.tensor.Shape.of(5, 2, 4));
            return null;
        })) {
            Variable x = Variable.leaf(Tensor.ones(5, 2, 3));
            var out = lstm.forward(x, null);
            out.output().sum().backward();
            assertArrayEquals(out.output().value().select(0, 4).toFloatArray(),
                    out.state().h().value().select(0, 0).mul(2).toFloatArray());
            assertArrayEquals(new int[] {1, 1}, calls);
        }
    }

    @Test
    void dropoutLiesBetweenTheLayersAndInTrainingOnly() {
        RecurrentConfig config = RecurrentConfig.of(3, 4).numLayers(2);
        Variable x = Variable.constant(Tensor.ones(5, 2, 3));
        RNN with = new RNN(config.dropout(0.5), RNN.Nonlinearity.TANH, new Generator(1));
        RNN without = new RNN(config, RNN.Nonlinearity.TANH, new Generator(1));
        float[] plain = without.forward(x).value().toFloatArray();
        assertFalse(java.util.Arrays.equals(plain, with.forward(x).value().toFloatArray()));
        with.eval();
        assertArrayEquals(plain, with.forward(x).value().toFloatArray());
        RNN one = new RNN(RecurrentConfig.of(3, 4).dropout(0.5), RNN.Nonlinearity.TANH, new Generator(1));
        assertArrayEquals(one.forward(x).value().toFloatArray(), one.forward(x).value().toFloatArray());
    }

    @Test
    void theBitsDoNotDependOnTheThreads() {
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            WorkerPool.setThreads(i == 0 ? 1 : 3);
            LSTM lstm = new LSTM(RecurrentConfig.of(20, 150), new Generator(1));
            lstm.forward(Variable.constant(Tensor.randn(new Generator(2), 7, 33, 20)), null).output().square().sum()
                    .backward();
            results[i] = lstm.parameters().get(1).grad().value().toFloatArray();
        }
        WorkerPool.setThreads(Runtime.getRuntime().availableProcessors());
        assertArrayEquals(results[0], results[1]);
    }

    @Test
    void wrongCallsAreRefusedWithWhatWasExpected() {
        LSTM lstm = new LSTM(RecurrentConfig.of(3, 4).batchFirst(true), new Generator(1));
        refused("(B, T, 3)", () -> lstm.forward(Tensor.ones(2, 5, 4)));
        refused("one time step", () -> lstm.forward(Tensor.ones(2, 0, 3)));
        Variable x = Variable.constant(Tensor.ones(2, 5, 3));
        Variable wrong = Variable.constant(Tensor.ones(1, 3, 4));
        refused("(1, 2, 4)", () -> lstm.forward(x, new LstmState(wrong, wrong)));
        refused("do not fall", () -> PackedSequence.packPaddedSequence(x, Tensor.of(new long[] {3, 5}), true, true));
        refused("1 to the 5", () -> PackedSequence.packPaddedSequence(x, Tensor.of(new long[] {3, 6}), true, false));
        refused("1 to the 5", () -> PackedSequence.packPaddedSequence(x, Tensor.of(new long[] {0, 5}), true, false));
        refused("(2)", () -> PackedSequence.packPaddedSequence(x, Tensor.of(new long[] {5}), true, false));
        refused("only LSTM", () -> new GRU(RecurrentConfig.of(3, 4).projSize(2), new Generator(1)));
        refused("(B, 3)", () -> new GRUCell(3, 4).forward(Tensor.ones(2, 4)));
    }

    private static void refused(String expected, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
