package org.jacobi.bench;

import java.util.concurrent.TimeUnit;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One training step of a GPT on fixed random data: forward, backward, AdamW, zeroed gradients, the loss read.
 *
 * <p>The shape is the common one of CPU comparisons: 4 layers, 4 heads, 128 channels, biases, tied head, GELU by tanh,
 * vocabulary 65, batch 12 x 64.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
    "-XX:+UseSerialGC"})
public class GptStepBenchmark {
    private static final int BATCH = 12;
    private static final int CONTEXT = 64;
    private static final int VOCABULARY = 65;

    private GPT model;
    private AdamW optimizer;
    private Tensor inputs;
    private Tensor targets;

    @Setup
    public void makeModel() {
        Generator generator = new Generator(1);
        model = new GPT(new GPTConfig(VOCABULARY, CONTEXT, 4, 4, 128, 0, true, true, false), generator);
        optimizer = new AdamW(model.parameters(), 1e-3);
        inputs = tokens(generator);
        targets = tokens(generator);
    }

    private static Tensor tokens(Generator generator) {
        return Tensor.rand(generator, BATCH, CONTEXT).mul(VOCABULARY).to(DType.I64);
    }

    @Benchmark
    public double step() {
        try (var _ = TensorScope.open()) {
            Variable loss = model.forward(inputs).crossEntropy(targets);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            return loss.item();
        }
    }
}
