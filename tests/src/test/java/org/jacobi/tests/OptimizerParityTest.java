package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.StepLR;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jacobi.layers.Param;
import org.jacobi.layers.optim.Adam;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.layers.optim.StepSchedule;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Adam and a schedule beside libtorch's, over fifty steps, and against numbers that PyTorch printed. */
class OptimizerParityTest {
    private static final int STEPS = 50;
    private static final int SIZE = 37;

    /** Minimizes the sum of (step mod 3 - 0.5) p² + sin p: gradients grow, shrink and turn. */
    @ParameterizedTest
    @CsvSource({"false, 0, 0.01", "false, 0.3, 0.05", "true, 0, 0.05", "true, 0.3, 0.01"})
    void adamGoesTheWayOfLibtorchs(boolean amsgrad, double decay, double lr) {
        Libtorch.require();
        double[] start = org.jacobi.tensor.Tensor.randn(new Generator(1), SIZE).toDoubleArray();
        Param ours = new Param(org.jacobi.tensor.Tensor.of(start));
        Adam optimizer = new Adam(List.of(ours), lr).weightDecay(decay).betas(0.8, 0.9).amsgrad(amsgrad);
        Schedule schedule = new StepSchedule(lr, 20, 0.5);
        try (var _ = new PointerScope()) {
            Tensor torchs = Tensor.create(start, SIZE).set_requires_grad(true);
            AdamOptions options = new AdamOptions(lr);
            // A std::tuple, whose order in memory is the library's affair.
            boolean inOrder = options.betas().get(0) < options.betas().get(1);
            options.betas().put(inOrder ? 0 : 1, 0.8).put(inOrder ? 1 : 0, 0.9);
            options.eps().put(1e-8);
            options.weight_decay().put(decay);
            options.amsgrad().put(amsgrad);
            var twin = new org.bytedeco.pytorch.Adam(new TensorVector(torchs), options);
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

    @Test
    void adamReachesThePointsThatPyTorchPrinted() throws IOException {
        Path file = Project.root().toAbsolutePath().normalize().resolveSibling("shared")
                .resolve("data/pytorch-golden/optimizers.json");
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        int checked = 0;
        for (JsonNode golden : new JsonMapper().readTree(file.toFile()).get("cases")) {
            if (golden.get("optimizer").asText().equals("Adam")) {
                checkAdam(golden);
                checked++;
            }
        }
        assertEquals(1, checked);
    }

    /** y = x W + b with inputs of ones(2, 6) 0.1 i; the loss is the sum of y. */
    private static void checkAdam(JsonNode golden) {
        JsonNode hyper = golden.get("hyper");
        Param weight = new Param(org.jacobi.tensor.Tensor.of(numbers(golden.get("init_weight")), 6, 6));
        Param bias = new Param(org.jacobi.tensor.Tensor.of(numbers(golden.get("init_bias"))));
        Adam optimizer = new Adam(List.of(weight, bias), golden.get("lr").asDouble())
                .weightDecay(hyper.get("weight_decay").asDouble())
                .betas(hyper.get("beta1").asDouble(), hyper.get("beta2").asDouble()).eps(hyper.get("eps").asDouble())
                .amsgrad(hyper.get("amsgrad").asBoolean());
        for (int i = 1; i <= golden.get("steps").asInt(); i++) {
            try (var _ = TensorScope.open()) {
                double input = 0.1 * i;
                // The sum of x W + b over two rows: 2 · 0.1 i Σ W + 2 Σ b.
                weight.sum().mul(2 * input).add(bias.sum().mul(2)).backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
        Evaluation.compare("weight", numbers(golden.get("expected_weight")), weight.value().toDoubleArray(), 1e-6);
        Evaluation.compare("bias", numbers(golden.get("expected_bias")), bias.value().toDoubleArray(), 1e-6);
    }

    private static double[] numbers(JsonNode node) {
        return node.get(0).isArray()
                ? node.valueStream().flatMapToDouble(row -> row.valueStream().mapToDouble(JsonNode::asDouble)).toArray()
                : node.valueStream().mapToDouble(JsonNode::asDouble).toArray();
    }
}
