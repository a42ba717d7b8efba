package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jacobi.layers.IncompatibleKeys;
import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.layers.vision.ColorTransforms;
import org.jacobi.layers.vision.ImageFolder;
import org.jacobi.layers.vision.SpatialTransforms;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.Safetensors;
import org.jacobi.tensor.io.SafetensorsException;

/**
 * A network for image files that lie in one folder a class. Of a folder that has {@link FolderParts}, {@code val} compares epochs, and
 * {@code test} is held out, or {@code val} where there is none. What is missing is cut off: a tenth of each class.
 *
 * @param network which network it is
 * @param size    height and width of what it sees, in pixels
 * @param augment whether training images are cut, mirrored and coloured at random
 * @param weights a safetensors file to begin with, whose head is left out where its classes are others; null for none
 */
record ImagesRecipe(ImageNetwork network, int size, boolean augment, String weights) implements Recipe<Batch> {

    private static final double PART = 0.1;
    private static final double SMOOTHING = 0.1;
    /** Of ImageNet's images, by which networks that were trained on them expect their images normalized. */
    private static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);
    private static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

    @Override
    public Defaults defaults() {
        return new Defaults(30, 32, weights == null ? 0.05 : 0.01);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        Path path = settings.path();
        FolderParts folders = FolderParts.of(path);
        ImageFolder images = new ImageFolder(folders.training());
        ImageTask task = new ImageTask(network, images.classes(), 3, size, size, IMAGENET_MEAN, IMAGENET_STD).checked();
        if (weights != null) {
            load(task.model()); // or says that they cannot be used, before the images are read
        }
        Optional<Path> test = folders.test().or(folders::validation);
        double compared = folders.validation().isPresent() ? 0 : PART;
        double tested = test.isPresent() ? 0 : PART;
        List<long[]> parts = new ImageData(folders.training(), images).split(settings.seed(), 1 - compared - tested,
                compared, tested);
        Dataset<Example> training = images.subset(parts.get(0));
        Dataset<Example> validation = folders.validation().map(folder -> part(folder, images.classes()))
                .orElseGet(() -> images.subset(parts.get(1)));
        Dataset<Example> heldOut = test.map(folder -> part(folder, images.classes()))
                .orElseGet(() -> images.subset(parts.get(2)));
        // All files are read once before anything is trained, so that a broken one is known then.
        ImageTask measured = task.measuredOn(training);
        ImageData.forEach(validation, _ -> {
        });
        ImageData.forEach(heldOut, _ -> {
        });
        ImageLesson lesson = new ImageLesson(weights == null ? measured : task, settings).labelSmoothing(SMOOTHING);
        if (augment) {
            Transform<Tensor> change = SpatialTransforms.randomResizedCrop(size, size, 0.5, 1, 0.75, 4.0 / 3);
            lesson.augmentation(change.then(SpatialTransforms.randomHorizontalFlip(0.5))
                    .then(ColorTransforms.colorJitter(0.2, 0.2, 0.2, 0.02)));
        }
        if (weights != null) {
            lesson.start(this::load);
        }
        return lesson.of(training, validation, heldOut);
    }

    private static Dataset<Example> part(Path folder, List<String> classes) {
        ImageFolder images = new ImageFolder(folder);
        for (String name : classes) {
            if (!images.classes().contains(name)) {
                throw new DataException(folder + ": has no folder " + name
                        + ", but this is a class of the training images");
            }
        }
        return new ImageData(folder, images).labelledAs(classes);
    }

    /** Loads the weights, but those of a head that was made for other classes. */
    private void load(Layer model) {
        Map<String, Tensor> saved;
        try {
            saved = new HashMap<>(Safetensors.load(Path.of(weights)));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "--weights " + FileErrors.describe(FileErrors.naming(Path.of(weights), e))
                            + (e instanceof SafetensorsException
                                    ? "; of a file that torch.save wrote, safetensors.torch.save_file makes one that fits"
                                    : ""),
                    e);
        }
        var own = model.stateDict();
        String head = model.namedParameters().lastEntry().getKey().replaceFirst("[^.]+$", "");
        boolean other = own.entrySet().stream().anyMatch(entry -> entry.getKey().startsWith(head)
                && saved.containsKey(entry.getKey())
                && !saved.get(entry.getKey()).shape().equals(entry.getValue().shape()));
        if (other) {
            saved.keySet().removeIf(name -> name.startsWith(head));
        }
        IncompatibleKeys keys;
        try {
            keys = model.loadStateDict(saved, false);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--weights " + weights + ": does not fit " + network + ": "
                    + e.getMessage(), e);
        }
        // Files of PyTorch before 0.4.1 do not count batches.
        List<String> missing = keys.missing().stream()
                .filter(name -> !name.startsWith(head) && !name.endsWith(".num_batches_tracked")).toList();
        if (!keys.unexpected().isEmpty() || !missing.isEmpty()) {
            throw new IllegalArgumentException("--weights " + weights + ": does not fit " + network + ": it lacks "
                    + named(missing) + ", and has, what the network has not, " + named(keys.unexpected()));
        }
    }

    private static String named(List<String> names) {
        return names.isEmpty() ? "nothing" : Problems.abridged(names);
    }
}
