package org.jacobi.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
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
        if (Mnist.isImages(path)) {
            return new ImageData(path, Mnist.of(path));
        }
        if (path.toString().endsWith(BIN) || isWhole(path, CIFAR10_IMAGE) || isWhole(path, CIFAR100_IMAGE)) {
            return cifar(List.of(path));
        }
        throw new DataException(
                path + ": expected a file of MNIST's images, such as t10k-images-idx3-ubyte, one of CIFAR,"
                        + " of " + CIFAR10_IMAGE + " or " + CIFAR100_IMAGE + " bytes an image, or a folder");
    }

    private static ImageData ofFolder(Path folder, ImageMode mode) {
        Optional<Path> idx = Mnist.images(folder, "t10k").or(() -> Mnist.images(folder, "train"));
        if (idx.isPresent()) {
            return new ImageData(folder, Mnist.of(idx.get()));
        }
        List<Path> files = cifarFiles(folder);
        Optional<Path> test = cifarTest(folder);
        if (test.isPresent() || !files.isEmpty()) {
            return cifar(test.map(List::of).orElse(files));
        }
        FolderParts parts = FolderParts.of(folder);
        return new ImageData(folder,
                new ImageFolder(parts.test().or(parts::validation).orElse(parts.training()), mode));
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
        Path[] all = files.toArray(Path[]::new);
        boolean hundred = !isWhole(first, CIFAR10_IMAGE) && isWhole(first, CIFAR100_IMAGE);
        return new ImageData(first, hundred ? Cifar.cifar100(all) : Cifar.cifar10(all));
    }

    private static boolean isWhole(Path file, int image) {
        return file.toFile().length() % image == 0;
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
        if (IntStream.of(counts).filter(count -> count > 0).count() < 2) {
            throw new DataException(source + ": all images are of one class, "
                    + images.classes().get((int) images.label(0)) + "; there is nothing to tell apart");
        }
        long parts = DoubleStream.of(fractions).filter(fraction -> fraction > 0).count();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 && counts[i] < parts) {
                throw new DataException(source + ": class " + images.classes().get(i) + " has " + counts[i]
                        + (counts[i] == 1 ? " image" : " images") + "; " + parts
                        + " at least are needed, to learn from" + (parts > 1 ? ", to compare epochs" : "")
                        + (parts > 2 ? " and to be held out" : ""));
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
                        + ", but the classes are " + Problems.abridged(classes));
            }
        }
        return images.map(example -> new Example(example.input(),
                Tensor.scalar(numbers[(int) example.target().item()], DType.I64)));
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
