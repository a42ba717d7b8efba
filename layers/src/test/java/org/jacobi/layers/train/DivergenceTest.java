package org.jacobi.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.jacobi.autograd.Anomaly;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.train.Moons.Mlp;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** NaN is caught before it reaches a parameter, and told with the op and the layer it comes from. */
class DivergenceTest {
    /** A layer that does one thing. */
    private static final class Apply extends Layer {
        private final UnaryOperator<Variable> function;

        Apply(UnaryOperator<Variable> function) {
            this.function = function;
        }

        @Override
        protected Variable compute(Variable x) {
            return function.apply(x);
        }
    }

    private static DivergedException diverge(Layer model, Iterable<Batch> batches, int accumulate, long stepsBefore) {
        Optimizer optimizer = new AdamW(model.parameters(), 0.01);
        List<Map<String, float[]>> weights = new ArrayList<>();
        List<GeneratorState> generators = new ArrayList<>();
        Trainer<Batch> trainer = Trainer.supervised(model, optimizer, (prediction, _) -> prediction.mean())
                .accumulate(accumulate).callback(new Callback() {
                    @Override
                    public void onFitStart(Trainer<?> each) {
                        weights.add(TrainerTest.weights(model));
                        generators.add(GeneratorState.of(Generator.global()));
                    }

                    @Override
                    public void onStepEnd(Trainer<?> each, StepRecord step) {
                        weights.add(TrainerTest.weights(model));
                        generators.add(GeneratorState.of(Generator.global()));
                    }
                });
        DivergedException e = assertThrows(DivergedException.class, () -> trainer.fit(batches, 1));
        assertEquals(stepsBefore, trainer.step());
        assertEquals(stepsBefore + 1, e.step().step());
        TrainerTest.assertSameWeights(weights.getLast(), model);
        assertEquals(generators.getLast(), GeneratorState.of(Generator.global()));
        assertNull(model.parameters().getFirst().grad());
        return e;
    }

    private static void assertSays(Exception e, String... parts) {
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> part + " is missing in: " + e.getMessage());
        }
    }

    @Test
    void aLossNamesTheOpAndTheLayer() {
        Layer model = new Sequential(new Mlp(1, 0.2), new Apply(x -> x.sub(1e6).log()), new Apply(Variable::exp));
        DivergedException e = diverge(model, new Moons(1, 40, 10), 1, 0);
        assertSays(e, "step 1 of epoch 1 was not taken", "the loss is NaN", "forward of log gave NaN", "1 (Apply)",
                "Parameters are as they were");
        assertNotNull(e.getCause());
        assertTrue(Double.isNaN(e.step().loss()));
    }

    @Test
    void aLaterBatchOfBadDataNamesTheFirstOpThatMeetsIt() {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            batches.add(new Batch(Tensor.of(new float[] {1, i == 4 ? Float.NaN : 2, 3, 4}, 2, 2),
                    Tensor.of(new long[] {0, 1}, 2)));
        }
        assertSays(diverge(new Sequential(new Mlp(1, 0.2), new Apply(x -> x)), batches, 1, 4),
                "step 5 of epoch 1 was not taken", "forward of linear gave NaN", "hidden (Linear)");
        assertSays(diverge(new Sequential(new Mlp(1, 0.2), new Apply(x -> x)), batches, 2, 2),
                "step 3 of epoch 1 was not taken", "forward of linear gave NaN");
    }

    @Test
    void aGradientNamesTheOpThoughTheLossIsFinite() {
        Layer model = new Sequential(new Mlp(1, 0), new Apply(x -> x.mul(0).sqrt()));
        DivergedException e = diverge(model, new Moons(1, 40, 10), 1, 0);
        assertSays(e, "the gradient's norm is", "backward of sqrt gave infinity", "1 (Apply)");
        assertEquals(0, e.step().loss());
    }

    @Test
    void aGradientThatIsTooLongForItsNormIsToldAsSuch() {
        Layer model = new Sequential(new Mlp(1, 0), new Apply(x -> x.mul(1e25)));
        assertSays(diverge(model, new Moons(1, 40, 10), 1, 0), "the gradient's norm is Infinity",
                "no op gave a NaN or an infinity by itself");
    }

    @Test
    void leavesAnomalyModeBehind() {
        diverge(new Sequential(new Mlp(1, 0.2), new Apply(x -> x.sub(1e6).log())), new Moons(1, 40, 10), 1, 0);
        Variable.leaf(Tensor.of(new double[] {-1})).log();
        try (var _ = Anomaly.detect()) {
            assertThrows(ArithmeticException.class, () -> Variable.leaf(Tensor.of(new double[] {-1})).log());
        }
    }
}
