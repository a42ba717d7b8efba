package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** a b for matrices with batch axes: da = dout bᵀ, db = aᵀ dout. */
@Formula("da = dout bᵀ, db = aᵀ dout")
public record Matmul(Variable[] inputs, Saved saved) implements GradFn {
    /** Takes vectors as PyTorch does: as a row on the left, as a column on the right. */
    public static Variable apply(Variable a, Variable b) {
        if (a.rank() == 0 || b.rank() == 0 || a.size(-1) != b.size(b.rank() == 1 ? 0 : -2)) {
            a.value().matmul(b.value()); // which says what is wrong
        }
        if (a.rank() == 1) {
            return apply(a.unsqueeze(0), b).squeeze(b.rank() == 1 ? 0 : -2);
        }
        if (b.rank() == 1) {
            return apply(a, b.unsqueeze(1)).squeeze(-1);
        }
        if (a.rank() > 2 && b.rank() == 2) {
            // One large product instead of a batch of them, and db comes without a sum over batches.
            long[] sizes = a.shape().toArray();
            sizes[sizes.length - 1] = b.size(1);
            return apply(a.flatten(0, -2), b).reshape(sizes);
        }
        return Variable.record(a.value().matmul(b.value()), out -> new Matmul(new Variable[] {a, b}, Saved.of(a, b)), a,
                b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        return new Variable[] {
            needs(0) ? apply(dout, saved.get(1).transpose(-2, -1)).sumTo(inputs[0].shape()) : null,
            needs(1) ? apply(saved.get(0).transpose(-2, -1), dout).sumTo(inputs[1].shape()) : null};
    }
}
