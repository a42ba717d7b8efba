package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.AvgPool2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Tanh;

/**
 * LeNet-5 (LeCun et al., 1998, section II.B) for digits of 28 x 28 pixels, which the first convolution pads to the paper's
 * 32 x 32.
 *
 * <p>As is usual today, each channel of the second convolution sees all channels of the first, pools have no coefficients of
 * their own, and the output is linear. {@link #relu} has ReLU and max-pooling, as PyTorch's tutorials do; {@link #tanh} has
 * the paper's tanh and averages. Parameters are named as in PyTorch's tutorial: {@code conv1}, {@code conv2}, {@code fc1},
 * {@code fc2} and {@code fc3}.
 */
public final class LeNet extends ImageClassifier {
    private static final long SIDE = 28;

    private final Conv2d conv1;
    private final Conv2d conv2;
    private final Layer pool;
    private final Layer activation;
    private final Linear fc1;
    private final Linear fc2;

    /** Returns a LeNet with ReLU and max-pooling for images of the given channels. */
    public static LeNet relu(long channels, long classes) {
        return new LeNet(channels, classes, new ReLU(), new MaxPool2d(2));
    }

    /** Returns a LeNet with tanh and average pooling for images of the given channels. */
    public static LeNet tanh(long channels, long classes) {
        return new LeNet(channels, classes, new Tanh(), new AvgPool2d(2));
    }

    private LeNet(long channels, long classes, Layer activation, Layer pool) {
        super(channels, SIDE, "fc3");
        checkClasses("LeNet", classes);
        this.activation = add("activation", activation);
        this.pool = add("pool", pool);
        conv1 = add("conv1", new Conv2d(channels, 6, 5, 1, 2));
        conv2 = add("conv2", new Conv2d(6, 16, 5));
        fc1 = add("fc1", new Linear(16 * 5 * 5, 120));
        fc2 = add("fc2", new Linear(120, 84));
        addHead(new Linear(84, classes));
    }

    @Override
    Variable trunk(Variable x) {
        if (x.size(2) != SIDE || x.size(3) != SIDE) {
            throw new IllegalArgumentException(
                    "LeNet: images must be " + SIDE + " x " + SIDE + " pixels, got shape " + x.shape());
        }
        Variable y = pool.forward(activation.forward(conv1.forward(x))); // (B, 6, 14, 14)
        y = pool.forward(activation.forward(conv2.forward(y))); // (B, 16, 5, 5)
        y = activation.forward(fc1.forward(y.flatten(1, -1))); // (B, 120)
        return activation.forward(fc2.forward(y)); // (B, 84)
    }
}
