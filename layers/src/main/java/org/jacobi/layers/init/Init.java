package org.jacobi.layers.init;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * The usual ways to fill a parameter with its first numbers, named as in torch.nn.init.
 *
 * <p>Each fills the tensor in place and returns it. A weight is (out, in) or (out, in, …): its fan-in is the number of
 * inputs that one output sums over, its fan-out the number of outputs that one input goes to.
 */
public final class Init {
    private Init() {
    }

    /** Fills with zeros. */
    public static Tensor zeros_(Tensor tensor) {
        return tensor.zero_();
    }

    /** Fills with ones. */
    public static Tensor ones_(Tensor tensor) {
        return tensor.fill_(1);
    }

    /** Fills with uniform numbers from {@code from} (inclusive) to {@code to} (exclusive). */
    public static Tensor uniform_(Tensor tensor, double from, double to, Generator generator) {
        return tensor.uniform_(from, to, generator);
    }

    /** Fills with normally distributed numbers. */
    public static Tensor normal_(Tensor tensor, double mean, double std, Generator generator) {
        return tensor.normal_(mean, std, generator);
    }

    /** Fills with uniform numbers in ±gain √(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010). */
    public static Tensor xavierUniform_(Tensor weight, double gain, Generator generator) {
        double bound = gain * Math.sqrt(6.0 / (fanIn(weight) + fanOut(weight)));
        return weight.uniform_(-bound, bound, generator);
    }

    /** Fills with normally distributed numbers of deviation gain √(2 / (fanIn + fanOut)) (Glorot and Bengio, 2010). */
    public static Tensor xavierNormal_(Tensor weight, double gain, Generator generator) {
        return weight.normal_(0, gain * Math.sqrt(2.0 / (fanIn(weight) + fanOut(weight))), generator);
    }

    /**
     * Fills with uniform numbers in ±√(6 / ((1 + a²) fanIn)) (He et al., 2015).
     *
     * @param a the negative slope of the rectifier that follows: 0 for ReLU; PyTorch's layers start with √5
     */
    public static Tensor kaimingUniform_(Tensor weight, double a, Generator generator) {
        double bound = Math.sqrt(6.0 / ((1 + a * a) * fanIn(weight)));
        return weight.uniform_(-bound, bound, generator);
    }

    /**
     * Fills with normally distributed numbers of deviation √(2 / ((1 + a²) fanIn)) (He et al., 2015).
     *
     * @param a the negative slope of the rectifier that follows: 0 for ReLU
     */
    public static Tensor kaimingNormal_(Tensor weight, double a, Generator generator) {
        return weight.normal_(0, Math.sqrt(2.0 / ((1 + a * a) * fanIn(weight))), generator);
    }

    private static long fanIn(Tensor weight) {
        return weight.numel() / fan(weight, 0);
    }

    private static long fanOut(Tensor weight) {
        return weight.numel() / fan(weight, 1);
    }

    private static long fan(Tensor weight, int axis) {
        if (weight.rank() < 2 || weight.numel() == 0) {
            throw new IllegalArgumentException(
                    "Init: a fan is defined for weights (out, in, …) that are not empty, got shape " + weight.shape());
        }
        return weight.size(axis);
    }
}
