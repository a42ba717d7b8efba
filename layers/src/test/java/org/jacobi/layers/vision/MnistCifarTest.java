package org.jacobi.layers.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

import org.jacobi.layers.SharedData;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Refused;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistCifarTest {
    @TempDir
    private Path folder;

    private static byte[] idx(byte[] content, int... sizes) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * sizes.length + content.length);
        bytes.putInt(0x800 + sizes.length);
        Arrays.stream(sizes).forEach(bytes::putInt);
        return bytes.put(content).array();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    @Test
    void idxFilesPlainAndPacked() throws IOException {
        byte[] pixels = {0, 1, (byte) 255, 3, 4, 51, 6, 7, 8, 9, 10, 11};
        write("train-images-idx3-ubyte", idx(pixels, 2, 2, 3));
        write("train-labels-idx1-ubyte.gz", gzip(idx(new byte[] {7, 2}, 2)));
        LabelledImages data = Mnist.train(folder);
        assertEquals(2, data.size());
        Example example = data.get(0);
        assertEquals(Shape.of(1, 2, 3), example.input().shape());
        assertArrayEquals(new float[] {0, 1 / 255f, 1, 3 / 255f, 4 / 255f, 0.2f}, example.input().toFloatArray());
        assertEquals(7, example.target().item());
        assertEquals(DType.I64, example.target().dtype());
        assertArrayEquals(new long[] {7, 2}, data.labels());
        assertThrows(IndexOutOfBoundsException.class, () -> data.get(2));
        Refused.data(() -> Mnist.test(folder), "t10k-images-idx3-ubyte", ".gz");
    }

    @Test
    void setsWhoseFilesHaveOtherNames() throws IOException {
        byte[] images = idx(new byte[12], 2, 2, 3);
        write("emnist-letters-train-images-idx3-ubyte.gz", gzip(images));
        write("emnist-letters-train-labels-idx1-ubyte.gz", gzip(idx(new byte[] {1, 26}, 2)));
        write("emnist-letters-test-images-idx3-ubyte", images);
        write("emnist-letters-test-labels-idx1-ubyte", idx(new byte[] {3, 4}, 2));
        assertEquals(27, Mnist.train(folder).classes().size());
        assertArrayEquals(new long[] {1, 26}, Mnist.train(folder).labels());
        assertArrayEquals(new long[] {3, 4}, Mnist.test(folder).labels());
        write("emnist-digits-train-images-idx3-ubyte", images);
        Refused.data(() -> Mnist.train(folder), "several sets", "emnist-digits-train", "emnist-letters-train");

        Path dots = Files.createDirectory(folder.resolve("dots"));
        Path file = Files.write(dots.resolve("t10k-images.idx3-ubyte"), images);
        Refused.data(() -> Mnist.test(dots), "labels are missing", "t10k-labels.idx1-ubyte");
        Files.write(dots.resolve("t10k-labels.idx1-ubyte"), idx(new byte[] {5, 6}, 2));
        assertArrayEquals(new long[] {5, 6}, Mnist.test(dots).labels());
        assertTrue(Mnist.isImages(file));
        assertFalse(Mnist.isImages(dots.resolve("t10k-labels.idx1-ubyte")));
    }

    @Test
    void brokenIdxFiles() throws IOException {
        byte[] good = idx(new byte[12], 2, 2, 3);
        Path cut = write("cut", Arrays.copyOf(good, good.length - 5));
        Refused.data(() -> Idx.read(cut), cut.toString(), "has 7 elements after its header of 16 bytes", "12");
        Refused.data(() -> Idx.read(write("header", Arrays.copyOf(good, 10))), "in the size of axis 1");
        Refused.data(() -> Idx.read(write("empty", new byte[0])), "magic");
        Refused.data(() -> Idx.read(write("long", Arrays.copyOf(good, good.length + 1))), "goes on after the 12");
        byte[] floats = good.clone();
        floats[2] = 0x0d;
        Refused.data(() -> Idx.read(write("floats", floats)), "00 00 0d 03", "00 00 08");
        Refused.data(() -> Idx.read(write("huge", idx(new byte[3], 1 << 15, 1 << 15, 4))), "more than 2^31");
        Refused.data(() -> Idx.read(write("large", idx(new byte[3], 1 << 15, 1 << 15, 1))), "has 3 elements");
        byte[] packed = gzip(good);
        Refused.data(() -> Idx.read(write("cut.gz", Arrays.copyOf(packed, packed.length - 9))), "cut.gz");
        packed[packed.length - 7] ^= 1;
        Refused.data(() -> Idx.read(write("crc.gz", packed)), "crc.gz");
        Refused.data(() -> Idx.read(folder.resolve("none")), "none");
        Refused.data(() -> Idx.read(folder), folder.toString());
    }

    private Path write(String name, ByteArrayOutputStream content) throws IOException {
        return write(name, content.toByteArray());
    }

    @Test
    void imagesAndLabelsMustBelongTogether() throws IOException {
        Path images = write("images", idx(new byte[12], 2, 2, 3));
        List<String> classes = List.of("a", "b");
        Refused.data(() -> Mnist.of(images, write("labels", idx(new byte[3], 3)), classes), "labels", "(3)", "(2)");
        Refused.data(() -> Mnist.of(images, write("labels", idx(new byte[] {0, 2}, 2)), classes), "images",
                "example 1 is 2", "0 to 1");
        Refused.data(() -> Mnist.of(images, images, classes), "(2, 2, 3)");
        Refused.data(() -> Mnist.of(write("flat", idx(new byte[2], 2)), images, classes), "(N, H, W)");
    }

    @Test
    void cifar() throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (int image = 0; image < 2; image++) {
            bytes.write(image + 4);
            for (int i = 0; i < 3072; i++) {
                bytes.write(i / 1024 * 10 + image);
            }
        }
        Path file = write("batch.bin", bytes);
        LabelledImages data = Cifar.cifar10(file, file);
        assertEquals(4, data.size());
        assertArrayEquals(new long[] {4, 5, 4, 5}, data.labels());
        assertEquals("deer", data.classes().get(4));
        assertEquals(Shape.of(3, 32, 32), data.get(1).input().shape());
        assertEquals(21 / 255f, data.get(1).input().select(0, 2).amax().item());
        assertEquals(21 / 255f, data.get(1).input().select(0, 2).amin().item());

        var hundred = new ByteArrayOutputStream();
        hundred.write(3);
        hundred.write(99);
        hundred.write(new byte[3072]);
        assertArrayEquals(new long[] {99}, Cifar.cifar100(write("train.bin", hundred)).labels());
        hundred.write(0);
        Refused.data(() -> Cifar.cifar100(write("odd.bin", hundred)), "odd.bin", "3075 bytes", "multiple of 3074",
                "offset 3074");
        byte[] wrong = bytes.toByteArray();
        wrong[3073] = 10;
        Refused.data(() -> Cifar.cifar10(write("wrong.bin", wrong)), "wrong.bin", "image 1, at offset 3073, is 10");
        Refused.data(() -> Cifar.cifar10(folder.resolve("none.bin")), "none.bin");
    }

    @Test
    void theRealMnist() {
        Path mnist = SharedData.file("mnist");
        LabelledImages train = Mnist.train(mnist);
        assertEquals(60_000, train.size());
        assertArrayEquals(new long[] {5, 0, 4, 1, 9, 2, 1, 3, 1, 4}, Arrays.copyOf(train.labels(), 10));
        // The mean and deviation that everybody normalizes by.
        assertEquals(0.1307, train.images().to(DType.F32).div_(255).mean().item(), 5e-5);
        assertEquals(10_000, Mnist.test(mnist).size());
    }

    @Test
    void realCifarImages() {
        LabelledImages data = Cifar.cifar10(SharedData.file("cifar10/train_4000.bin"));
        assertEquals(4000, data.size());
        assertEquals(10, Arrays.stream(data.labels()).distinct().count());
        assertEquals(0.4914, data.images().select(1, 0).to(DType.F32).div_(255).mean().item(), 0.01);
    }
}
