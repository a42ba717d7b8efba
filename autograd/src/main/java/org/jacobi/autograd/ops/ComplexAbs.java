package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** |z| of complex numbers: dz = dout z / |z|, and 0 where z is 0, as in PyTorch. */
@Formula("dz = dout z / |z|")
public record ComplexAbs(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable z) {
        return Variable.record(Batch.trailing("complexAbs", z, 1).complexAbs(),
                out -> new ComplexAbs(new Variable[] {z}, Saved.of(z, out)), z);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable abs = saved.get(1);
        Variable zero = Batch.constant(Batch.value(abs).eq(0), abs);
        return new Variable[] {
            saved.get(0).mul(douts[0].div(abs.maskedFill(zero, 1)).maskedFill(zero, 0).unsqueeze(-1))};
    }
}
