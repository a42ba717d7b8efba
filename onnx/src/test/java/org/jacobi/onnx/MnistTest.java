package org.jacobi.onnx;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.zip.GZIPInputStream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Models that others have trained, on the 10,000 images of MNIST's test set. */
class MnistTest {
    private static final int IMAGES = 10_000;
    private static final int BATCH = 500;

    @Test
    void aConvolutionalNetworkClassifiesDigits() throws IOException {
        OnnxModel model = OnnxModel.read(SharedData.file("weights/mnist-onnx/cnn_mnist.onnx"));
        byte[] pixels = unpacked("mnist/t10k-images-idx3-ubyte.gz");
        byte[] labels = unpacked("mnist/t10k-labels-idx1-ubyte.gz");
        int right = 0;
        for (int start = 0; start < IMAGES; start += BATCH) {
            try (var _ = TensorScope.open()) {
                byte[] part = new byte[BATCH * 784];
                System.arraycopy(pixels, 16 + start * 784, part, 0, part.length);
                Tensor images = Tensor.of(part, BATCH, 1, 28, 28).to(DType.F32); // raw pixels, 0 to 255
                Map<String, OnnxValue> out = model.run(Map.of(model.inputs().getFirst(), OnnxTensor.of(images)));
                Tensor scores = ((OnnxTensor) out.get(model.outputs().getFirst())).data();
                long[] digits = scores.argmax(1).toLongArray();
                assertEquals(BATCH, digits.length);
                for (int i = 0; i < BATCH; i++) {
                    right += digits[i] == labels[8 + start + i] ? 1 : 0;
                }
            }
        }
        assertTrue(right >= 0.99 * IMAGES, right + " of " + IMAGES + " digits are right");
    }

    private static byte[] unpacked(String name) throws IOException {
        byte[] packed = Files.readAllBytes(SharedData.file(name));
        try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }
}
