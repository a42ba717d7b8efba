package org.jacobi.layers.init;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Qr;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

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

    /** Fills with one number. */
    public static Tensor constant_(Tensor tensor, double value) {
        return tensor.fill_(value);
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

    /** Returns the factor by which deviations shrink in what follows a weight, as torch.nn.init.calculate_gain. */
    public static double calculateGain(Nonlinearity nonlinearity) {
        return calculateGain(nonlinearity, 0.01);
    }

    /**
     * Returns the factor by which deviations shrink in what follows a weight.
     *
     * @param a the negative slope of {@link Nonlinearity#LEAKY_RELU}; others do not look at it
     */
    public static double calculateGain(Nonlinearity nonlinearity, double a) {
        return switch (nonlinearity) {
            case LINEAR, SIGMOID -> 1;
            case TANH -> 5.0 / 3;
            case RELU -> Math.sqrt(2);
            case LEAKY_RELU -> Math.sqrt(2 / (1 + a * a));
            case SELU -> 0.75;
        };
    }

    /**
     * Fills with uniform numbers in ±√(6 / ((1 + a²) fanIn)) (He et al., 2015).
     *
     * @param a the negative slope of the rectifier that follows: 0 for ReLU; PyTorch's layers start with √5
     */
    public static Tensor kaimingUniform_(Tensor weight, double a, Generator generator) {
        return kaimingUniform_(weight, a, FanMode.FAN_IN, Nonlinearity.LEAKY_RELU, generator);
    }

    /** Fills with uniform numbers in ±gain √(3 / fan), with the gain of what follows (He et al., 2015). */
    public static Tensor kaimingUniform_(Tensor weight, double a, FanMode mode, Nonlinearity nonlinearity,
            Generator generator) {
        double bound = calculateGain(nonlinearity, a) * Math.sqrt(3.0 / fan(weight, mode));
        return weight.uniform_(-bound, bound, generator);
    }

    /**
     * Fills with normally distributed numbers of deviation √(2 / ((1 + a²) fanIn)) (He et al., 2015).
     *
     * @param a the negative slope of the rectifier that follows: 0 for ReLU
     */
    public static Tensor kaimingNormal_(Tensor weight, double a, Generator generator) {
        return kaimingNormal_(weight, a, FanMode.FAN_IN, Nonlinearity.LEAKY_RELU, generator);
    }

    /** Fills with normally distributed numbers of deviation gain / √fan, with the gain of what follows (He et al., 2015). */
    public static Tensor kaimingNormal_(Tensor weight, double a, FanMode mode, Nonlinearity nonlinearity,
            Generator generator) {
        return weight.normal_(0, calculateGain(nonlinearity, a) / Math.sqrt(fan(weight, mode)), generator);
    }

    /** Fills with normally distributed numbers, drawn again where they lie outside of low to high. */
    public static Tensor truncNormal_(Tensor tensor, double mean, double std, double low, double high,
            Generator generator) {
        if (!(low < high)) {
            throw new IllegalArgumentException("truncNormal_: the range from " + low + " to " + high + " is empty");
        }
        if (!(std > 0)) {
            throw new IllegalArgumentException("truncNormal_: the deviation is " + std + "; it must be above 0");
        }
        try (var _ = TensorScope.open()) {
            // The inverse of the distribution function, at uniform numbers between its values at the bounds.
            Tensor bounds = Tensor.of(new double[] {(low - mean) / std, (high - mean) / std}).div(Math.sqrt(2)).erf();
            tensor.uniform_(bounds.getDouble(0), bounds.getDouble(1), generator);
            tensor.copy_(tensor.erfinv().mul_(std * Math.sqrt(2)).add_(mean).clamp_(low, high));
        }
        return tensor;
    }

    /** Fills a matrix with ones on its diagonal and zeros elsewhere. */
    public static Tensor eye_(Tensor matrix) {
        requireMatrix("eye_", matrix);
        matrix.zero_().diagonal().fill_(1);
        return matrix;
    }

    /**
     * Fills the weight of a convolution, (out, in / groups, ...) with 1 to 3 axes of space, so that each group passes its first
     * channels on: 1 in the middle of the kernel of equal channels, 0 elsewhere.
     */
    public static Tensor dirac_(Tensor weight, long groups) {
        if (weight.rank() < 3 || weight.rank() > 5) {
            throw new IllegalArgumentException(
                    "dirac_: needs a weight (out, in, ...) of a convolution, of 3 to 5 axes, got " + weight.shape());
        }
        if (groups < 1 || weight.size(0) % groups != 0) {
            throw new IllegalArgumentException(
                    "dirac_: " + weight.size(0) + " outputs cannot be cut into " + groups + " groups");
        }
        weight.zero_();
        long perGroup = weight.size(0) / groups;
        Tensor middle = weight;
        for (int axis = weight.rank() - 1; axis >= 2; axis--) {
            middle = middle.select(axis, weight.size(axis) / 2);
        }
        for (long g = 0; g < groups; g++) {
            middle.narrow(0, g * perGroup, perGroup).diagonal().fill_(1);
        }
        return weight;
    }

    /**
     * Fills so that rows are orthogonal to each other, or columns where there are fewer, each of length gain (Saxe, McClelland and
     * Ganguli, 2014). Axes behind the first count as one.
     */
    public static Tensor orthogonal_(Tensor weight, double gain, Generator generator) {
        if (weight.rank() < 2) {
            throw new IllegalArgumentException("orthogonal_: needs 2 axes or more, got " + weight.shape());
        }
        if (weight.numel() == 0) {
            return weight;
        }
        try (var _ = TensorScope.open()) {
            long rows = weight.size(0);
            long columns = weight.numel() / rows;
            Tensor random = Tensor.zeros(weight.dtype(), rows, columns).normal_(0, 1, generator);
            boolean wide = rows < columns;
            Qr<Tensor> qr = (wide ? random.transpose(0, 1) : random).qr();
            // Signs of R's diagonal make the distribution uniform (Mezzadri, 2007).
            Tensor q = qr.q().mul(qr.r().diagonal().sign());
            weight.copy_((wide ? q.transpose(0, 1) : q).mul(gain).reshape(weight.shape().toArray()));
        }
        return weight;
    }

    /**
     * Fills a matrix with normally distributed numbers of mean 0, of which a share in each column is 0 (Martens, 2010).
     *
     * @param sparsity the share of zeros in each column, rounded up to whole rows
     */
    public static Tensor sparse_(Tensor matrix, double sparsity, double std, Generator generator) {
        requireMatrix("sparse_", matrix);
        if (!(sparsity >= 0 && sparsity <= 1)) {
            throw new IllegalArgumentException("sparse_: the sparsity is " + sparsity + "; it must lie in 0 to 1");
        }
        matrix.normal_(0, std, generator);
        long zeros = (long) Math.ceil(sparsity * matrix.size(0));
        try (var _ = TensorScope.open()) {
            Tensor mask = Tensor.zeros(matrix.device(), DType.BOOL, matrix.shape().toArray());
            for (long column = 0; column < matrix.size(1); column++) {
                Tensor which = Tensor.randperm(generator, matrix.size(0)).narrow(0, 0, zeros);
                Tensor hit = Tensor.zeros(DType.I64, matrix.size(0)).indexFill(0, which, 1);
                mask.select(1, column).copy_(hit.ne(0));
            }
            matrix.maskedFill_(mask, 0);
        }
        return matrix;
    }

    private static void requireMatrix(String op, Tensor matrix) {
        if (matrix.rank() != 2) {
            throw new IllegalArgumentException(op + ": needs a matrix, got shape " + matrix.shape());
        }
    }

    private static long fan(Tensor weight, FanMode mode) {
        return mode == FanMode.FAN_IN ? fanIn(weight) : fanOut(weight);
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
