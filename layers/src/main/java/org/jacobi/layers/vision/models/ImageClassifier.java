package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;

/**
 * A network that sorts images into classes: a trunk, which makes features of them, and a head, which scores classes by the
 * features.
 *
 * <p>To teach a trained trunk new classes:
 *
 * <pre>{@code
 * ResNet model = ResNet.resnet18(1000);
 * model.loadStateDict(Safetensors.load(file));
 * model.freezeTrunk();
 * model.replaceHead(new Linear(512, 5));
 * Optimizer optimizer = new AdamW(model.head().parameters(), ...);
 * }</pre>
 */
public abstract class ImageClassifier extends Layer {
    private final long channels;
    private final long minSize;
    private final String headName;
    private Layer head;

    /**
     * Makes a classifier whose head goes by a name.
     *
     * @param channels of the images
     * @param minSize  the least height and width that the trunk can work on
     */
    ImageClassifier(long channels, long minSize, String headName) {
        this.channels = channels;
        this.minSize = minSize;
        this.headName = headName;
    }

    static void checkClasses(String model, long classes) {
        if (classes < 1) {
            throw new IllegalArgumentException(model + ": there are " + classes + " classes; there must be at least 1");
        }
    }

    /** Registers the head, once the trunk is. */
    final void addHead(Layer head) {
        this.head = add(headName, head);
    }

    /** Returns the layer that takes features (B, F) to scores (B, classes). */
    public final Layer head() {
        return head;
    }

    /** Puts another layer in the place of the head, under the same name. */
    public final void replaceHead(Layer head) {
        this.head = replace(headName, head);
    }

    /**
     * Has backward compute no gradients but those of the head. Batch normalization in the trunk still updates its running
     * statistics while training; {@link #eval} stops that.
     */
    public final void freezeTrunk() {
        requiresGrad_(false);
        head.requiresGrad_(true);
    }

    /** Returns what the head works on: takes images (B, C, H, W) to features (B, F). */
    public final Variable features(Variable x) {
        if (x.rank() != 4 || x.size(1) != channels || x.size(2) < minSize || x.size(3) < minSize) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": expected images (B, " + channels
                    + ", H, W) with H and W at least " + minSize + ", got shape " + x.shape());
        }
        return trunk(x);
    }

    /** Takes images of a shape that fits to features. */
    abstract Variable trunk(Variable x);

    /** Takes images (B, C, H, W) to the classes' scores (B, classes), which are logits. */
    @Override
    protected final Variable compute(Variable x) {
        return head.forward(features(x));
    }
}
