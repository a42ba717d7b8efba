package org.jacobi.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.loss.CrossEntropyLoss;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.metrics.Average;
import org.jacobi.layers.metrics.ClassMetric;
import org.jacobi.layers.metrics.JaccardIndex;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.train.Outcome;
import org.jacobi.layers.train.TrainStep;
import org.jacobi.layers.vision.ImageMaskFolder;
import org.jacobi.layers.vision.ImageMode;
import org.jacobi.layers.vision.Images;
import org.jacobi.layers.vision.models.UNet;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Telling the class of each pixel of an image, of any size.
 *
 * @param channels 1 for brightness, 3 for red, green and blue
 * @param greys    the grey of each class in masks, 0 to 255; of exactly 0 and 255, masks are black below 128 and else white
 * @param ignored  the grey of pixels in masks that are left out of account; null for none
 * @param width    channels of the U-Net's first level
 * @param depth    how often it halves height and width
 */
record SegmentationTask(int channels, List<Integer> greys, Integer ignored, int width, int depth)
        implements Task<Batch> {

    private static final List<String> IMAGES = List.of("image", "images", "img", "imgs");
    private static final List<String> MASKS = List.of("label", "labels", "mask", "masks");

    @Override
    public Layer model() {
        return new UNet(channels, greys.size(), new UNet.Options().baseWidth(width).depth(depth));
    }

    @Override
    public TrainStep<Batch> measurement(Layer model) {
        CrossEntropyLoss mean = new CrossEntropyLoss();
        CrossEntropyLoss sum = new CrossEntropyLoss().reduction(Reduction.SUM);
        return batch -> {
            Variable scores = model.forward(batch.input());
            double pixels = batch.target().ne(CrossEntropyLoss.IGNORE_INDEX).to(DType.F64).sum().item();
            // A mask may have nothing that counts, of which there is no mean.
            return new Outcome((pixels > 0 ? mean : sum).of(scores, batch.target()), scores, batch.target(),
                    Math.max(1, pixels));
        };
    }

    @Override
    public SequencedMap<String, Supplier<? extends Metric<Double>>> metrics() {
        SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
        metrics.put("pixel_error", () -> new PixelError(
                Accuracy.multiclass(greys.size()).ignoreIndex(CrossEntropyLoss.IGNORE_INDEX)));
        metrics.put("iou", () -> JaccardIndex.multiclass(greys.size(), Average.MACRO)
                .ignoreIndex(CrossEntropyLoss.IGNORE_INDEX));
        return metrics;
    }

    /** The share of pixels whose class is wrong. */
    private record PixelError(ClassMetric accuracy) implements Metric<Double> {
        @Override
        public void update(Tensor prediction, Tensor target) {
            accuracy.update(prediction, target);
        }

        @Override
        public Double compute() {
            return 1 - accuracy.compute();
        }

        @Override
        public void reset() {
            accuracy.reset();
        }
    }

    @Override
    public List<String> classes() {
        return greys.stream().map(grey -> "grey " + grey).toList();
    }

    @Override
    public Iterable<Batch> read(Path data) {
        return batches(normalized(pairs(data)));
    }

    /** Lists the images and masks of a folder, which has a folder of each, or both together. */
    ImageMaskFolder pairs(Path folder) {
        Path part = Files.isDirectory(folder.resolve("train")) && find(folder, IMAGES).isEmpty()
                ? folder.resolve("train")
                : folder;
        boolean together = find(part, IMAGES).isEmpty() && find(part, MASKS).isEmpty()
                && !ClassFolders.sorted(part, 1, Images::isImage).isEmpty();
        Path images = together ? part : folder(part, IMAGES);
        Path masks = together ? part : folder(part, MASKS);
        ImageMaskFolder pairs = isBlackAndWhite(greys) ? ImageMaskFolder.binary(images, masks, mode())
                : ImageMaskFolder.of(images, masks, mode(), greys.stream().mapToInt(Integer::intValue).toArray());
        return ignored == null ? pairs : pairs.ignore(ignored);
    }

    private static Optional<Path> find(Path folder, List<String> names) {
        return names.stream().map(folder::resolve).filter(Files::isDirectory).findFirst();
    }

    private static Path folder(Path folder, List<String> names) {
        return find(folder, names).orElseThrow(
                () -> new DataException(folder + ": has no folder named " + String.join(", ", names)));
    }

    static boolean isBlackAndWhite(List<Integer> greys) {
        return greys.equals(List.of(0, 255));
    }

    private ImageMode mode() {
        return channels == 1 ? ImageMode.GRAY : ImageMode.RGB;
    }

    /** Returns examples with images as the network sees them. */
    static Dataset<Example> normalized(Dataset<Example> pairs) {
        return pairs.map(pair -> new Example(normalized(pair.input()), pair.target()));
    }

    /** Returns an image less its mean and divided by its deviation, so that the exposure does not count. */
    private static Tensor normalized(Tensor image) {
        double mean = image.mean().item();
        double variance = image.sub(mean).square().mean().item();
        return image.sub(mean).div(Math.sqrt(variance + 1e-6));
    }

    /** Returns whole images, each a batch, because their sizes may differ. */
    static Iterable<Batch> batches(Dataset<Example> normalized) {
        return DataLoader.of(normalized).build();
    }

    @Override
    public Path answerFile(Path file, Path folder) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String mask = (dot < 0 ? name : name.substring(0, dot)) + "-mask.png";
        return folder == null ? file.resolveSibling(mask) : folder.resolve(mask);
    }

    @Override
    public List<String> predict(Layer model, Path file, int top, Path out) {
        Tensor image = Images.read(file, mode());
        long least = 1L << depth;
        if (image.size(1) < least || image.size(2) < least) {
            throw new DataException(file + ": has " + image.size(2) + " x " + image.size(1)
                    + " pixels, expected at least " + least + " x " + least);
        }
        Tensor classes = model.forward(normalized(image).unsqueeze(0).to(model.device())).value().select(0, 0)
                .argmax(0).cpu();
        float[] shades = new float[greys.size()];
        for (int i = 0; i < shades.length; i++) {
            shades[i] = greys.get(i) / 255f;
        }
        Tensor mask = Tensor.of(shades, shades.length).indexSelect(0, classes.flatten()).reshape(image.size(1),
                image.size(2));
        Images.save(mask, out);
        StringBuilder line = new StringBuilder(file + "\t" + out);
        for (int i = 0; i < shades.length; i++) {
            line.append('\t').append(classes().get(i)).append('\t').append(String.format(Locale.ROOT, "%.4f",
                    classes.eq(i).to(DType.F32).mean().item()));
        }
        return List.of(line.toString());
    }

    @Override
    public SegmentationTask checked() {
        Problems.require(channels == 1 || channels == 3, "channels is " + channels + ", expected 1 or 3");
        Problems.require(greys != null && greys.size() >= 2
                && greys.stream().allMatch(grey -> grey != null && grey >= 0 && grey <= 255)
                && Stream.of(greys.toArray()).distinct().count() == greys.size(),
                "greys " + greys + ": expected at least two different numbers of 0 to 255");
        Problems.require(ignored == null || ignored >= 0 && ignored <= 255 && !greys.contains(ignored),
                "ignore " + ignored + ": expected 0 to 255, and none of " + greys);
        Problems.require(width >= 1 && width <= 256, "width " + width + ": expected 1 to 256");
        Problems.require(depth >= 1 && depth <= 6, "depth " + depth + ": expected 1 to 6");
        return this;
    }
}
