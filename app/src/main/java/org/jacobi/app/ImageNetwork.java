package org.jacobi.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import org.jacobi.layers.AdaptiveAvgPool2d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Flatten;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Residual;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.vision.models.CifarResNet;
import org.jacobi.layers.vision.models.MobileNetV2;
import org.jacobi.layers.vision.models.ResNet;
import org.jacobi.tensor.ConvOptions;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The networks that sort images into classes, by the names that {@code config.json} and the command line have for them. */
enum ImageNetwork {
    /** For digits of 28 x 28 pixels: three convolutions, of which the first halves the image; 65,000 parameters. */
    @JsonProperty("digits")
    DIGITS("digits", 8, ImageNetwork::digits),
    /** For small images of any size: five convolutions and a residual block of two more; some 723,000 parameters. */
    @JsonProperty("small")
    SMALL("small", 8, ImageNetwork::small),
    /** The residual network of 20 layers for CIFAR images (He et al., 2016). */
    @JsonProperty("resnet20")
    RESNET20("resnet20", 8, task -> CifarResNet.resnet20(task.classes().size())),
    /** The residual network of 18 layers for photographs (He et al., 2016), with torchvision's names. */
    @JsonProperty("resnet18")
    RESNET18("resnet18", 32, task -> ResNet.resnet18(task.classes().size())),
    /** That of 34 layers. */
    @JsonProperty("resnet34")
    RESNET34("resnet34", 32, task -> ResNet.resnet34(task.classes().size())),
    /** That of 50 layers. */
    @JsonProperty("resnet50")
    RESNET50("resnet50", 32, task -> ResNet.resnet50(task.classes().size())),
    /** MobileNetV2, for photographs and little computing (Sandler et al., 2018), with torchvision's names. */
    @JsonProperty("mobilenet_v2")
    MOBILENET_V2("mobilenet_v2", 32, task -> MobileNetV2.mobilenetV2(task.classes().size()));

    private final String label;
    private final int minSize;
    private final Function<ImageTask, Layer> maker;

    ImageNetwork(String label, int minSize, Function<ImageTask, Layer> maker) {
        this.label = label;
        this.minSize = minSize;
        this.maker = maker;
    }

    /** Returns the smallest height and width of images that it takes. */
    int minSize() {
        return minSize;
    }

    /** Makes the untrained network of a task. */
    Layer make(ImageTask task) {
        return maker.apply(task);
    }

    @Override
    public String toString() {
        return label;
    }

    private static Layer digits(ImageTask task) {
        List<Layer> layers = new ArrayList<>();
        addConv(layers, task.channels(), 32, 5, 2); // (B, 32, 14, 14)
        addConv(layers, 32, 48, 3, 1);
        layers.add(new MaxPool2d(2)); // (B, 48, 7, 7)
        addConv(layers, 48, 96, 3, 1);
        return head(layers, 96, 3, task);
    }

    private static Layer small(ImageTask task) {
        List<Layer> layers = new ArrayList<>();
        addConv(layers, task.channels(), 32, 3, 1);
        for (int size = Math.min(task.height(), task.width()); size >= 64; size /= 2) {
            layers.add(new MaxPool2d(2)); // down to the 32 to 63 pixels for which the rest is made
        }
        layers.add(new MaxPool2d(2)); // (B, 32, 16, 16)
        addConv(layers, 32, 64, 3, 1);
        addConv(layers, 64, 64, 3, 1);
        layers.add(new MaxPool2d(2)); // (B, 64, 8, 8)
        addConv(layers, 64, 128, 3, 1);
        List<Layer> body = new ArrayList<>();
        addConv(body, 128, 128, 3, 1);
        addConv(body, 128, 128, 3, 1);
        layers.add(new Residual(new Sequential(body.toArray(Layer[]::new))));
        layers.add(new MaxPool2d(2)); // (B, 128, 4, 4)
        addConv(layers, 128, 256, 3, 1);
        return head(layers, 256, 1, task);
    }

    private static void addConv(List<Layer> layers, long in, long out, long kernel, long stride) {
        layers.add(new Conv2d(in, out, kernel, new ConvOptions().stride(stride).padding(kernel / 2), false));
        layers.add(new BatchNorm2d(out));
        layers.add(new ReLU());
    }

    private static Layer head(List<Layer> layers, long channels, long size, ImageTask task) {
        layers.add(new AdaptiveAvgPool2d(size));
        layers.add(new Flatten());
        layers.add(new Linear(channels * size * size, task.classes().size()));
        return new Sequential(layers.toArray(Layer[]::new));
    }
}
