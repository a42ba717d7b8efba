package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.FftNorm;

/** A Fourier transform of complex numbers: its matrix's conjugate transpose is the opposite transform with the same factor. */
@Formula("dx = the opposite transform of dout, with the same factor")
public record Fft(Variable[] inputs, Saved saved, int axis, boolean inverse, FftNorm norm) implements GradFn {
    public static Variable apply(Variable z, int axis, boolean inverse, FftNorm norm) {
        Tensor value = Batch.trailing("fft", z, 1);
        int at = Operands.complexAxis("fft", z, axis);
        return Variable.record(inverse ? value.ifft(-1, at, norm) : value.fft(-1, at, norm),
                out -> new Fft(new Variable[] {z}, Saved.of(), axis, inverse, norm), z);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], axis, !inverse, norm.opposite())};
    }
}
