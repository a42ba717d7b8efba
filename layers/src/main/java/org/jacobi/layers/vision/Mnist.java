package org.jacobi.layers.vision;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.Tensor;

/** Handwritten digits, 28 × 28, and sets in the same four files, such as Fashion-MNIST (LeCun, Cortes and Burges). */
public final class Mnist {
    private static final int DIGITS = 10;

    private Mnist() {
    }

    /** Returns the 60,000 training images in a folder's {@code train-images-idx3-ubyte} and its labels, also as .gz. */
    public static LabelledImages train(Path folder) {
        return read(folder, "train");
    }

    /** Returns the 10,000 test images in a folder's {@code t10k-images-idx3-ubyte} and its labels, also as .gz. */
    public static LabelledImages test(Path folder) {
        return read(folder, "t10k");
    }

    private static LabelledImages read(Path folder, String part) {
        return of(find(folder, part + "-images-idx3-ubyte"), find(folder, part + "-labels-idx1-ubyte"));
    }

    /**
     * Returns the images of one idx file with the labels of another. Classes are named by their numbers; there are ten, or as many
     * more as the largest label says.
     *
     * @throws DataException if a file cannot be used, or the two do not belong together
     */
    public static LabelledImages of(Path imageFile, Path labelFile) {
        Tensor labels = Idx.read(labelFile);
        long largest = labels.numel() == 0 ? 0 : LongStream.of(labels.toLongArray()).max().orElseThrow();
        List<String> classes = IntStream.rangeClosed(0, (int) Math.max(DIGITS - 1, largest)).mapToObj(Integer::toString)
                .toList();
        return of(imageFile, labelFile, labels, classes);
    }

    /**
     * Returns the images of one idx file with the labels of another.
     *
     * @throws DataException if a file cannot be used, or the two do not belong together
     */
    public static LabelledImages of(Path imageFile, Path labelFile, List<String> classes) {
        return of(imageFile, labelFile, Idx.read(labelFile), classes);
    }

    private static LabelledImages of(Path imageFile, Path labelFile, Tensor labels, List<String> classes) {
        Tensor images = Idx.read(imageFile);
        if (images.rank() != 3) {
            throw new DataException(imageFile + ": has shape " + images.shape() + ", expected (N, H, W)");
        }
        if (labels.rank() != 1 || labels.size(0) != images.size(0)) {
            throw new DataException(labelFile + ": has shape " + labels.shape() + ", expected (" + images.size(0)
                    + ") for the images of " + imageFile);
        }
        return new LabelledImages(imageFile.toString(), images.unsqueeze(1), labels, classes);
    }

    private static Path find(Path folder, String name) {
        for (String ending : List.of("", ".gz")) {
            Path file = folder.resolve(name + ending);
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new DataException("there is neither " + folder.resolve(name) + " nor the same with .gz");
    }
}
