package org.jacobi.autograd.ops;

import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Taps;

/** Weighted sums of the elements that taps name, along the last axes: average pooling and interpolation. */
@Formula("dx = dout resampled by the transposed taps")
public record Resample(Variable[] inputs, Saved saved, Taps... taps) implements GradFn {
    public static Variable apply(Variable x, Taps... taps) {
        if (Operands.needsWidening(x)) {
            return apply(x.to(DType.F32), taps).to(x.dtype());
        }
        return Variable.record(Batch.trailing("resample", x, taps.length).resample(taps),
                out -> new Resample(new Variable[] {x}, Saved.of(), taps), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Taps[] transposed = Arrays.stream(taps).map(Taps::transposed).toArray(Taps[]::new);
        return new Variable[] {apply(douts[0], transposed)};
    }
}
