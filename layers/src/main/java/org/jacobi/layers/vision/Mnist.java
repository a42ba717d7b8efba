package org.jacobi.layers.vision;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.Tensor;

/** Handwritten digits, 28 × 28, and sets in the same four files, such as Fashion-MNIST (LeCun, Cortes and Burges). */
public final class Mnist {
    private static final int DIGITS = 10;
    private static final String PACKED = ".gz";
    private static final Pattern NAME =
            Pattern.compile("(|.+[-_])(train|t10k|test)-images[-.]idx3-ubyte(\\.gz)?");

    private Mnist() {
    }

    /**
     * Returns the training images of a folder, which are the 60,000 of {@code train-images-idx3-ubyte}, with their labels.
     *
     * @throws DataException if there are none, or of several sets, or if they cannot be used
     */
    public static LabelledImages train(Path folder) {
        return of(required(folder, "train"));
    }

    /**
     * Returns the test images of a folder, which are the 10,000 of {@code t10k-images-idx3-ubyte}, with their labels.
     *
     * @throws DataException if there are none, or of several sets, or if they cannot be used
     */
    public static LabelledImages test(Path folder) {
        return of(required(folder, "t10k"));
    }

    private static Path required(Path folder, String part) {
        return images(folder, part).orElseThrow(() -> new DataException("there is neither "
                + folder.resolve(part + "-images-idx3-ubyte") + " nor the same with .gz"));
    }

    /** Returns whether a file's name is that of a set's images. */
    public static boolean isImages(Path file) {
        return NAME.matcher(file.getFileName().toString()).matches();
    }

    /**
     * Returns a folder's file with the images of a part, if there is one. Names may begin as EMNIST's do
     * ({@code emnist-letters-train-images-idx3-ubyte}), have a dot before {@code idx3}, and end in {@code .gz}.
     *
     * @param part "train", or "t10k", which EMNIST calls "test"
     * @throws DataException if there are several sets
     */
    public static Optional<Path> images(Path folder, String part) {
        Map<String, Path> sets = new TreeMap<>();
        for (Path file : ClassFolders.sorted(folder, 1, Mnist::isImages)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (name.matches() && name.group(2).replace("test", "t10k").equals(part)) {
                sets.putIfAbsent(name.group(1), file); // the plain file comes before the packed one
            }
        }
        if (sets.size() > 1) {
            throw new DataException(folder + ": has the files of several sets, such as "
                    + sets.values().stream().map(file -> file.getFileName().toString()).limit(3)
                            .collect(Collectors.joining(" and "))
                    + "; give a folder with those of one alone");
        }
        return sets.values().stream().findFirst();
    }

    /**
     * Returns the images of an idx file with the labels that lie beside it, in the file of the same name but for {@code labels-idx1}.
     *
     * @throws DataException if a file cannot be used, or the two do not belong together
     */
    public static LabelledImages of(Path imageFile) {
        String name = imageFile.getFileName().toString().replaceAll("images([-.])idx3", "labels$1idx1");
        Path labels = imageFile.resolveSibling(name);
        Path other = imageFile.resolveSibling(
                name.endsWith(PACKED) ? name.substring(0, name.length() - PACKED.length()) : name + PACKED);
        if (Files.notExists(labels) && Files.notExists(other)) {
            throw new DataException(
                    imageFile + ": its labels are missing: there is neither " + labels + " nor " + other);
        }
        return of(imageFile, Files.exists(labels) ? labels : other);
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
}
