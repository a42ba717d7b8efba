package org.jacobi.layers.vision;

import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * A transform that moves an image's pixels, and can do the same to a mask or to boxes.
 *
 * <p>{@link SpatialTransforms} makes them. By itself it changes an image (C, H, W).
 */
public final class Spatial implements Transform<Tensor> {
    /** Draws what is to be done to an image of the given size. */
    @FunctionalInterface
    interface Choice {
        Move draw(long height, long width, Generator generator);
    }

    private final String name;
    private final Choice choice;

    Spatial(String name, Choice choice) {
        this.name = name;
        this.choice = choice;
    }

    @Override
    public Tensor apply(Tensor image, Generator generator) {
        return draw(image, generator).image(image);
    }

    /** Returns the transform of an image and its mask, (H, W) or (C, H, W), as input and target: pixels stay together. */
    public Transform<Example> withMask() {
        return (example, generator) -> {
            Tensor mask = example.target();
            Tensor image = example.input();
            if (mask.rank() < 2 || mask.rank() > 3 || image.rank() != 3 || mask.size(-1) != image.size(2)
                    || mask.size(-2) != image.size(1)) {
                throw new IllegalArgumentException(name + ": the mask has shape " + mask.shape() + ", expected (H, W)"
                        + " or (C, H, W) as large as the image, whose shape is " + image.shape());
            }
            Move move = draw(image, generator);
            return new Example(move.image(image), move.mask(mask));
        };
    }

    /** Returns the transform of an image and its boxes; boxes of which less than a tenth is left in the image are dropped. */
    public Transform<Detection> withBoxes() {
        return (detection, generator) -> draw(detection.image(), generator).detection(detection);
    }

    private Move draw(Tensor image, Generator generator) {
        if (image.rank() != 3 || image.numel() == 0) {
            throw new IllegalArgumentException(
                    name + ": the image has shape " + image.shape() + ", expected (C, H, W) with pixels");
        }
        return choice.draw(image.size(1), image.size(2), generator);
    }

    @Override
    public String toString() {
        return name;
    }
}
