package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdagradOptions;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.LBFGSOptions;
import org.bytedeco.pytorch.LossClosure;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.StepLR;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Param;
import org.jacobi.layers.optim.Adagrad;
import org.jacobi.layers.optim.Adam;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.LBFGS;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.RMSprop;
import org.jacobi.layers.optim.SGD;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.layers.optim.StepSchedule;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Optimizers beside libtorch's, with a schedule, over fifty steps, and against numbers that PyTorch printed. */
class OptimizerParityTest {
    private static final int STEPS = 50;
    private static final int SIZE = 37;

    /** Both minimize the sum of (step mod 3 - 0.5) p² + sin p, whose gradients grow, shrink and turn, with falling rates. */
    private static void follow(double lr, Function<List<Param>, Optimizer> make,
            Function<TensorVector, org.bytedeco.pytorch.Optimizer> makeTwin) {
        Libtorch.require();
        double[] start = org.jacobi.tensor.Tensor.randn(new Generator(1), SIZE).toDoubleArray();
        Param ours = new Param(org.jacobi.tensor.Tensor.of(start));
        Optimizer optimizer = make.apply(List.of(ours));
        Schedule schedule = new StepSchedule(lr, 20, 0.5);
        try (var _ = new PointerScope()) {
            Tensor torchs = Tensor.create(start, SIZE).set_requires_grad(true);
            var twin = makeTwin.apply(new TensorVector(torchs));
            var twinsSchedule = new StepLR(twin, 20, 0.5);
            for (int step = 0; step < STEPS; step++) {
                double factor = step % 3 - 0.5;
                twin.zero_grad();
                torchs.square().mul(Libtorch.number(factor)).add(torchs.sin()).sum().backward();
                // libtorch's counts from 0 at its first call; PyTorch's in Python has counted once when it is made.
                twinsSchedule.step();
                twin.step();
                try (var _ = TensorScope.open()) {
                    ours.square().mul(factor).add(ours.sin()).sum().backward();
                    optimizer.setLearningRate(schedule.at(step));
                    optimizer.step();
                    optimizer.zeroGrad();
                }
                Evaluation.compare("step " + step, Libtorch.numbers(torchs), ours.value().toDoubleArray(), 1e-10);
            }
        }
    }

    /** Sets the two numbers of a std::tuple, whose order in memory is the library's affair: the first default is the smaller. */
    private static void put(DoublePointer betas, double first, double second) {
        boolean inOrder = betas.get(0) < betas.get(1);
        betas.put(inOrder ? 0 : 1, first).put(inOrder ? 1 : 0, second);
    }

    @ParameterizedTest
    @CsvSource({"false, 0, 0.01", "false, 0.3, 0.05", "true, 0, 0.05", "true, 0.3, 0.01"})
    void adamGoesTheWayOfLibtorchs(boolean amsgrad, double decay, double lr) {
        follow(lr, params -> new Adam(params, lr).weightDecay(decay).betas(0.8, 0.9).amsgrad(amsgrad), params -> {
            AdamOptions options = new AdamOptions(lr);
            put(options.betas(), 0.8, 0.9);
            options.eps().put(1e-8);
            options.weight_decay().put(decay);
            options.amsgrad().put(amsgrad);
            return new org.bytedeco.pytorch.Adam(params, options);
        });
    }

    @ParameterizedTest
    @CsvSource({"false, 0, 1e-8", "false, 0.3, 1e-3", "true, 0.3, 1e-8"})
    void adamWGoesTheWayOfLibtorchs(boolean amsgrad, double decay, double eps) {
        follow(0.03, params -> new AdamW(params, 0.03).weightDecay(decay).betas(0.8, 0.9).eps(eps).amsgrad(amsgrad),
                params -> {
                    AdamWOptions options = new AdamWOptions(0.03);
                    put(options.betas(), 0.8, 0.9);
                    options.eps().put(eps);
                    options.weight_decay().put(decay);
                    options.amsgrad().put(amsgrad);
                    return new org.bytedeco.pytorch.AdamW(params, options);
                });
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0, false", "0.9, 0, 0.1, false", "0.9, 0.4, 0, false", "0.8, 0, 0.1, true"})
    void sgdGoesTheWayOfLibtorchs(double momentum, double dampening, double decay, boolean nesterov) {
        follow(0.02, params -> {
            SGD optimizer = new SGD(params, 0.02).momentum(momentum).dampening(dampening).weightDecay(decay);
            return nesterov ? optimizer.nesterov(true) : optimizer;
        }, params -> {
            SGDOptions options = new SGDOptions(0.02);
            options.momentum().put(momentum);
            options.dampening().put(dampening);
            options.weight_decay().put(decay);
            options.nesterov().put(nesterov);
            return new org.bytedeco.pytorch.SGD(params, options);
        });
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "0.8, 0.1, false", "0, 0, true", "0.8, 0.1, true"})
    void rmspropGoesTheWayOfLibtorchs(double momentum, double decay, boolean centered) {
        follow(0.01, params -> new RMSprop(params, 0.01).alpha(0.9).eps(1e-4).momentum(momentum).weightDecay(decay)
                .centered(centered), params -> {
                    RMSpropOptions options = new RMSpropOptions(0.01);
                    options.alpha().put(0.9);
                    options.eps().put(1e-4);
                    options.momentum().put(momentum);
                    options.weight_decay().put(decay);
                    options.centered().put(centered);
                    return new org.bytedeco.pytorch.RMSprop(params, options);
                });
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "0.1, 0.2, 0.3"})
    void adagradGoesTheWayOfLibtorchs(double lrDecay, double decay, double initial) {
        follow(0.1, params -> new Adagrad(params, 0.1).lrDecay(lrDecay).weightDecay(decay)
                .initialAccumulatorValue(initial), params -> {
                    AdagradOptions options = new AdagradOptions(0.1);
                    options.lr_decay().put(lrDecay);
                    options.weight_decay().put(decay);
                    options.initial_accumulator_value().put(initial);
                    return new org.bytedeco.pytorch.Adagrad(params, options);
                });
    }

    @Test
    void optimizersReachThePointsThatPyTorchPrinted() throws IOException {
        int checked = 0;
        for (JsonNode golden : goldens()) {
            if (golden.has("init_weight")) {
                check(golden);
                checked++;
            }
        }
        assertEquals(3, checked); // Adam, Adagrad, RMSprop
    }

    private static JsonNode goldens() throws IOException {
        Path file = Project.root().toAbsolutePath().normalize().resolveSibling("shared")
                .resolve("data/pytorch-golden/optimizers.json");
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return new JsonMapper().readTree(file.toFile()).get("cases");
    }

    private static Optimizer make(JsonNode golden, List<Param> params) {
        JsonNode hyper = golden.get("hyper");
        double lr = golden.get("lr").asDouble();
        double eps = hyper.get("eps").asDouble();
        return switch (golden.get("optimizer").asText()) {
            case "Adam" -> new Adam(params, lr).weightDecay(hyper.get("weight_decay").asDouble())
                    .betas(hyper.get("beta1").asDouble(), hyper.get("beta2").asDouble()).eps(eps)
                    .amsgrad(hyper.get("amsgrad").asBoolean());
            case "Adagrad" -> new Adagrad(params, lr).eps(eps).lrDecay(hyper.get("lr_decay").asDouble());
            case "RMSprop" -> new RMSprop(params, lr).eps(eps).alpha(hyper.get("alpha").asDouble())
                    .weightDecay(hyper.get("weight_decay").asDouble()).momentum(hyper.get("momentum").asDouble())
                    .centered(hyper.get("centered").asBoolean());
            default -> throw new AssertionError("no such optimizer: " + golden.get("optimizer"));
        };
    }

    /** y = x W + b; the loss is the sum of y. */
    private static void check(JsonNode golden) {
        Param weight = new Param(org.jacobi.tensor.Tensor.of(numbers(golden.get("init_weight")), 6, 6));
        Param bias = new Param(org.jacobi.tensor.Tensor.of(numbers(golden.get("init_bias"))));
        Optimizer optimizer = make(golden, List.of(weight, bias));
        for (int i = 1; i <= golden.get("steps").asInt(); i++) {
            try (var _ = TensorScope.open()) {
                org.jacobi.tensor.Tensor x = golden.get("inputs").isArray()
                        ? org.jacobi.tensor.Tensor.of(numbers(golden.get("inputs").get(i - 1)), 2, 6)
                        : org.jacobi.tensor.Tensor.full(0.1 * i, DType.F64, 2, 6); // "step i: ones(2,6)*0.1*i"
                Variable.constant(x).matmul(weight).add(bias).sum().backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
        String name = golden.get("optimizer").asText();
        Evaluation.compare(name + ", weight", numbers(golden.get("expected_weight")), weight.value().toDoubleArray(),
                1e-6);
        Evaluation.compare(name + ", bias", numbers(golden.get("expected_bias")), bias.value().toDoubleArray(), 1e-6);
    }

    /** A linear regression by AdamW from 0: the targets are 3 a + b - 2, the loss is the sum of squares. */
    @Test
    void adamWReachesThePointThatPyTorchPrinted() throws IOException {
        for (JsonNode golden : goldens()) {
            if (golden.get("optimizer").asText().equals("AdamW")) {
                org.jacobi.tensor.Tensor x = org.jacobi.tensor.Tensor.of(numbers(golden.get("inputs")), 4, 2);
                org.jacobi.tensor.Tensor y = x.matmul(org.jacobi.tensor.Tensor.of(new double[] {3, 1})).sub(2);
                Param weight = new Param(org.jacobi.tensor.Tensor.zeros(DType.F64, 2));
                Param bias = new Param(org.jacobi.tensor.Tensor.zeros(DType.F64));
                AdamW optimizer = new AdamW(List.of(weight, bias), golden.get("lr").asDouble());
                for (int i = 0; i < golden.get("steps").asInt(); i++) {
                    try (var _ = TensorScope.open()) {
                        Variable.constant(x).matmul(weight).add(bias).sub(y).square().sum().backward();
                        optimizer.step();
                        optimizer.zeroGrad();
                    }
                }
                Evaluation.compare("weight", numbers(golden.get("expected_w")), weight.value().toDoubleArray(), 1e-4);
                assertEquals(golden.get("expected_b").asDouble(), bias.item(), 1e-4);
            }
        }
    }

    // ---- L-BFGS ----------------------------------------------------------------------------------------------------

    /** The loss of libtorch's twin, with its gradient. */
    private static final class Closure extends LossClosure {
        private final Supplier<Tensor> loss;

        Closure(Supplier<Tensor> loss) {
            this.loss = loss;
        }

        @Override
        public Tensor call() {
            return loss.get();
        }
    }

    /** Several steps on the sum of (p - i / 10)^4 + 0.5 p[i] p[i + 1] over positions i, with and without a line search. */
    @ParameterizedTest
    @CsvSource({"false, 0.1, 100, 20", "true, 1, 100, 20", "true, 0.8, 3, 4", "false, 0.05, 2, 7"})
    void lbfgsGoesTheWayOfLibtorchs(boolean search, double lr, int history, int maxIter) {
        Libtorch.require();
        double[] start = org.jacobi.tensor.Tensor.randn(new Generator(1), SIZE).toDoubleArray();
        double[] goal = IntStream.range(0, SIZE).mapToDouble(i -> i / 10.0).toArray();
        Param ours = new Param(org.jacobi.tensor.Tensor.of(start));
        org.jacobi.tensor.Tensor ourGoal = org.jacobi.tensor.Tensor.of(goal);
        LBFGS optimizer = new LBFGS(List.of(ours), lr).historySize(history).maxIter(maxIter).strongWolfe(search);
        try (var _ = new PointerScope()) {
            Tensor torchs = Tensor.create(start, SIZE).set_requires_grad(true);
            Tensor goals = Tensor.create(goal, SIZE);
            LBFGSOptions options = new LBFGSOptions(lr);
            options.history_size().put(history);
            options.max_iter().put(maxIter);
            if (search) {
                options.line_search_fn().put("strong_wolfe");
            }
            var twin = new org.bytedeco.pytorch.LBFGS(new TensorVector(torchs), options);
            Closure closure = new Closure(() -> {
                twin.zero_grad();
                Tensor distance = torchs.sub(goals);
                Tensor loss = distance.square().square().sum().add(
                        torchs.narrow(0, 0, SIZE - 1).mul(torchs.narrow(0, 1, SIZE - 1)).sum()
                                .mul(Libtorch.number(0.5)));
                loss.backward();
                return loss;
            });
            for (int step = 0; step < 5; step++) {
                double expected = twin.step(closure).item_double();
                double loss = optimizer.step(() -> {
                    optimizer.zeroGrad();
                    Variable value = ours.sub(ourGoal).square().square().sum().add(
                            ours.narrow(0, 0, SIZE - 1).mul(ours.narrow(0, 1, SIZE - 1)).sum().mul(0.5));
                    value.backward();
                    return value;
                });
                assertEquals(expected, loss, 1e-6 * Math.max(1, Math.abs(expected)), "step " + step);
                Evaluation.compare("step " + step, Libtorch.numbers(torchs), ours.value().toDoubleArray(), 1e-6);
            }
        }
    }

    private static double[] numbers(JsonNode node) {
        return node.get(0).isArray()
                ? node.valueStream().flatMapToDouble(row -> row.valueStream().mapToDouble(JsonNode::asDouble)).toArray()
                : node.valueStream().mapToDouble(JsonNode::asDouble).toArray();
    }
}
