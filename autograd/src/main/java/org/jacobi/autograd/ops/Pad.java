package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import java.util.Arrays;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** A value added around x, or a margin cut off: the gradient is cut, or zeros are added to it, in the same places. */
@Formula("dx = dout without its padding")
public record Pad(Variable[] inputs, Saved saved, long[] amounts) implements GradFn {
    public static Variable apply(Variable x, long[] amounts, double value) {
        return Variable.record(value(x, amounts).pad(amounts, value),
                out -> new Pad(new Variable[] {x}, Saved.of(), amounts.clone()), x);
    }

    /** Returns the operand, which refuses amounts of null itself. */
    private static Tensor value(Variable x, long[] amounts) {
        return amounts == null ? Batch.value(x) : Batch.trailing("pad", x, amounts.length / 2);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], Arrays.stream(amounts).map(amount -> -amount).toArray(), 0)};
    }
}
