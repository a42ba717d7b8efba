package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import java.util.Arrays;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.FftNorm;
import org.jacobi.tensor.Tensor;

/**
 * A Fourier transform of real numbers. Its gradient is the real part of the opposite transform of dout alone; {@link Irfft}
 * adds the mirrored half, so that it takes half of every number that is mirrored.
 */
@Formula("dx = the real part of the opposite transform of dout and as many zeros as were left out")
public record Rfft(Variable[] inputs, Saved saved, int axis, FftNorm norm) implements GradFn {
    public static Variable apply(Variable x, int axis, FftNorm norm) {
        int at = x.shape().axis("rfft", axis);
        return Variable.record(Batch.value(x).rfft(-1, Batch.lead(x) + at, norm),
                out -> new Rfft(new Variable[] {x}, Saved.of(), at, norm),
                x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        long n = inputs[0].size(axis);
        return new Variable[] {
            Irfft.apply(douts[0].mul(weights(douts[0], axis, n, 0.5)), n, axis, norm.opposite())};
    }

    /** Returns 1 for the numbers of a transform's half that have no mirror image, and what is given for the others. */
    static Tensor weights(Variable half, int axis, long n, double mirrored) {
        double[] weights = new double[Math.toIntExact(n / 2 + 1)];
        for (int k = 0; k < weights.length; k++) {
            weights[k] = k == 0 || 2L * k == n ? 1 : mirrored;
        }
        long[] sizes = new long[half.rank() - axis];
        Arrays.fill(sizes, 1);
        sizes[0] = weights.length;
        return Tensor.of(weights).to(half.dtype()).to(half.device()).reshape(sizes);
    }
}
