package org.jacobi.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.layers.vision.ColorTransforms;
import org.jacobi.layers.vision.ImageMode;
import org.jacobi.layers.vision.Images;
import org.jacobi.layers.vision.SpatialTransforms;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * Sorting images into classes. An image of another size is scaled so that it covers the network's, and its middle is cut out; an image
 * without colour is given to a network of colours as red, green and blue alike, and the other way round its brightness is taken.
 *
 * @param network  which network it is
 * @param classes  their names, in the order of the network's outputs
 * @param channels 1 for brightness, 3 for red, green and blue
 * @param height   of the images that the network sees, in pixels
 * @param width    of the images that the network sees, in pixels
 * @param mean     what is taken from each channel, whose numbers are 0 to 1
 * @param std      what each channel is then divided by
 */
record ImageTask(ImageNetwork network, List<String> classes, int channels, int height, int width, List<Double> mean,
        List<Double> std) implements ClassTask {

    private static final int MAX_SIZE = 4096;
    /** Batches of evaluations; larger ones are no faster. */
    private static final int BATCH = 128;

    @Override
    public Layer model() {
        return network.make(this);
    }

    @Override
    public Iterable<Batch> read(Path data) {
        return batches(ImageData.of(data, mode()).labelledAs(classes), 0);
    }

    /** Returns examples as the network sees them, in order, in batches. */
    Iterable<Batch> batches(Dataset<Example> examples, int workers) {
        return DataLoader.of(examples).batchSize(BATCH).transform(Transform.ofInput(fit().then(normalize())))
                .workers(workers).build();
    }

    @Override
    public List<String> predict(Layer model, Path file, int top, Path out) {
        Generator unused = new Generator(0);
        Tensor image = fit().then(normalize()).apply(Images.read(file, mode()), unused);
        double[] probabilities =
                model.forward(image.unsqueeze(0).to(model.device())).value().softmax(-1).toDoubleArray();
        return List.of(Answers.likeliest(file.toString(), probabilities, classes, top));
    }

    @Override
    public ImageTask checked() {
        Problems.require(network != null && mean != null && std != null, "an entry of the task is null");
        Problems.requireClasses(classes);
        Problems.require(channels == 1 || channels == 3, "channels is " + channels + ", expected 1 or 3");
        Problems.require(channels == 3 || network == ImageNetwork.DIGITS || network == ImageNetwork.SMALL,
                network + " takes images of 3 channels, not " + channels);
        for (int size : new int[] {height, width}) {
            Problems.require(size >= network.minSize() && size <= MAX_SIZE,
                    "a height or width of " + size + " pixels: " + network + " takes " + network.minSize() + " to "
                            + MAX_SIZE);
        }
        Problems.require(mean.size() == channels && std.size() == channels,
                "mean and std must have a number for each channel");
        Problems.require(mean.stream().allMatch(value -> value != null && Double.isFinite(value)),
                "mean: expected numbers");
        Problems.require(std.stream().allMatch(value -> value != null && Double.isFinite(value) && value > 0),
                "std: expected numbers above 0");
        return this;
    }

    /** Returns what of an image file is read. */
    ImageMode mode() {
        return channels == 1 ? ImageMode.GRAY : ImageMode.RGB;
    }

    /** Gives an image the network's channels, height and width; its numbers are 0 to 1 before and after. */
    Transform<Tensor> fit() {
        return (image, generator) -> {
            Tensor fitting = image.size(0) == channels ? image
                    : channels == 3 ? Tensor.cat(0, image, image, image)
                            : ColorTransforms.grayscale().apply(image, generator).narrow(0, 0, 1);
            long h = image.size(1);
            long w = image.size(2);
            if (h == height && w == width) {
                return fitting;
            }
            double scale = Math.max((double) height / h, (double) width / w);
            Transform<Tensor> resize = SpatialTransforms.resize((int) Math.max(height, Math.round(h * scale)),
                    (int) Math.max(width, Math.round(w * scale)));
            return resize.then(SpatialTransforms.centerCrop(height, width)).apply(fitting, generator);
        };
    }

    /** Makes an image's numbers those that the network sees. */
    Transform<Tensor> normalize() {
        return ColorTransforms.normalize(array(mean), array(std));
    }

    private static double[] array(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Returns the task of the same network and classes with the mean and the deviation of examples' channels. */
    ImageTask measuredOn(Dataset<Example> examples) {
        double[] sum = new double[channels];
        double[] squares = new double[channels];
        Transform<Tensor> fit = fit();
        Generator unused = new Generator(0);
        ImageData.forEach(examples, example -> {
            float[] pixels = fit.apply(example.input(), unused).toFloatArray();
            int area = pixels.length / channels;
            for (int c = 0; c < channels; c++) {
                for (int i = c * area; i < (c + 1) * area; i++) {
                    sum[c] += pixels[i];
                    squares[c] += (double) pixels[i] * pixels[i];
                }
            }
        });
        double n = (double) examples.size() * height * width;
        List<Double> means = new ArrayList<>();
        List<Double> deviations = new ArrayList<>();
        for (int c = 0; c < channels; c++) {
            double m = sum[c] / n;
            double variance = Math.max(0, squares[c] / n - m * m);
            means.add(m);
            deviations.add(variance < 1e-12 ? 1 : Math.sqrt(variance)); // one colour only: nothing to divide by
        }
        return new ImageTask(network, classes, channels, height, width, means, deviations);
    }
}
