package org.jacobi.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.LabelledDataset;
import org.jacobi.layers.data.Splits;
import org.jacobi.layers.vision.Cifar;
import org.jacobi.layers.vision.ImageFolder;
import org.jacobi.layers.vision.ImageMode;
import org.jacobi.layers.vision.Mnist;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Images with their classes, in one of the formats that are known: MNIST's idx files, CIFAR's binary layout, or one folder a class.
 *
 * @param source where they are
 * @param images the images
 */
record ImageData(Path source, LabelledDataset<Example> images) {
    private static final String IDX_IMAGES = "images-idx3-ubyte";
    private static final String IDX_LABELS = "labels-idx1-ubyte";
    private static final String BIN = ".bin";
    private static final int CIFAR10_IMAGE = 3073;
    private static final int CIFAR100_IMAGE = 3074;

    /**
     * Reads what is to be measured: of a folder that has a part for tests, that part. A file is one of CIFAR's, or one of MNIST's idx
     * files of images, whose labels lie beside it.
     *
     * @param mode what of image files is read
     * @throws DataException if it cannot be used
     */
    static ImageData of(Path path, ImageMode mode) {
        if (!Files.exists(path)) {
            throw new DataException(path + ": there is no such file or folder");
        }
        if (Files.isDirectory(path)) {
            return ofFolder(path, mode);
        }
        String name = path.getFileName().toString();
        if (name.contains(IDX_IMAGES)) {
            return new ImageData(path,
                    Mnist.of(path, path.resolveSibling(name.replace(IDX_IMAGES, IDX_LABELS))));
        }
        if (name.endsWith(BIN)) {
            return cifar(List.of(path));
        }
        throw new DataException(path + ": expected a file of MNIST, whose name has " + IDX_IMAGES
                + " in it, one of CIFAR, whose name ends in .bin, or a folder");
    }

    private static ImageData ofFolder(Path folder, ImageMode mode) {
        for (String part : List.of("t10k-", "train-")) {
            for (String ending : List.of("", ".gz")) {
                Path file = folder.resolve(part + IDX_IMAGES + ending);
                if (Files.exists(file)) {
                    return of(file, mode);
                }
            }
        }
        List<Path> files = cifarFiles(folder);
        if (!files.isEmpty()) {
            return cifar(cifarTest(folder).map(List::of).orElse(files));
        }
        return new ImageData(folder, new ImageFolder(part(folder, "test", "val").orElse(folder), mode));
    }

    /** Returns the first of a folder's parts of the given names that is there, if the folder has a part to train on, too. */
    static Optional<Path> part(Path folder, String... names) {
        return Files.isDirectory(folder.resolve("train"))
                ? Stream.of(names).map(folder::resolve).filter(Files::isDirectory).findFirst()
                : Optional.empty();
    }

    // ---- CIFAR -----------------------------------------------------------------------------------------------------

    /** Returns the files of a folder that are to be learned from: those that end in .bin but the test's. */
    static List<Path> cifarFiles(Path folder) {
        Optional<Path> test = cifarTest(folder);
        return ClassFolders.sorted(folder, 1, file -> file.toString().endsWith(BIN)
                && !file.equals(test.orElse(null)));
    }

    /** Returns the file of a folder that has the test images, if there is one. */
    static Optional<Path> cifarTest(Path folder) {
        return Stream.of("test_batch.bin", "test.bin").map(folder::resolve).filter(Files::exists).findFirst();
    }

    /** Reads files of CIFAR-10 or of CIFAR-100, which differ in the bytes that an image has. */
    static ImageData cifar(List<Path> files) {
        Path first = files.getFirst();
        long bytes = first.toFile().length();
        Path[] all = files.toArray(Path[]::new);
        boolean hundred = bytes % CIFAR10_IMAGE != 0 && bytes % CIFAR100_IMAGE == 0;
        return new ImageData(first, hundred ? Cifar.cifar100(all) : Cifar.cifar10(all));
    }

    // ---- parts -----------------------------------------------------------------------------------------------------

    /**
     * Cuts every class by fractions, as {@link Splits#stratified} does.
     *
     * @throws DataException naming a class with too few images
     */
    List<long[]> split(long seed, double... fractions) {
        int[] counts = new int[images.classes().size()];
        for (long label : images.labels()) {
            counts[(int) label]++;
        }
        long parts = DoubleStream.of(fractions).filter(fraction -> fraction > 0).count();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 && counts[i] < parts) {
                throw new DataException(source + ": class " + images.classes().get(i) + " has " + counts[i]
                        + (counts[i] == 1 ? " image" : " images") + "; " + parts
                        + " at least are needed, to learn from, to compare epochs and to be held out");
            }
        }
        return Splits.stratified(images.labels(), seed, fractions);
    }

    // ---- classes ---------------------------------------------------------------------------------------------------

    /**
     * Returns the examples with their classes' numbers in a list of names.
     *
     * @throws DataException if an example's class is not in the list
     */
    Dataset<Example> labelledAs(List<String> classes) {
        List<String> mine = images.classes();
        if (mine.equals(classes)) {
            return images;
        }
        long[] numbers = mine.stream().mapToLong(classes::indexOf).toArray();
        for (long i = 0; i < images.size(); i++) {
            int label = (int) images.label(i);
            if (numbers[label] < 0) {
                throw new DataException(images.describe(i) + ": is of class " + mine.get(label)
                        + ", but the classes are " + abridged(classes));
            }
        }
        return images.map(example -> new Example(example.input(),
                Tensor.scalar(numbers[(int) example.target().item()], DType.I64)));
    }

    private static String abridged(List<String> classes) {
        int most = 20;
        return String.join(", ", classes.subList(0, Math.min(most, classes.size())))
                + (classes.size() > most ? " and " + (classes.size() - most) + " more" : "");
    }

    /**
     * Reads each example once.
     *
     * @throws DataException naming the first that cannot be read
     */
    static void forEach(Dataset<Example> examples, Consumer<Example> reader) {
        for (long i = 0; i < examples.size(); i++) {
            try (var _ = TensorScope.open()) {
                reader.accept(examples.get(i));
            }
        }
    }
}
