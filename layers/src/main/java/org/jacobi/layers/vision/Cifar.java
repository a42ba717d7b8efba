package org.jacobi.layers.vision;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Colour images, 32 × 32, of 10 or 100 classes, in the binary layout of CIFAR (Krizhevsky, 2009): for each image one byte with its class,
 * or two with coarse and fine class in CIFAR-100, and 1,024 bytes each of red, green and blue.
 */
public final class Cifar {
    private static final int SIDE = 32;
    private static final int PIXELS = 3 * SIDE * SIDE;
    private static final List<String> CLASSES = List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
            "horse", "ship", "truck");

    private Cifar() {
    }

    /** Returns the images of CIFAR-10 files, such as data_batch_1.bin to data_batch_5.bin, in the order of the files. */
    public static LabelledImages cifar10(Path... files) {
        return read(1, CLASSES, files);
    }

    /** Returns the images of CIFAR-100 files, train.bin or test.bin, with their fine classes, by number. */
    public static LabelledImages cifar100(Path... files) {
        return read(2, IntStream.range(0, 100).mapToObj(Integer::toString).toList(), files);
    }

    private static LabelledImages read(int labelBytes, List<String> classes, Path... files) {
        List<Tensor> images = new ArrayList<>();
        List<Tensor> labels = new ArrayList<>();
        for (Path file : files) {
            Tensor records = records(file, labelBytes + PIXELS);
            Tensor label = records.select(1, labelBytes - 1);
            requireLabels(file, label, classes.size(), labelBytes);
            labels.add(label);
            images.add(records.narrow(1, labelBytes, PIXELS).reshape(-1, 3, SIDE, SIDE));
        }
        if (images.isEmpty()) {
            throw new IllegalArgumentException("Cifar: no file is given");
        }
        return new LabelledImages(files.length == 1 ? files[0].toString() : files[0] + " and what follows",
                Tensor.cat(0, images.toArray(Tensor[]::new)), Tensor.cat(0, labels.toArray(Tensor[]::new)), classes);
    }

    private static Tensor records(Path file, int bytes) {
        byte[] content;
        try {
            long size = Files.size(file);
            if (size == 0 || size % bytes != 0) {
                throw new DataException(file + ": has " + size + " bytes, expected a multiple of " + bytes
                        + ", the bytes of one image; the last image begins at offset " + size / bytes * bytes);
            }
            if (size > Integer.MAX_VALUE - 8) {
                throw new DataException(file + ": has " + size + " bytes; files of up to 2 GB are read");
            }
            content = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e, e);
        }
        return Tensor.ofBits(DType.U8, content, content.length / bytes, bytes);
    }

    private static void requireLabels(Path file, Tensor labels, int classes, int labelBytes) {
        long[] numbers = labels.toLongArray();
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] >= classes) {
                throw new DataException(file + ": the class of image " + i + ", at offset "
                        + ((long) i * (labelBytes + PIXELS) + labelBytes - 1) + ", is " + numbers[i]
                        + ", expected 0 to " + (classes - 1));
            }
        }
    }
}
