package org.jacobi.layers.vision;

import java.util.List;
import java.util.Objects;

import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.LabelledDataset;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Images of one size that are in memory as bytes, with a class each: an example is the image (C, H, W) in [0, 1], f32, and its class, a
 * scalar of i64.
 */
public final class LabelledImages implements LabelledDataset<Example> {
    private final String name;
    private final Tensor images;
    private final byte[] labels;
    private final List<String> classes;

    /**
     * Makes a data set of images that are there.
     *
     * @param name    what errors call it
     * @param images  (N, C, H, W), u8; is taken out of its scope
     * @param labels  (N), numbers of classes, u8
     * @param classes the classes' names
     * @throws DataException if the numbers of images and labels differ, or a label is no class
     */
    public LabelledImages(String name, Tensor images, Tensor labels, List<String> classes) {
        if (images.rank() != 4 || images.dtype() != DType.U8 || labels.rank() != 1
                || labels.size(0) != images.size(0)) {
            throw new DataException(name + ": has images of type " + images.dtype() + " and shape " + images.shape()
                    + " and labels of shape " + labels.shape() + ", expected u8 images (N, C, H, W) and labels (N)");
        }
        this.name = name;
        this.images = images.unscope();
        this.classes = List.copyOf(classes);
        long[] numbers = labels.toLongArray();
        this.labels = new byte[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] < 0 || numbers[i] >= classes.size()) {
                throw new DataException(name + ": the label of example " + i + " is " + numbers[i] + ", expected 0 to "
                        + (classes.size() - 1));
            }
            this.labels[i] = (byte) numbers[i];
        }
    }

    /** Returns all images as they are stored (N, C, H, W), u8. */
    public Tensor images() {
        return images;
    }

    @Override
    public long size() {
        return labels.length;
    }

    @Override
    public Example get(long index) {
        Objects.checkIndex(index, size());
        return new Example(images.select(0, index).to(DType.F32).div_(255), Tensor.scalar(label(index), DType.I64));
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public long label(long index) {
        return labels[(int) Objects.checkIndex(index, size())] & 0xFF;
    }

    @Override
    public String describe(long index) {
        return "example " + index + " of " + name;
    }
}
