package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** x with the first elements of source where a mask holds: dx = dout with zeros there, dsource = dout there, in order. */
@Formula("dx = dout with zeros where the mask holds; dsource = dout where the mask holds, in order")
public record MaskedScatter(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x, Tensor mask, Variable source) {
        return Variable.record(Batch.each(one -> one[0].maskedScatter(mask, one[1]), x, source),
                out -> new MaskedScatter(new Variable[] {x, source}, Saved.of(Variable.constant(mask))), x, source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor mask = saved.get(0).value();
        return new Variable[] {
            needs(0) ? douts[0].maskedFill(mask, 0).sumTo(inputs[0].shape()) : null,
            needs(1) ? sourceGrad(douts[0].maskedSelect(mask)) : null};
    }

    /** Elements that no place was left for were not used: their gradient is 0. */
    private Variable sourceGrad(Variable used) {
        Shape flat = Shape.of(inputs[1].numel());
        return Place.apply(used, flat, 0, 0, used.numel(), 1).reshape(inputs[1].shape().toArray());
    }
}
