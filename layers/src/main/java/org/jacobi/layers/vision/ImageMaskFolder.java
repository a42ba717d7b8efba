package org.jacobi.layers.vision;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.loss.CrossEntropyLoss;
import org.jacobi.tensor.Tensor;

/**
 * Images and their masks: semantic segmentation. A mask has the name of its image but for the ending, or this and {@code _mask} behind
 * it; in the latter case both may lie in one folder.
 *
 * <p>An example is the image (C, H, W) in [0, 1], f32, and the number of each pixel's class (H, W), i64. Where a mask's palette has
 * colours, the place of a pixel's colour counts as its grey: {@link Images#readMask}. Pixels that are left out of account have the
 * number {@link CrossEntropyLoss#IGNORE_INDEX}.
 */
public final class ImageMaskFolder implements Dataset<Example> {
    private static final int NO_CLASS = -1;
    private static final String MASK = "_mask";

    /** Finds the class of a pixel by its grey, 0 to 255. */
    private final int[] classOf;
    private final List<Path> images;
    private final List<Path> masks;
    private final ImageMode mode;

    private ImageMaskFolder(List<Path> images, List<Path> masks, ImageMode mode, int[] classOf) {
        this.images = images;
        this.masks = masks;
        this.mode = mode;
        this.classOf = classOf;
    }

    private static ImageMaskFolder list(Path imageFolder, Path maskFolder, ImageMode mode, int[] classOf) {
        boolean together = imageFolder.equals(maskFolder);
        SortedMap<String, Path> imageOf = byName(imageFolder, name -> !together || !name.endsWith(MASK));
        SortedMap<String, Path> found = byName(maskFolder, name -> !together || name.endsWith(MASK));
        SortedMap<String, Path> maskOf = new TreeMap<>();
        found.forEach((name, mask) -> {
            String whose = name.endsWith(MASK) && !imageOf.containsKey(name)
                    ? name.substring(0, name.length() - MASK.length())
                    : name;
            if (!imageOf.containsKey(whose)) {
                throw new DataException(mask + ": there is no image " + whose + " in " + imageFolder);
            }
            Path other = maskOf.put(whose, mask);
            if (other != null) {
                throw new DataException(mask + ": is a mask of " + imageOf.get(whose) + ", and so is " + other);
            }
        });
        imageOf.forEach((name, image) -> {
            if (!maskOf.containsKey(name)) {
                throw new DataException(image + ": there is no mask " + (together ? "" : name + " or ") + name + MASK
                        + " in " + maskFolder);
            }
        });
        return new ImageMaskFolder(List.copyOf(imageOf.values()), List.copyOf(maskOf.values()), mode, classOf);
    }

    /**
     * Lists images whose masks are black and white: pixels of grey 128 and more are class 1, others 0.
     *
     * @throws DataException if a folder has no images, or an image has no mask or the reverse
     */
    public static ImageMaskFolder binary(Path images, Path masks, ImageMode mode) {
        int[] classOf = new int[256];
        Arrays.fill(classOf, 128, 256, 1);
        return list(images, masks, mode, classOf);
    }

    /** Lists images whose masks have the given greys, 0 to 255, for the classes 0, 1, …; others are errors. */
    public static ImageMaskFolder of(Path images, Path masks, ImageMode mode, int... greys) {
        int[] classOf = new int[256];
        Arrays.fill(classOf, NO_CLASS);
        for (int i = 0; i < greys.length; i++) {
            classOf[Objects.checkIndex(greys[i], 256)] = i;
        }
        return list(images, masks, mode, classOf);
    }

    /** Returns these with the pixels of a grey left out of account, such as the 255 that VOC's masks have around objects. */
    public ImageMaskFolder ignore(int grey) {
        int[] others = classOf.clone();
        others[Objects.checkIndex(grey, others.length)] = (int) CrossEntropyLoss.IGNORE_INDEX;
        return new ImageMaskFolder(images, masks, mode, others);
    }

    private static SortedMap<String, Path> byName(Path folder, Predicate<String> wanted) {
        SortedMap<String, Path> files = new TreeMap<>();
        for (Path file : ClassFolders.sorted(folder, 1, Images::isImage)) {
            String ending = file.getFileName().toString();
            String name = ending.substring(0, ending.lastIndexOf('.'));
            Path other = wanted.test(name) ? files.put(name, file) : null;
            if (other != null) {
                throw new DataException(file + ": has the name of " + other + ", but for the ending");
            }
        }
        if (files.isEmpty()) {
            throw new DataException(folder + ": has no images");
        }
        return files;
    }

    @Override
    public long size() {
        return images.size();
    }

    @Override
    public Example get(long index) {
        int i = (int) Objects.checkIndex(index, size());
        Tensor image = Images.read(images.get(i), mode);
        Tensor mask = Images.readMask(masks.get(i));
        int height = (int) image.size(1);
        int width = (int) image.size(2);
        if (mask.size(0) != height || mask.size(1) != width) {
            throw new DataException(masks.get(i) + ": has " + mask.size(1) + " x " + mask.size(0)
                    + " pixels, expected the " + width + " x " + height + " of " + images.get(i));
        }
        float[] greys = mask.toFloatArray();
        long[] classes = new long[greys.length];
        for (int at = 0; at < greys.length; at++) {
            int grey = (int) greys[at];
            classes[at] = classOf[grey];
            if (classes[at] == NO_CLASS) {
                throw new DataException(masks.get(i) + ": the pixel at x = " + at % width + ", y = " + at / width
                        + " has grey " + grey + ", which is no class; the mask has " + numbers(greys));
            }
        }
        return new Example(image, Tensor.of(classes, height, width));
    }

    private static SortedSet<Integer> numbers(float[] greys) {
        SortedSet<Integer> numbers = new TreeSet<>();
        for (float grey : greys) {
            numbers.add((int) grey);
        }
        return numbers;
    }

    /** Returns the numbers of an example's mask: its greys, or its places in a palette with colours. */
    public SortedSet<Integer> greys(long index) {
        return numbers(Images.readMask(masks.get((int) Objects.checkIndex(index, size()))).toFloatArray());
    }

    @Override
    public String describe(long index) {
        return images.get((int) Objects.checkIndex(index, size())).toString();
    }
}
