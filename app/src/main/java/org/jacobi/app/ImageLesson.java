package org.jacobi.app;

import java.util.function.Consumer;

import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.layers.loss.CrossEntropyLoss;
import org.jacobi.layers.optim.OneCycleSchedule;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.SGD;
import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;
import org.jacobi.tensor.Tensor;

/**
 * How all networks for images learn: stochastic gradient descent with Nesterov's momentum, a learning rate that rises once and falls
 * (Smith and Topin, 2018), weight decay of matrices, and smoothed labels (Szegedy et al., 2016).
 */
final class ImageLesson {
    private static final double MOMENTUM = 0.9;
    private static final double WEIGHT_DECAY = 5e-4;

    private final ImageTask task;
    private final TrainSettings settings;
    private Transform<Tensor> augmentation = (image, _) -> image;
    private double labelSmoothing;
    private Consumer<Layer> start = _ -> {
    };

    ImageLesson(ImageTask task, TrainSettings settings) {
        this.task = task.checked();
        this.settings = settings;
    }

    /** Sets how training images are changed, which have the network's size and numbers from 0 to 1. */
    ImageLesson augmentation(Transform<Tensor> change) {
        augmentation = change;
        return this;
    }

    ImageLesson labelSmoothing(double share) {
        labelSmoothing = share;
        return this;
    }

    /** Sets what is done to a network before it learns. */
    ImageLesson start(Consumer<Layer> first) {
        start = first;
        return this;
    }

    /** Returns all that training needs. */
    Lesson<Batch> of(Dataset<Example> training, Dataset<Example> validation, Dataset<Example> heldOut) {
        DataLoader<Batch> batches = DataLoader.of(training).batchSize(settings.batch()).shuffle(settings.seed())
                .dropLast(training.size() >= settings.batch()) // a batch of one has no variance to be normalized by
                .transform(Transform.ofInput(task.fit().then(augmentation).then(task.normalize())))
                .workers(settings.workers()).build();
        long steps = Math.max(2, batches.batches() * settings.epochs()); // a cycle has two steps at least
        return new Lesson<>(task, batches, task.batches(validation, settings.workers()),
                task.batches(heldOut, settings.workers()), model -> {
                    start.accept(model);
                    SGD optimizer = new SGD(ParamGroup.decayMatrices(model.parameters(), settings.lr(), WEIGHT_DECAY))
                            .momentum(MOMENTUM).nesterov(true);
                    return Trainer
                            .supervised(model, optimizer, new CrossEntropyLoss().labelSmoothing(labelSmoothing))
                            .schedule(new OneCycleSchedule(settings.lr(), steps))
                            .monitor(Monitor.max("accuracy"));
                });
    }
}
