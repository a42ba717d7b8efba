package org.jacobi.app;

import static org.jacobi.app.Called.number;
import static org.jacobi.app.Called.refused;
import static org.jacobi.app.Called.run;
import static org.jacobi.app.Called.succeeding;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jacobi.layers.vision.Images;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that begin with weights of torchvision's names and shapes, for ImageNet's 1000 classes, and learn others. */
class PretrainedWeightsTest {
    private static final int CLASSES = 1000;

    @TempDir
    Path folder;

    private final Generator generator = new Generator(3);
    private final Map<String, Tensor> weights = new LinkedHashMap<>();

    // ---- what torchvision's files have -----------------------------------------------------------------------------

    private void conv(String name, long out, long in, long kernel) {
        double deviation = Math.sqrt(2.0 / (out * kernel * kernel));
        weights.put(name + ".weight", Tensor.randn(generator, out, in, kernel, kernel).mul(deviation));
    }

    private void norm(String name, long channels) {
        weights.put(name + ".weight", Tensor.ones(channels));
        weights.put(name + ".bias", Tensor.zeros(channels));
        weights.put(name + ".running_mean", Tensor.zeros(channels));
        weights.put(name + ".running_var", Tensor.ones(channels));
        weights.put(name + ".num_batches_tracked", Tensor.full(7, DType.I64));
    }

    private void linear(String name, long in) {
        weights.put(name + ".weight", Tensor.randn(generator, CLASSES, in).mul(0.01));
        weights.put(name + ".bias", Tensor.zeros(CLASSES));
    }

    private void resnet18() {
        conv("conv1", 64, 3, 7);
        norm("bn1", 64);
        long in = 64;
        for (int stage = 1; stage <= 4; stage++) {
            long out = 32L << stage;
            for (int block = 0; block < 2; block++) {
                String name = "layer" + stage + "." + block;
                conv(name + ".conv1", out, in, 3);
                norm(name + ".bn1", out);
                conv(name + ".conv2", out, out, 3);
                norm(name + ".bn2", out);
                if (in != out) {
                    conv(name + ".downsample.0", out, in, 1);
                    norm(name + ".downsample.1", out);
                }
                in = out;
            }
        }
        linear("fc", 512);
    }

    private void mobilenetV2() {
        conv("features.0.0", 32, 3, 3);
        norm("features.0.1", 32);
        long[] outs = {16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320};
        long in = 32;
        for (int i = 0; i < outs.length; i++) {
            String name = "features." + (i + 1) + ".conv.";
            long wide = i == 0 ? in : 6 * in;
            int at = 0;
            if (i > 0) {
                conv(name + at + ".0", wide, in, 1);
                norm(name + at++ + ".1", wide);
            }
            conv(name + at + ".0", wide, 1, 3);
            norm(name + at++ + ".1", wide);
            conv(name + at++, outs[i], wide, 1);
            norm(name + at, outs[i]);
            in = outs[i];
        }
        conv("features.18.0", 1280, 320, 1);
        norm("features.18.1", 1280);
        linear("classifier.1", 1280);
    }

    // ---- what becomes of them --------------------------------------------------------------------------------------

    private Path save(String name) throws IOException {
        Path file = folder.resolve(name);
        Safetensors.save(file, weights, Map.of("format", "pt"));
        return file;
    }

    private void tunes(String network, String first, String head, long features) throws IOException {
        Path file = save(network + ".safetensors");
        Path data = DrawnShapes.folders(folder.resolve("data"), 10, 1);
        Path model = folder.resolve(network);
        // A rate at which nothing moves: what is measured is what was loaded.
        JacobiRun trained =
                succeeding("train", "images", "--data", data, "--network", network, "--size", 32, "--weights",
                        file, "--epochs", 1, "--batch", 8, "--lr", 1e-9, "--out", model);
        assertTrue(trained.out().contains("\nframe "), trained.out());
        Map<String, Tensor> tuned = Safetensors.load(model.resolve("best/model.safetensors"));
        assertEquals(weights.keySet(), tuned.keySet());
        assertArrayEquals(weights.get(first).toFloatArray(), tuned.get(first).toFloatArray(), 1e-6f);
        assertEquals(10, tuned.get(first.replace("conv1.weight", "bn1.num_batches_tracked")
                .replace("0.0.weight", "0.1.num_batches_tracked")).item()); // 7 of the file, 24 images in batches of 8
        assertArrayEquals(new long[] {3, features}, tuned.get(head + ".weight").shape().toArray());

        JacobiRun measured = succeeding("evaluate", "--model", model, "--data", data);
        assertTrue(number(measured, "accuracy") >= 0, measured.out());
        Path asked = folder.resolve("asked.png");
        Images.save(Tensor.rand(generator, 3, 50, 40), asked);
        String[] told = succeeding("predict", "--model", model, "--top", 3, asked).out().strip().split("\t");
        assertEquals(7, told.length);
        assertEquals(1, Double.parseDouble(told[2]) + Double.parseDouble(told[4]) + Double.parseDouble(told[6]), 2e-4);
    }

    @Test
    void resnet18LearnsOtherClasses() throws IOException {
        try (var _ = TensorScope.open()) {
            resnet18();
            assertEquals(11_689_512, parameters());
            tunes("resnet18", "conv1.weight", "fc", 512);
        }
    }

    @Test
    void mobilenetV2LearnsOtherClasses() throws IOException {
        try (var _ = TensorScope.open()) {
            mobilenetV2();
            assertEquals(3_504_872, parameters());
            tunes("mobilenet_v2", "features.0.0.weight", "classifier.1", 1280);
        }
    }

    private long parameters() {
        return weights.entrySet().stream().filter(entry -> !entry.getKey().matches(".*(running|num_batches).*"))
                .mapToLong(entry -> entry.getValue().numel()).sum();
    }

    @Test
    void filesThatDoNotFitAreNamed() throws IOException {
        try (var _ = TensorScope.open()) {
            Path data = DrawnShapes.folders(folder.resolve("data"), 5, 1);
            Path out = folder.resolve("out");
            resnet18();
            Object[] args =
                    {"train", "images", "--data", data, "--network", "mobilenet_v2", "--size", 32, "--epochs", 1,
                        "--out", out, "--weights", save("a.safetensors")};
            refused(run(args), "a.safetensors: does not fit mobilenet_v2", "lacks features.0.0.weight", "more",
                    "conv1.weight");
            args[5] = "resnet34";
            refused(run(args), "does not fit resnet34", "layer1.2.conv1.weight",
                    "and has, what the network has not, nothing");
            args[5] = "resnet50";
            refused(run(args), "a.safetensors: does not fit resnet50", "layer1.0.conv1.weight", "(64, 64, 1, 1)");
            args[5] = "resnet18";
            // As files of old versions, which have no such counts; and in half precision.
            weights.keySet().removeIf(name -> name.endsWith("num_batches_tracked"));
            weights.replaceAll((_, tensor) -> tensor.to(DType.F16));
            args[13] = save("old.safetensors");
            succeeding(args);
            args[11] = folder.resolve("x");
            weights.remove("bn1.running_var");
            args[13] = save("less.safetensors");
            refused(run(args), "less.safetensors", "lacks bn1.running_var");
            args[13] = Files.writeString(folder.resolve("resnet18.pth"), "PK\003\004 and so on");
            refused(run(args), "resnet18.pth", "torch.save", "save_file");
            args[13] = folder.resolve("none.safetensors");
            refused(run(args), "none.safetensors");
            assertTrue(Files.notExists(folder.resolve("x")));
        }
    }
}
