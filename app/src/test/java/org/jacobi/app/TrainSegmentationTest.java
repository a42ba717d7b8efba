package org.jacobi.app;

import static org.jacobi.app.Called.number;
import static org.jacobi.app.Called.refused;
import static org.jacobi.app.Called.run;
import static org.jacobi.app.Called.succeeding;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.jacobi.layers.vision.ImageMode;
import org.jacobi.layers.vision.Images;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that tell the class of each pixel, by command. */
class TrainSegmentationTest {
    @TempDir
    Path folder;

    /** Draws bright discs with noise, and where they are. */
    Path discs(String name, int count, int size) throws IOException {
        Path data = folder.resolve(name);
        Files.createDirectories(data.resolve("images"));
        Files.createDirectories(data.resolve("masks"));
        for (int i = 0; i < count; i++) {
            draw(data, i, size + i % 3, size);
        }
        return data;
    }

    private static void draw(Path data, int number, int height, int width) {
        Random random = new Random(number);
        float[] image = new float[height * width];
        float[] mask = new float[height * width];
        double radius = width / 5.0;
        double x0 = radius + random.nextDouble() * (width - 2 * radius);
        double y0 = radius + random.nextDouble() * (height - 2 * radius);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean inside = Math.hypot(x - x0, y - y0) < radius;
                mask[y * width + x] = inside ? 1 : 0;
                image[y * width + x] = (float) ((inside ? 0.6 : 0.35) + 0.08 * random.nextGaussian());
            }
        }
        try (var _ = TensorScope.open()) {
            Images.save(Tensor.of(image, height, width), data.resolve("images/" + number + ".png"));
            Images.save(Tensor.of(mask, height, width), data.resolve("masks/" + number + ".png"));
        }
    }

    @Test
    void discsAreFound() throws IOException {
        Path model = folder.resolve("run");
        JacobiRun trained =
                succeeding("train", "segmentation", "--data", discs("data", 10, 48), "--crop", 32, "--crops",
                        8, "--width", 4, "--depth", 2, "--epochs", 12, "--lr", 0.02, "--out", model);
        assertTrue(number(trained, "pixel_error") < 0.06, trained.out());
        JacobiRun other = succeeding("evaluate", "--model", model, "--data", discs("other", 4, 57));
        assertTrue(number(other, "iou") > 0.75, other.out());
        Path asked = folder.resolve("other/images/0.png");
        JacobiRun told = succeeding("predict", "--model", model, asked);
        Path mask = folder.resolve("other/images/0-mask.png");
        assertTrue(told.out().startsWith(asked + "\t" + mask + "\t"), told.out());
        try (var _ = TensorScope.open()) {
            Tensor found = Images.read(mask, ImageMode.GRAY);
            Tensor expected = Images.read(folder.resolve("other/masks/0.png"), ImageMode.GRAY);
            assertEquals(expected.shape(), found.shape());
            assertTrue(found.sub(expected).abs().mean().item() < 0.08);
        }
        Path masks = folder.resolve("some/masks");
        Path second = folder.resolve("other/images/1.png");
        JacobiRun elsewhere = succeeding("predict", "--model", model, "--out", masks, asked, second);
        assertTrue(elsewhere.out().startsWith(asked + "\t" + masks.resolve("0-mask.png") + "\t"), elsewhere.out());
        assertEquals(-1, Files.mismatch(mask, masks.resolve("0-mask.png")));
        assertTrue(Files.exists(masks.resolve("1-mask.png")));
        assertTrue(Files.notExists(folder.resolve("other/images/1-mask.png")));
        // Nothing is written where two images of one name would share a mask, or there is no room for a folder.
        Path same = folder.resolve("data/images/0.png");
        Path none = folder.resolve("none");
        refused(run("predict", "--model", model, "--out", none, asked, same), asked.toString(), same.toString(),
                "--out");
        assertTrue(Files.notExists(none));
        refused(run("predict", "--model", model, "--out", second, asked), second.toString(), "cannot be created");
    }

    @Test
    void masksOfZeroAndOneAreNotTakenForBlack() throws IOException {
        Path data = discs("data", 4, 40);
        try (var _ = TensorScope.open(); var masks = Files.list(data.resolve("masks"))) {
            for (Path mask : masks.toList()) {
                Images.save(Images.read(mask, ImageMode.GRAY).div(255), mask);
            }
        }
        Object[] args =
                {"train", "segmentation", "--data", data, "--crop", 16, "--depth", 1, "--width", 2, "--epochs", 1,
                    "--out", folder.resolve("x"), "--greys", "0,255"};
        refused(run(args), "no mask has a pixel of grey 255", "[0, 1]", "--greys");
        assertTrue(Files.notExists(folder.resolve("x")));
        args[args.length - 1] = "0,1";
        assertTrue(succeeding(args).out().contains("grey 1"));
    }

    /** As in VOC's masks, whose 255 are around objects and where nobody knows what is there. */
    @Test
    void whatIsIgnoredIsNeitherLearnedNorMeasured() throws IOException {
        Path data = discs("data", 10, 40);
        Path right = folder.resolve("right");
        Path wrong = folder.resolve("wrong");
        for (Path copy : List.of(right, wrong)) {
            Files.createDirectories(copy);
            try (var _ = TensorScope.open(); var images = Files.list(data.resolve("images"))) {
                for (Path image : images.toList()) {
                    String name = image.getFileName().toString();
                    Files.copy(image, copy.resolve(name));
                    Tensor mask = Images.read(data.resolve("masks/" + name), ImageMode.GRAY).div(255);
                    // The right half does not count, or it is turned into its contrary.
                    Tensor half = mask.narrow(2, 20, 20);
                    half.copy_(copy == right ? Tensor.onesLike(half) : half.neg().add(1 / 255.0));
                    Images.save(mask, copy.resolve(name.replace(".png", "_mask.png")));
                }
            }
        }
        Object[] args =
                {"train", "segmentation", "--data", right, "--crop", 32, "--crops", 8, "--width", 4, "--depth", 2,
                    "--epochs", 25, "--lr", 0.02, "--greys", "0,1", "--out", folder.resolve("run"), "--ignore", 255};
        JacobiRun trained = succeeding(args);
        assertTrue(number(trained, "pixel_error") < 0.1, trained.out());
        // An eleventh image's mask has nothing that counts, which changes no figure.
        JacobiRun before = succeeding("evaluate", "--model", folder.resolve("run"), "--data", right);
        assertTrue(number(before, "iou") > 0.7, before.out());
        try (var _ = TensorScope.open()) {
            Files.copy(right.resolve("0.png"), right.resolve("eleventh.png"));
            Images.save(Tensor.ones(40, 40), right.resolve("eleventh_mask.png"));
        }
        JacobiRun after = succeeding("evaluate", "--model", folder.resolve("run"), "--data", right);
        assertEquals(number(before, "pixel_error"), number(after, "pixel_error"));
        assertEquals(number(before, "iou"), number(after, "iou"));
        assertEquals(number(before, "loss"), number(after, "loss"), 1e-3);
        // The network knows the half that never counted.
        JacobiRun ofWrong = succeeding("evaluate", "--model", folder.resolve("run"), "--data", wrong);
        assertTrue(number(ofWrong, "pixel_error") > 0.4, ofWrong.out());
        args[args.length - 1] = 1;
        args[args.length - 3] = folder.resolve("x");
        refused(run(args), "ignore 1: ", "none of [0, 1]");
        refused(run(Arrays.copyOf(args, args.length - 2)), "0_mask.png", "grey 255", "which is no class");
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        Path out = folder.resolve("x");
        Path data = discs("data", 4, 40);
        refused(run("train", "segmentation", "--data", folder, "--out", out), folder.toString(), "images");
        refused(run("train", "segmentation", "--data", data, "--out", out), "0.png", "40 x 40", "--crop");
        refused(run("train", "segmentation", "--data", data, "--crop", 30, "--out", out), "multiple of 8");
        refused(run("train", "segmentation", "--data", discs("few", 2, 40), "--crop", 32, "--out", out), "2 images");
        try (var _ = TensorScope.open()) {
            Images.save(Tensor.zeros(40, 39), data.resolve("masks/2.png"));
        }
        refused(run("train", "segmentation", "--data", data, "--crop", 32, "--out", out), "2.png", "39 x 40");
        Files.delete(data.resolve("masks/2.png"));
        refused(run("train", "segmentation", "--data", data, "--crop", 32, "--out", out), "2.png", "no mask");
        Files.writeString(data.resolve("masks/2.png"), "no image");
        refused(run("train", "segmentation", "--data", data, "--crop", 32, "--out", out), "2.png");
        assertTrue(Files.notExists(out));
    }
}
