package org.jacobi.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.LabelledDataset;
import org.jacobi.layers.vision.SpatialTransforms;

/**
 * A network for images in CIFAR's binary layout: a tenth of each class compares epochs, and the folder's test file, or else another
 * tenth, is held out.
 *
 * @param augment whether training images are shifted and mirrored
 * @param network which network it is
 */
record CifarRecipe(boolean augment, ImageNetwork network) implements Recipe<Batch> {
    private static final int SIDE = 32;
    private static final int SHIFT = 4;
    private static final double PART = 0.1;
    private static final double SMOOTHING = 0.1;

    @Override
    public Defaults defaults() {
        return new Defaults(40, 64, 0.1);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        Path path = settings.path();
        boolean folder = Files.isDirectory(path);
        if (!folder && !Files.exists(path)) {
            throw new DataException(path + ": there is no such file or folder");
        }
        List<Path> files = folder ? ImageData.cifarFiles(path) : List.of(path);
        if (files.isEmpty()) {
            throw new DataException(path + ": has no file to learn from, whose name ends in .bin");
        }
        Optional<Path> test = folder ? ImageData.cifarTest(path) : Optional.empty();
        ImageData data = ImageData.cifar(files);
        LabelledDataset<Example> images = data.images();
        double heldOutPart = test.isPresent() ? 0 : PART;
        List<long[]> parts =
                data.split(settings.seed(), 1 - PART - heldOutPart, PART, heldOutPart);
        Dataset<Example> training = images.subset(parts.get(0));
        Dataset<Example> heldOut = test.isPresent()
                ? ImageData.cifar(List.of(test.get())).labelledAs(images.classes())
                : images.subset(parts.get(2));
        ImageTask task = new ImageTask(network, images.classes(), 3, SIDE, SIDE, List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0)).checked().measuredOn(training);
        ImageLesson lesson = new ImageLesson(task, settings).labelSmoothing(SMOOTHING);
        if (augment) {
            lesson.augmentation(SpatialTransforms.randomCrop(SIDE, SIDE, SHIFT)
                    .then(SpatialTransforms.randomHorizontalFlip(0.5)));
        }
        return lesson.of(training, images.subset(parts.get(1)), heldOut);
    }
}
