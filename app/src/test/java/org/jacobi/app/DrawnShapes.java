package org.jacobi.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

import org.jacobi.layers.vision.Images;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** Small sets of noisy drawings of a bar, a cross and a frame, in the formats that the commands read. */
final class DrawnShapes {
    static final List<String> CLASSES = List.of("bar", "cross", "frame");

    private DrawnShapes() {
    }

    /** Returns a drawing's pixels, row by row, somewhere in the picture. */
    static byte[] draw(int shape, int side, Random random) {
        byte[] pixels = new byte[side * side];
        int size = side / 2;
        int top = 1 + random.nextInt(side - size - 2);
        int left = 1 + random.nextInt(side - size - 2);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int dy = y - top;
                int dx = x - left;
                boolean inside = dy >= 0 && dx >= 0 && dy < size && dx < size;
                boolean middleColumn = Math.abs(dx - size / 2) <= 1;
                boolean middleRow = Math.abs(dy - size / 2) <= 1;
                boolean edge = dy < 2 || dx < 2 || dy >= size - 2 || dx >= size - 2;
                boolean drawn = inside && switch (shape) {
                    case 0 -> middleColumn;
                    case 1 -> middleColumn || middleRow;
                    default -> edge;
                };
                pixels[y * side + x] = (byte) (drawn ? 200 + random.nextInt(56) : random.nextInt(40));
            }
        }
        return pixels;
    }

    /** Writes MNIST's four files, with as many images of each class. */
    static Path mnist(Path folder, int training, int test) throws IOException {
        Files.createDirectories(folder);
        idx(folder, "train", training, 1);
        idx(folder, "t10k", test, 2);
        return folder;
    }

    private static void idx(Path folder, String part, int each, long seed) throws IOException {
        int n = 3 * each;
        int side = 28;
        ByteBuffer images = ByteBuffer.allocate(16 + n * side * side).putInt(0x803).putInt(n).putInt(side).putInt(side);
        ByteBuffer labels = ByteBuffer.allocate(8 + n).putInt(0x801).putInt(n);
        Random random = new Random(seed);
        for (int i = 0; i < n; i++) {
            images.put(draw(i % 3, side, random));
            labels.put((byte) (i % 3));
        }
        Files.write(folder.resolve(part + "-images-idx3-ubyte"), images.array());
        Files.write(folder.resolve(part + "-labels-idx1-ubyte"), labels.array());
    }

    /** Writes a file in the layout of CIFAR-10, with as many images of each class. */
    static Path cifar(Path file, int each, long seed) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(3 * each * 3073);
        Random random = new Random(seed);
        for (int i = 0; i < 3 * each; i++) {
            bytes.put((byte) (i % 3));
            byte[] gray = draw(i % 3, 32, random);
            bytes.put(gray).put(gray).put(gray);
        }
        return Files.write(file, bytes.array());
    }

    /** Writes one folder of PNG files a class. */
    static Path folders(Path folder, int each, long seed) throws IOException {
        Random random = new Random(seed);
        for (int c = 0; c < CLASSES.size(); c++) {
            Path classFolder = Files.createDirectories(folder.resolve(CLASSES.get(c)));
            for (int i = 0; i < each; i++) {
                png(classFolder.resolve("image" + i + ".png"), c, 24 + random.nextInt(12), random);
            }
        }
        return folder;
    }

    /** Writes a drawing as a file. */
    static Path png(Path file, int shape, int side, Random random) {
        try (var _ = TensorScope.open()) {
            byte[] pixels = draw(shape, side, random);
            float[] numbers = new float[pixels.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (pixels[i] & 0xFF) / 255f;
            }
            Images.save(Tensor.of(numbers, 1, side, side), file);
            return file;
        }
    }
}
