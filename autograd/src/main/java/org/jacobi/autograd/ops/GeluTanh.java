package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.backend.BinaryOp;

/** 0.5 x (1 + t) with t = tanh(u), u = √(2/π) (x + 0.044715 x³): the derivative is 0.5 (1 + t) + 0.5 x (1 - t²) u'. */
@Formula("dx = dout 0.5 (1 + t + x (1 - t²) u'), t = tanh u, u = √(2/π) (x + 0.044715 x³)")
public record GeluTanh(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).geluTanh(), out -> new GeluTanh(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {Operands.derivative(BinaryOp.GELU_TANH_BACKWARD, dout, x, () -> {
            double c = Math.sqrt(2 / Math.PI);
            Variable t = x.square().mul(0.044715).add(1).mul(x).mul(c).tanh();
            Variable du = x.square().mul(3 * 0.044715).add(1).mul(c);
            Variable slope = t.square().neg().add(1).mul(du);
            return dout.mul(t.add(1).add(x.mul(slope)).mul(0.5));
        })};
    }
}
