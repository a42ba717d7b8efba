package org.jacobi.layers.vision.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.Adam;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AutoencodersTest {
    @BeforeEach
    void seed() {
        Generator.global().manualSeed(5);
    }

    /** Returns the loss of the first of some steps, and that of the last. */
    private static double[] train(Layer model, Supplier<Variable> loss, int steps) {
        Adam optimizer = new Adam(model.parameters(), 0.01);
        double[] ends = new double[2];
        for (int step = 0; step < steps; step++) {
            try (var _ = TensorScope.open()) {
                Variable value = loss.get();
                value.backward();
                model.namedParameters()
                        .forEach((name, param) -> assertTrue(param.grad().value().abs().amax().item() > 0, name));
                optimizer.step();
                optimizer.zeroGrad();
                ends[step == 0 ? 0 : 1] = value.item();
            }
        }
        return ends;
    }

    @Test
    void linearOneLearnsPointsOfAPlane() {
        Autoencoder model = Autoencoder.mlp(6, 16, 2);
        assertEquals(Set.of("encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias",
                "decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias"),
                model.stateDict().keySet());
        Generator generator = new Generator(1);
        Tensor x = Tensor.randn(generator, 32, 2).matmul(Tensor.randn(generator, 2, 6)); // (32, 6), of rank 2
        assertEquals(Shape.of(32, 2), model.encode(Variable.constant(x)).shape());
        double[] losses = train(model, () -> model.forward(x).mse(x), 150);
        assertTrue(losses[1] < 0.1 * losses[0], Arrays.toString(losses));
    }

    @Test
    void convolutionalOneLearnsAnImage() {
        Autoencoder model = Autoencoder.conv(1, 4, 8);
        Tensor x = Tensor.randn(new Generator(1), 2, 1, 8, 12);
        assertEquals(Shape.of(2, 8, 2, 3), model.encode(Variable.constant(x)).shape());
        double[] losses = train(model, () -> model.forward(x).mse(x), 150);
        assertTrue(losses[1] < 0.5 * losses[0], Arrays.toString(losses));
    }

    @Test
    void wrongSizesAreToldByTheNetwork() {
        assertRefused("Autoencoder.mlp: expected at least a number of features and the size of a code, got 1 numbers",
                () -> Autoencoder.mlp(3));
        assertRefused("an input of shape (1, 1, 6, 6) comes back as (1, 1, 8, 8)",
                () -> Autoencoder.conv(1, 2, 2).forward(Tensor.ones(1, 1, 6, 6)));
        assertRefused("VAE: expected x (B, 4), got shape (2, 5)", () -> new VAE(4, 3, 2).forward(Tensor.ones(2, 5)));
        assertRefused("binaryCrossEntropyWithLogits: ",
                () -> new VAE(4, 3, 2).reconstruct(Variable.constant(Tensor.ones(2, 4))).loss(Tensor.ones(2, 1)));
    }

    private static void assertRefused(String message, Runnable call) {
        String actual = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(actual.contains(message), actual);
    }

    // ---- variational -----------------------------------------------------------------------------------------------

    @Test
    void variationalOneHasTheParametersOfPyTorchsExample() {
        VAE model = new VAE();
        assertEquals(
                Set.of("fc1.weight", "fc1.bias", "fc21.weight", "fc21.bias", "fc22.weight", "fc22.bias", "fc3.weight",
                        "fc3.bias", "fc4.weight", "fc4.bias"),
                model.stateDict().keySet());
        assertEquals(652_824, model.parameterCount());
    }

    @Test
    void theLossIsTheNegativeEvidenceLowerBound() {
        VAE model = new VAE(3, 8, 2);
        model.eval();
        double[] pixels = {0, 1, 0.25, 1, 1, 0};
        Tensor x = Tensor.of(pixels, 2, 3).to(DType.F32);
        VAE.Reconstruction out = model.reconstruct(Variable.constant(x));
        double expected = 0;
        double[] logits = out.logits().value().toDoubleArray();
        for (int i = 0; i < 6; i++) {
            double p = 1 / (1 + Math.exp(-logits[i]));
            expected -= pixels[i] * Math.log(p) + (1 - pixels[i]) * Math.log(1 - p);
        }
        double[] mu = out.posterior().mu().value().toDoubleArray();
        double[] logvar = out.posterior().logvar().value().toDoubleArray();
        for (int i = 0; i < 4; i++) {
            expected -= 0.5 * (1 + logvar[i] - mu[i] * mu[i] - Math.exp(logvar[i]));
        }
        assertEquals(expected / 2, out.loss(x).item(), 1e-5);
    }

    @Test
    void samplesHaveThePosteriorsMeanAndDeviation() {
        Variable mu = Variable.leaf(Tensor.ones(20_000, 2).mul(3));
        Variable logvar = Variable.leaf(Tensor.ones(20_000, 2).mul(2 * Math.log(0.5)));
        Variable z = new VAE.Posterior(mu, logvar).sample(new Generator(9));
        assertEquals(3, z.value().mean().item(), 0.02);
        assertEquals(0.5, z.value().std().item(), 0.02);
        z.sum().backward();
        assertEquals(1, mu.grad().value().mean().item(), 1e-6);
        // dz / dlogvar = (z - mu) / 2
        assertArrayEquals(z.value().sub(mu.value()).mul(0.5).toFloatArray(), logvar.grad().value().toFloatArray(),
                1e-6f);
    }

    @Test
    void variationalOneLearnsTwoPatternsAndEvaluatesWithoutChance() {
        VAE model = new VAE(8, 16, 2);
        Tensor x = Tensor.of(new float[] {1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1}, 2, 8);
        double[] losses = train(model, () -> model.reconstruct(Variable.constant(x)).loss(x), 300);
        assertTrue(losses[1] < 0.6 * losses[0], Arrays.toString(losses));
        assertFalse(Arrays.equals(model.forward(x).value().toFloatArray(), model.forward(x).value().toFloatArray()),
                "training picks codes at random");
        model.eval();
        assertArrayEquals(model.forward(x).value().toFloatArray(), model.forward(x).value().toFloatArray());
        Tensor samples = model.sample(50, new Generator(1)).value();
        assertEquals(Shape.of(50, 8), samples.shape());
        assertTrue(samples.ge(0).all().item() != 0 && samples.le(1).all().item() != 0);
    }
}
