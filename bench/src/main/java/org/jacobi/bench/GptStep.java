package org.jacobi.bench;

import java.util.Locale;
import java.util.SplittableRandom;

import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.natives.cuda.Cuda;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;

/** A GPT's training step on a device: forward, backward and AdamW, always with the same tokens. */
final class GptStep {
    /** What a step computes in. */
    enum Precision {
        F32,
        /** As f32, but a GPU rounds the operands of products to 10 bits of fraction. */
        TF32,
        /** Parameters in f32, products in bf16. */
        AUTOCAST,
        /** All in bf16 but what the optimizer keeps. */
        BF16;

        /** Returns the precision that an argument names. */
        static Precision of(String name) {
            for (Precision each : values()) {
                if (each.toString().equals(name)) {
                    return each;
                }
            }
            throw new IllegalArgumentException(
                    name + " is no precision; there are f32, tf32, autocast and bf16, and numbers are batches");
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Precision precision;
    private final GPT model;
    private final AdamW optimizer;
    private final Tensor inputs;
    private final Tensor targets;

    /** Makes a model; what it is made of belongs to the innermost scope. */
    GptStep(Device device, GPTConfig config, int batch, Precision precision) {
        this.precision = precision;
        model = new GPT(config, new Generator(42));
        model.to(device);
        if (precision == Precision.BF16) {
            model.to(DType.BF16);
        }
        optimizer = new AdamW(model.parameters(), 6e-4);
        int T = config.contextLength();
        long[] numbers = new SplittableRandom(1).longs((long) batch * (T + 1), 0, config.vocabSize()).toArray();
        Tensor tokens = Tensor.of(numbers, batch, T + 1).to(device);
        inputs = tokens.narrow(1, 0, T).contiguous();
        targets = tokens.narrow(1, 1, T).contiguous();
    }

    /** Returns the operations of a token (Chowdhery et al., 2022): six for each parameter, and those of the attention's scores. */
    static double perToken(GPTConfig config) {
        return 6 * config.parameterCount() + 6.0 * config.layers() * config.channels() * config.contextLength();
    }

    /** Takes a step, without waiting for the device. */
    void run() {
        step(null);
    }

    /** Takes a step, and returns the loss before it. */
    double loss() {
        double[] loss = new double[1];
        step(loss);
        return loss[0];
    }

    private void step(double[] loss) {
        Cuda.allowTf32(precision == Precision.TF32);
        try (var _ = TensorScope.open()) {
            Variable mean;
            try (var _ = precision == Precision.AUTOCAST ? Autocast.to(DType.BF16) : null) {
                mean = model.forward(inputs).crossEntropy(targets);
            }
            mean.backward();
            optimizer.step();
            optimizer.zeroGrad();
            if (loss != null) {
                loss[0] = mean.item();
            }
        } finally {
            Cuda.allowTf32(false);
        }
    }
}
