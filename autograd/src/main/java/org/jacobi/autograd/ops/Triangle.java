package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** Matrices with zeros above (tril) or below (triu) a diagonal: their gradient has zeros there too. */
@Formula("dx = the same triangle of dout")
public record Triangle(Variable[] inputs, Saved saved, boolean lower, long k) implements GradFn {
    public static Variable apply(Variable x, boolean lower, long k) {
        return Variable.record(lower ? Batch.trailing("tril", x, 2).tril(k) : Batch.trailing("triu", x, 2).triu(k),
                out -> new Triangle(new Variable[] {x}, Saved.of(), lower, k), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], lower, k)};
    }
}
