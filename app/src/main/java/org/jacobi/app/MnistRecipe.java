package org.jacobi.app;

import java.util.List;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.vision.LabelledImages;
import org.jacobi.layers.vision.Mnist;
import org.jacobi.layers.vision.SpatialTransforms;

/**
 * A network for MNIST's digits, or another set in the same four files: a twelfth of the training images, of each class, compares epochs,
 * and the test images are held out.
 *
 * @param augment whether training images are shifted by up to two pixels
 */
record MnistRecipe(boolean augment) implements Recipe<Batch> {
    private static final double VALIDATION = 1.0 / 12;
    private static final int SHIFT = 2;

    @Override
    public Defaults defaults() {
        return new Defaults(7, 128, 0.1);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        LabelledImages images = Mnist.train(settings.path());
        LabelledImages test = Mnist.test(settings.path());
        int height = (int) images.images().size(2);
        int width = (int) images.images().size(3);
        List<long[]> parts =
                new ImageData(settings.path(), images).split(settings.seed(), 1 - VALIDATION, VALIDATION);
        var training = images.subset(parts.get(0));
        ImageTask task = new ImageTask(ImageNetwork.DIGITS, images.classes(), 1, height, width, List.of(0.0),
                List.of(1.0)).checked().measuredOn(training);
        ImageLesson lesson = new ImageLesson(task, settings);
        if (augment) {
            lesson.augmentation(SpatialTransforms.randomCrop(height, width, SHIFT));
        }
        return lesson.of(training, images.subset(parts.get(1)),
                new ImageData(settings.path(), test).labelledAs(images.classes()));
    }
}
