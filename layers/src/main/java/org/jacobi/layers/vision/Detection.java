package org.jacobi.layers.vision;

import java.util.List;
import java.util.function.UnaryOperator;

import org.jacobi.layers.data.TensorBundle;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * An image and the things that are in it, each in a box.
 *
 * @param image  (C, H, W)
 * @param boxes  (n, 4), f32: left, top, right and bottom of each, in pixels from the image's upper left corner
 * @param labels (n), i64: the number of each thing's class
 */
public record Detection(Tensor image, Tensor boxes, Tensor labels) implements TensorBundle<Detection> {
    static Detection of(Tensor image, List<float[]> boxes, List<Long> labels) {
        float[] corners = new float[4 * boxes.size()];
        for (int i = 0; i < boxes.size(); i++) {
            System.arraycopy(boxes.get(i), 0, corners, 4 * i, 4);
        }
        return new Detection(image,
                boxes.isEmpty() ? Tensor.empty(DType.F32, 0, 4) : Tensor.of(corners, boxes.size(), 4),
                labels.isEmpty() ? Tensor.empty(DType.I64, 0)
                        : Tensor.of(labels.stream().mapToLong(Long::longValue).toArray()));
    }

    @Override
    public Detection mapTensors(UnaryOperator<Tensor> function) {
        return new Detection(function.apply(image), function.apply(boxes), function.apply(labels));
    }

    /** Returns the transform of the image alone, such as one of its colours. */
    public static Transform<Detection> ofImage(Transform<Tensor> transform) {
        return (detection, generator) -> new Detection(transform.apply(detection.image, generator), detection.boxes,
                detection.labels);
    }

    /**
     * Several images of one size, and what is in each.
     *
     * @param images (N, C, H, W)
     * @param boxes  of each image (n, 4)
     * @param labels of each image (n)
     */
    public record Batch(Tensor images, List<Tensor> boxes, List<Tensor> labels) implements TensorBundle<Batch> {
        @Override
        public Batch mapTensors(UnaryOperator<Tensor> function) {
            return new Batch(function.apply(images), boxes.stream().map(function).toList(),
                    labels.stream().map(function).toList());
        }

        /**
         * Collates detections, for a loader.
         *
         * @throws IllegalArgumentException if images differ in size, with the examples' numbers
         */
        public static Batch stack(List<Detection> detections, long[] numbers) {
            Tensor[] images = detections.stream().map(Detection::image).toArray(Tensor[]::new);
            for (int i = 1; i < images.length; i++) {
                if (!images[i].shape().equals(images[0].shape())) {
                    throw new IllegalArgumentException("the image of example " + numbers[i] + " has shape "
                            + images[i].shape() + ", that of example " + numbers[0] + " " + images[0].shape()
                            + "; SpatialTransforms.resize makes them alike");
                }
            }
            return new Batch(Tensor.stack(0, images), detections.stream().map(Detection::boxes).toList(),
                    detections.stream().map(Detection::labels).toList());
        }
    }
}
