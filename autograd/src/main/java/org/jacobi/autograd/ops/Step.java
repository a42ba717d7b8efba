package org.jacobi.autograd.ops;

import java.util.function.UnaryOperator;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * A function that is flat between jumps: its gradient is zeros, as in PyTorch, and not none. They do not come from a product
 * with 0, in which an infinite dout would leave NaN.
 */
@Formula("dx = 0")
public record Step(Variable[] inputs, Saved saved, String name) implements GradFn {
    public static Variable apply(String name, Variable x, UnaryOperator<Tensor> f) {
        return Variable.record(f.apply(Batch.value(x)), _ -> new Step(new Variable[] {x}, Saved.of(), name), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {douts[0].maskedFill(Tensor.scalar(1, DType.BOOL), 0)};
    }
}
