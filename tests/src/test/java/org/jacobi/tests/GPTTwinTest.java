package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.CosineSchedule;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Test;

/** Ten training steps of a small GPT beside a twin made of libtorch's functions: the losses are the same. */
class GPTTwinTest {
    private static final int STEPS = 10;
    private static final int B = 4;
    private static final double LR = 3e-3;
    private static final double WEIGHT_DECAY = 0.1;
    private static final double CLIP = 0.7;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.99;
    private static final double EPS = 1e-8;
    private static final Schedule SCHEDULE = CosineSchedule.withWarmup(LR, LR / 10, 2, STEPS);

    /** Losses and gradient norms, step by step. */
    private record Course(List<Double> losses, List<Double> norms) {
        Course() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    @Test
    void lossesOfTheGptOfNanoGptAreLibtorchs() {
        check(new GPTConfig(29, 12, 2, 3, 48, 0, true, true, true));
    }

    @Test
    void lossesOfAGptWithoutBiasesAndWithAHeadOfItsOwnAreLibtorchs() {
        check(new GPTConfig(29, 12, 2, 3, 48, 0, false, false, false));
    }

    @Test
    void lossesUnderAutocastAreLibtorchs() {
        check(new GPTConfig(29, 12, 2, 3, 48, 0, true, true, true), DType.BF16, 4e-3, 0.05);
    }

    private static void check(GPTConfig config) {
        check(config, null, 1e-4, 1e-3);
    }

    /** @param autocast the type of products, or null */
    private static void check(GPTConfig config, DType autocast, double lossTolerance, double normTolerance) {
        Libtorch.require();
        GPT model = new GPT(config, new Generator(42));
        try (var _ = new PointerScope()) {
            Course theirs = new Twin(config, model.stateDict()).train(autocast);
            Course ours = train(model, config, autocast);
            assertTrue(ours.losses().getLast() < ours.losses().getFirst() - 0.2,
                    "the model learns nothing: " + ours.losses());
            assertTrue(ours.norms().stream().anyMatch(norm -> norm > CLIP), "nothing is clipped: " + ours.norms());
            for (int i = 0; i < STEPS; i++) {
                assertEquals(theirs.losses().get(i), ours.losses().get(i), lossTolerance, "loss of step " + i);
                assertEquals(theirs.norms().get(i), ours.norms().get(i), normTolerance, "gradient norm of step " + i);
            }
        }
    }

    /** Returns a step's tokens (B, T + 1): inputs without the last column, targets without the first. */
    private static long[] batch(GPTConfig config, int step) {
        // The same few sentences every other step, so that there is something to learn.
        SplittableRandom random = new SplittableRandom(step % 2);
        return random.longs((long) B * (config.contextLength() + 1), 0, config.vocabSize()).toArray();
    }

    private static Course train(GPT model, GPTConfig config, DType autocast) {
        AdamW optimizer = new AdamW(ParamGroup.decayMatrices(model.parameters(), LR, WEIGHT_DECAY))
                .betas(BETA1, BETA2).eps(EPS);
        int T = config.contextLength();
        Course course = new Course();
        for (int step = 0; step < STEPS; step++) {
            try (var _ = TensorScope.open()) {
                Tensor tokens = Tensor.of(batch(config, step), B, T + 1);
                Variable loss;
                try (var _ = autocast == null ? null : Autocast.to(autocast)) {
                    loss = model.forward(tokens.narrow(1, 0, T)).crossEntropy(tokens.narrow(1, 1, T));
                }
                loss.backward();
                course.norms().add(GradClip.byGlobalNorm(model.parameters(), CLIP));
                optimizer.setLearningRate(SCHEDULE.at(step));
                optimizer.step();
                optimizer.zeroGrad();
                course.losses().add(loss.item());
            }
        }
        return course;
    }

    /** The same model and training, of libtorch's functions. */
    private static final class Twin {
        private final GPTConfig config;
        private final Map<String, org.bytedeco.pytorch.Tensor> weights = new LinkedHashMap<>();

        Twin(GPTConfig config, Map<String, Tensor> state) {
            this.config = config;
            state.forEach((name, value) -> weights.put(name, Libtorch
                    .tensor(value.toFloatArray(), value.shape().toArray()).set_requires_grad(true)));
        }

        Course train(DType autocast) {
            org.bytedeco.pytorch.AdamW matrices = optimizer(true);
            org.bytedeco.pytorch.AdamW vectors = optimizer(false);
            TensorVector all = new TensorVector(weights.values().toArray(org.bytedeco.pytorch.Tensor[]::new));
            int T = config.contextLength();
            Course course = new Course();
            for (int step = 0; step < STEPS; step++) {
                org.bytedeco.pytorch.Tensor tokens = Libtorch.tensor(batch(config, step), B, T + 1);
                org.bytedeco.pytorch.Tensor loss = Libtorch.autocast(autocast,
                        () -> torch.cross_entropy(forward(tokens.narrow(1, 0, T)).flatten(0, 1),
                                tokens.narrow(1, 1, T).flatten(0, 1)));
                matrices.zero_grad();
                vectors.zero_grad();
                loss.backward();
                course.norms().add(torch.clip_grad_norm_(all, CLIP));
                for (org.bytedeco.pytorch.AdamW optimizer : List.of(matrices, vectors)) {
                    optimizer.param_groups().get(0).options().set_lr(SCHEDULE.at(step));
                    optimizer.step();
                }
                course.losses().add((double) loss.item_float());
            }
            return course;
        }

        private org.bytedeco.pytorch.AdamW optimizer(boolean ofMatrices) {
            AdamWOptions options = new AdamWOptions(LR);
            // A C++ tuple, which some libraries store last element first: the default tells, 0.9 and 0.999.
            boolean inOrder = options.betas().get(0) < options.betas().get(1);
            options.betas().put(inOrder ? 0 : 1, BETA1).put(inOrder ? 1 : 0, BETA2);
            options.eps().put(EPS);
            options.weight_decay().put(ofMatrices ? WEIGHT_DECAY : 0);
            return new org.bytedeco.pytorch.AdamW(new TensorVector(weights.values().stream()
                    .filter(weight -> weight.dim() >= 2 == ofMatrices).toArray(org.bytedeco.pytorch.Tensor[]::new)),
                    options);
        }

        private org.bytedeco.pytorch.Tensor forward(org.bytedeco.pytorch.Tensor idx) {
            long T = idx.size(1);
            org.bytedeco.pytorch.Tensor x = torch.embedding(weight("transformer.wte.weight"), idx)
                    .add(weight("transformer.wpe.weight").narrow(0, 0, T));
            for (int i = 0; i < config.layers(); i++) {
                String block = "transformer.h." + i + ".";
                x = x.add(attention(norm(x, block + "ln_1"), block + "attn."));
                x = x.add(feedForward(norm(x, block + "ln_2"), block + "mlp."));
            }
            x = norm(x, "transformer.ln_f");
            return torch.linear(x, weight(config.tiedHead() ? "transformer.wte.weight" : "lm_head.weight"));
        }

        private org.bytedeco.pytorch.Tensor attention(org.bytedeco.pytorch.Tensor x, String name) {
            long C = config.channels();
            org.bytedeco.pytorch.Tensor qkv = linear(x, name + "c_attn");
            org.bytedeco.pytorch.Tensor mixed = torch.scaled_dot_product_attention(heads(qkv.narrow(2, 0, C)),
                    heads(qkv.narrow(2, C, C)), heads(qkv.narrow(2, 2 * C, C)), new TensorOptional(), 0, true,
                    new DoubleOptional(), false);
            return linear(mixed.transpose(1, 2).reshape(x.size(0), x.size(1), C), name + "c_proj");
        }

        private org.bytedeco.pytorch.Tensor heads(org.bytedeco.pytorch.Tensor x) {
            return x.reshape(x.size(0), x.size(1), config.heads(), config.headSize()).transpose(1, 2);
        }

        private org.bytedeco.pytorch.Tensor feedForward(org.bytedeco.pytorch.Tensor x, String name) {
            org.bytedeco.pytorch.Tensor wide = linear(x, name + "c_fc");
            return linear(config.exactGelu() ? torch.gelu(wide) : torch.gelu(wide, "tanh"), name + "c_proj");
        }

        private org.bytedeco.pytorch.Tensor linear(org.bytedeco.pytorch.Tensor x, String name) {
            org.bytedeco.pytorch.Tensor weight = weight(name + ".weight");
            return config.bias() ? torch.linear(x, weight, weight(name + ".bias")) : torch.linear(x, weight);
        }

        private org.bytedeco.pytorch.Tensor norm(org.bytedeco.pytorch.Tensor x, String name) {
            return torch.layer_norm(x, new long[] {config.channels()}, new TensorOptional(weight(name + ".weight")),
                    config.bias() ? new TensorOptional(weight(name + ".bias")) : new TensorOptional(), 1e-5, false);
        }

        private org.bytedeco.pytorch.Tensor weight(String name) {
            org.bytedeco.pytorch.Tensor weight = weights.get(name);
            if (weight == null) {
                throw new AssertionError("the model's state has no " + name + "; it has " + weights.keySet());
            }
            return weight;
        }
    }
}
