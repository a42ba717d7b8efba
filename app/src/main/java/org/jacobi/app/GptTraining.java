package org.jacobi.app;

import java.util.stream.IntStream;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.CosineSchedule;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.layers.train.GeneratorState;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;

/**
 * A GPT in training: the model, its optimizer and the random generators, which together take one step after the other.
 *
 * <p>All random numbers follow from one seed. Its streams differ in the number of the call at which they start: the
 * weights and then dropout from 0, batches and evaluations far behind.
 */
final class GptTraining {
    private static final double EPS = 1e-8;
    private static final long FIRST_BATCH = 1L << 40;
    private static final long FIRST_EVALUATION = 1L << 41;

    private final RunConfig config;
    private final Dataset data;
    private final GPT model;
    private final AdamW optimizer;
    private final Schedule schedule;
    private final Generator batches = new Generator(0);
    private int step;

    /**
     * What a step was like.
     *
     * @param loss     the loss of its batch
     * @param gradNorm the norm of the gradient before clipping
     * @param lr       its learning rate
     */
    record Step(double loss, double gradNorm, double lr) {
        /** Returns whether the numbers are such that training can go on. */
        boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradNorm);
        }
    }

    /** Makes a training, on a device, that has not begun. */
    GptTraining(RunConfig config, Dataset data, Device device) {
        GptRecipe recipe = config.training();
        this.config = config;
        this.data = data;
        Generator.global().manualSeed(config.seed());
        batches.restore(config.seed(), FIRST_BATCH);
        model = new GPT(config.model(), Generator.global());
        model.to(device);
        optimizer = new AdamW(ParamGroup.decayMatrices(model.parameters(), recipe.lr(), recipe.weightDecay()))
                .betas(recipe.beta1(), recipe.beta2()).eps(EPS);
        // A run that is shorter than its warm-up ends within it.
        schedule = CosineSchedule.withWarmup(recipe.lr(), recipe.minLr(), recipe.warmup(),
                Math.max(recipe.warmup(), recipe.steps()));
    }

    /** Continues where a checkpoint of the same model was saved. */
    void restore(Checkpoint checkpoint) {
        model.loadStateDict(checkpoint.model());
        optimizer.loadStateDict(checkpoint.optimizer());
        RunState state = checkpoint.state();
        state.dropout().restore(Generator.global());
        state.batches().restore(batches);
        step = state.step();
    }

    /** Returns all that {@link #restore} needs. Its tensors are the live ones, to be written before the next step. */
    Checkpoint checkpoint(double bestLoss, int bestStep, double elapsedSeconds) {
        RunState state = new RunState(step, GeneratorState.of(Generator.global()),
                GeneratorState.of(batches), bestLoss, bestStep, elapsedSeconds);
        return new Checkpoint(config, state, model.stateDict(), optimizer.stateDict());
    }

    RunConfig config() {
        return config;
    }

    Dataset data() {
        return data;
    }

    GPT model() {
        return model;
    }

    /** Returns how many steps are done. */
    int step() {
        return step;
    }

    /** Takes one step. If its numbers are not finite, the model stays as it is and the step does not count. */
    Step next() {
        GptRecipe recipe = config.training();
        try (var _ = TensorScope.open()) {
            Dataset.Batch batch = data.training().random(recipe.batch(), recipe.context(), batches).to(model.device());
            Variable loss;
            try (var _ = config.precision().open()) {
                loss = model.forward(batch.inputs()).crossEntropy(batch.targets());
            }
            loss.backward();
            double norm = GradClip.byGlobalNorm(model.parameters(),
                    recipe.gradClip() == 0 ? Double.MAX_VALUE : recipe.gradClip());
            Step result = new Step(loss.item(), norm, schedule.at(step));
            if (result.isFinite()) {
                optimizer.setLearningRate(result.lr());
                optimizer.step();
                step++;
            }
            optimizer.zeroGrad();
            return result;
        }
    }

    /** Returns whether every parameter is a finite number. */
    boolean isFinite() {
        try (var _ = TensorScope.open()) {
            return model.parameters().stream().allMatch(param -> Double.isFinite(param.value().abs().amax().item()));
        }
    }

    /**
     * Estimates the validation loss, from the same batches each time, without disturbing the training's random numbers.
     */
    double estimateValidationLoss() {
        GptRecipe recipe = config.training();
        Generator generator = new Generator(0).restore(config.seed(), FIRST_EVALUATION);
        model.eval();
        try (var _ = config.precision().open()) {
            return IntStream.range(0, recipe.evalBatches())
                    .mapToDouble(_ -> Evaluation.loss(model,
                            () -> data.validation().random(recipe.batch(), recipe.context(), generator)))
                    .average().orElseThrow();
        } finally {
            model.train();
        }
    }

    /** Returns how well the model predicts the whole held-out text, computed in f32. */
    Evaluation evaluate() {
        return Evaluation.of(model, config.training().context(), data.validation());
    }
}
