package org.jacobi.bench;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * One training step of a model on fixed data: forward, backward, AdamW, gradients dropped, the loss read.
 *
 * @param what               the model and the batch, in words
 * @param secondsAnIteration enough for some steps
 * @param model              makes the model, with first weights from a generator
 * @param loss               the loss of the model on the inputs
 * @param flop               operations of all matrix products of a step
 */
record TrainCase(String name, String what, double secondsAnIteration, List<Input> inputs,
        Function<Generator, Layer> model, BiFunction<Layer, Tensor[], Variable> loss, double flop) implements Case {

    static final double LEARNING_RATE = 1e-3;
    private static final long SEED = 42;
    /** So long the JVM goes on compiling a step's many methods, on the cores that compute it. */
    private static final double WARMUP_SECONDS = 30;

    @Override
    public double warmupSeconds() {
        return WARMUP_SECONDS;
    }

    @Override
    public Group group() {
        return Group.TRAIN;
    }

    @Override
    public double bytes() {
        return 0;
    }

    /** Makes the model, with the same weights every time. */
    Layer makeModel() {
        return model.apply(new Generator(SEED));
    }

    @Override
    public Work ours(Tensor[] inputs) {
        return new Step(makeModel(), inputs);
    }

    private final class Step implements Work {
        private final Layer layer;
        private final Tensor[] inputs;
        private final AdamW optimizer;

        Step(Layer layer, Tensor[] inputs) {
            this.layer = layer;
            this.inputs = inputs;
            optimizer = new AdamW(layer.parameters(), LEARNING_RATE);
        }

        @Override
        public void run() {
            step();
        }

        private double step() {
            try (var _ = TensorScope.open()) {
                Variable value = loss.apply(layer, inputs);
                value.backward();
                optimizer.step();
                optimizer.zeroGrad();
                return value.item();
            }
        }

        @Override
        public List<float[]> results() {
            float[] losses = new float[STEPS_COMPARED];
            for (int i = 0; i < losses.length; i++) {
                losses[i] = (float) step();
            }
            return List.of(losses);
        }
    }
}
