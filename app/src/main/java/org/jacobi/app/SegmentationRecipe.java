package org.jacobi.app;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Splits;
import org.jacobi.layers.data.Transform;
import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;
import org.jacobi.layers.vision.ImageMaskFolder;
import org.jacobi.layers.vision.SpatialTransforms;
import org.jacobi.tensor.TensorScope;

/**
 * A U-Net (Ronneberger et al., 2015) for images and their masks. A fifth of the images is held out, a tenth compares epochs, one at
 * least each. It learns from parts of the others, cut out anywhere, mirrored and turned.
 *
 * @param color   whether it sees colours
 * @param greys   the grey of each class in masks
 * @param ignored the grey of pixels in masks that are left out of account; null for none
 * @param crop    height and width of the parts, in pixels
 * @param crops   how many parts are cut out of each image in an epoch
 * @param width   channels of the first level
 * @param depth   how often height and width are halved
 */
record SegmentationRecipe(boolean color, List<Integer> greys, Integer ignored, int crop, int crops, int width,
        int depth) implements Recipe<Batch> {

    private static final double VALIDATION = 0.1;
    private static final double HELD_OUT = 0.2;

    @Override
    public Defaults defaults() {
        return new Defaults(20, 4, 3e-3);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        Problems.require(crops >= 1, "crops " + crops + ": expected at least 1");
        SegmentationTask task = new SegmentationTask(color ? 3 : 1, greys, ignored, width, depth).checked();
        ImageMaskFolder pairs = task.pairs(settings.path());
        if (pairs.size() < 3) {
            throw new DataException(settings.data() + ": has " + pairs.size() + " images; three at least are needed, to"
                    + " learn from, to compare epochs and to be held out");
        }
        requireSizes(pairs);
        requireClasses(pairs);
        int heldOut = (int) Math.max(1, Math.round(HELD_OUT * pairs.size()));
        int validation = (int) Math.max(1, Math.round(VALIDATION * pairs.size()));
        double n = pairs.size();
        List<long[]> parts = Splits.random(pairs.size(), settings.seed(), (n - heldOut - validation) / n,
                validation / n, heldOut / n);
        Dataset<Example> images = SegmentationTask.normalized(pairs);
        DataLoader<Batch> batches = DataLoader.of(images.subset(repeated(parts.get(0)))).batchSize(settings.batch())
                .shuffle(settings.seed()).dropLast(true).transform(parts()).workers(settings.workers()).build();
        if (batches.batches() == 0) {
            throw new IllegalArgumentException("batch " + settings.batch() + ": an epoch has "
                    + crops * parts.get(0).length + " parts of images only; take a smaller one, or more --crops");
        }
        return new Lesson<>(task, batches, SegmentationTask.batches(images.subset(parts.get(1))),
                SegmentationTask.batches(images.subset(parts.get(2))), model -> Trainer
                        .of(model, settings.adamW(model),
                                task.measurement(model))
                        .schedule(settings.oneCycle(batches.batches()))
                        .monitor(Monitor.min("loss")));
    }

    /** Reads everything once, so that what is broken is known, and requires that parts can be cut out. */
    private void requireSizes(ImageMaskFolder pairs) {
        int least = 1 << depth;
        Problems.require(crop % least == 0 && crop >= 2 * least,
                "crop " + crop + ": expected a multiple of " + least + ", which depth " + depth + " halves, at least "
                        + 2 * least);
        for (long i = 0; i < pairs.size(); i++) {
            try (var _ = TensorScope.open()) {
                var image = pairs.get(i).input();
                if (image.size(1) < crop || image.size(2) < crop) {
                    throw new DataException(pairs.describe(i) + ": has " + image.size(2) + " x " + image.size(1)
                            + " pixels; parts of " + crop + " x " + crop
                            + " cannot be cut out, take a smaller --crop");
                }
            }
        }
    }

    /** Requires that there is each class: masks of 0 and 1 are black alone to who expects 0 and 255. */
    private void requireClasses(ImageMaskFolder pairs) {
        SortedSet<Integer> found = new TreeSet<>();
        for (long i = 0; i < pairs.size(); i++) {
            try (var _ = TensorScope.open()) {
                found.addAll(pairs.greys(i));
            }
        }
        found.removeIf(grey -> grey.equals(ignored));
        boolean blackAndWhite = SegmentationTask.isBlackAndWhite(greys);
        for (int grey : greys) {
            boolean occurs =
                    blackAndWhite ? found.stream().anyMatch(each -> each < 128 == (grey == 0)) : found.contains(grey);
            if (!occurs) {
                throw new DataException(pairs.describe(0) + " and all others: no mask has a pixel of grey " + grey
                        + "; masks have " + found + ", --greys says which of these are classes");
            }
        }
    }

    private long[] repeated(long[] numbers) {
        long[] all = new long[numbers.length * crops];
        for (int i = 0; i < all.length; i++) {
            all[i] = numbers[i % numbers.length];
        }
        return all;
    }

    /** Returns what cuts parts out and changes them. */
    private Transform<Example> parts() {
        Transform<Example> turn = (pair, _) -> new Example(pair.input().transpose(1, 2).contiguous(),
                pair.target().transpose(0, 1).contiguous());
        return SpatialTransforms.randomCrop(crop, crop, 0).withMask()
                .then(SpatialTransforms.randomHorizontalFlip(0.5).withMask())
                .then(SpatialTransforms.randomVerticalFlip(0.5).withMask())
                .then(turn.withProbability(0.5))
                .then(Transform.ofInput((image, generator) -> image.mul(0.8 + 0.4 * generator.nextDouble())
                        .add(0.4 * generator.nextDouble() - 0.2)));
    }
}
