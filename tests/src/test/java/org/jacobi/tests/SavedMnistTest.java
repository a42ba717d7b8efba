package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm1d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
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

    /** Returns the bytes of an idx file behind its header. */
    private static byte[] bytes(Path file, int header, int count) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            in.skipNBytes(header);
            byte[] bytes = in.readNBytes(count);
            assertEquals(count, bytes.length);
            return bytes;
        }
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
        byte[] pixels = bytes(file("mnist/t10k-images-idx3-ubyte.gz"), 16, IMAGES * 28 * 28);
        byte[] labels = bytes(file("mnist/t10k-labels-idx1-ubyte.gz"), 8, IMAGES);
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            Digits model = new Digits();
            model.loadStateDict(Safetensors.load(weights));
            model.eval();
            assertTrue(model.stateDict().get("norm1.num_batches_tracked").item() > 0, "a trained network has seen batches");
            float[] numbers = new float[pixels.length];
            for (int i = 0; i < numbers.length; i++) {
                // The mean and deviation of MNIST's pixels, which PyTorch's example takes them to 0 and 1 by.
                numbers[i] = ((pixels[i] & 0xFF) / 255f - 0.1307f) / 0.3081f;
            }
            int right = 0;
            for (int start = 0; start < IMAGES; start += 100) {
                try (var _ = TensorScope.open()) {
                    Tensor x = Tensor.of(numbers, IMAGES, 1, 28, 28).narrow(0, start, 100);
                    long[] guesses = model.forward(x).value().argmax(1).to(DType.I64).toLongArray();
                    for (int i = 0; i < guesses.length; i++) {
                        right += guesses[i] == labels[start + i] ? 1 : 0;
                    }
                }
            }
            System.out.println("PyTorch's network reads " + right + " of " + IMAGES + " digits");
            assertTrue(right > 0.97 * IMAGES, right + " of " + IMAGES + " digits");
        }
    }
}
