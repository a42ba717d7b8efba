package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.FftNorm;

/** The real numbers of which half a Fourier transform is given: numbers that are mirrored count twice. */
@Formula("dx = the transform of dout with the same factor, twice where a number is mirrored")
public record Irfft(Variable[] inputs, Saved saved, long n, int axis, FftNorm norm) implements GradFn {
    public static Variable apply(Variable z, long n, int axis, FftNorm norm) {
        int at = axis < 0 ? axis + z.rank() - 1 : axis;
        return Variable.record(Batch.trailing("irfft", z, 1).irfft(n, Operands.complexAxis("irfft", z, axis), norm),
                out -> new Irfft(new Variable[] {z}, Saved.of(), out.size(at), at, norm), z);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dz = Rfft.apply(douts[0], axis, norm.opposite());
        return new Variable[] {dz.mul(Rfft.weights(dz, axis, n, 2))};
    }
}
