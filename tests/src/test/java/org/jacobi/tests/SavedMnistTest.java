package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm1d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.vision.LabelledImages;
import org.jacobi.layers.vision.Mnist;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.Safetensors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A network that PyTorch trained and saved, read into layers of the same names: it knows its digits. */
class SavedMnistTest {
    private static final int IMAGES = 2000;

    private static Path file(String name) {
        Path file = Project.root().toAbsolutePath().normalize().resolveSibling("shared").resolve("data").resolve(name);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return file;
    }

    /** Three convolutions and two linear layers, each pair with a normalization. */
    private static final class Digits extends Layer {
        private final Conv2d conv1 = add("conv1", new Conv2d(1, 8, 3));
        private final Conv2d conv2 = add("conv2", new Conv2d(8, 16, 3));
        private final Conv2d conv3 = add("conv3", new Conv2d(16, 24, 3));
        private final BatchNorm2d norm1 = add("norm1", new BatchNorm2d(24));
        private final Linear fc1 = add("fc1", new Linear(24 * 22 * 22, 32));
        private final Linear fc2 = add("fc2", new Linear(32, 10));
        private final BatchNorm1d norm2 = add("norm2", new BatchNorm1d(10));

        @Override
        protected Variable compute(Variable x) {
            Variable y = conv1.forward(x).relu(); // (B, 8, 26, 26)
            y = conv2.forward(y).relu(); // (B, 16, 24, 24)
            y = norm1.forward(conv3.forward(y).relu()); // (B, 24, 22, 22)
            y = fc1.forward(y.flatten(1, -1)).relu(); // (B, 32)
            return norm2.forward(fc2.forward(y)); // (B, 10)
        }
    }

    @Test
    void aNetworkOfPyTorchReadsDigits() throws IOException {
        Path weights = file("weights/burn-mnist/mnist.safetensors");
        LabelledImages digits = Mnist.test(file("mnist"));
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            Digits model = new Digits();
            model.loadStateDict(Safetensors.load(weights));
            model.eval();
            assertTrue(model.stateDict().get("norm1.num_batches_tracked").item() > 0,
                    "a trained network has seen batches");
            int right = 0;
            for (int start = 0; start < IMAGES; start += 100) {
                try (var _ = TensorScope.open()) {
                    // The mean and deviation of MNIST's pixels, which PyTorch's example takes to 0 and 1.
                    Tensor x = digits.images().narrow(0, start, 100).to(DType.F32).div(255).sub(0.1307).div(0.3081);
                    long[] guesses = model.forward(x).value().argmax(1).toLongArray();
                    for (int i = 0; i < guesses.length; i++) {
                        right += guesses[i] == digits.label(start + i) ? 1 : 0;
                    }
                }
            }
            System.out.println("PyTorch's network reads " + right + " of " + IMAGES + " digits");
            assertTrue(right > 0.97 * IMAGES, right + " of " + IMAGES + " digits");
        }
    }
}
