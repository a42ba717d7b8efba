package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** a b for matrices with batch axes: da = dout bᵀ, db = aᵀ dout. */
@Formula("da = dout bᵀ, db = aᵀ dout")
public record Matmul(Variable[] inputs, Saved saved) implements GradFn {
    /** Takes vectors as PyTorch does: as a row on the left, as a column on the right. */
    public static Variable apply(Variable a, Variable b) {
        if (a.rank() == 0 || b.rank() == 0 || a.size(-1) != b.size(b.rank() == 1 ? 0 : -2)) {
            Batch.value(a).matmul(Batch.value(b)); // which says what is wrong
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
        if (Batch.lead(a) == 0 && a.rank() == 2 && Batch.lead(b) > 0 && b.rank() == 2 && b.size(1) == 1) {
            // One matrix and a vector for each example: the vectors are the rows of one product.
            return apply(b.t(), a.t()).t();
        }
        return Variable.record(product(a, b), out -> new Matmul(new Variable[] {a, b}, Saved.of(a, b)), a,
                b);
    }

    private static Tensor product(Variable a, Variable b) {
        if (Batch.lead(a) == 0 || Batch.lead(b) > 0 || b.rank() > 2) {
            return Batch.beside(a, b).matmul(Batch.beside(b, a));
        }
        // All examples meet one matrix.
        Tensor rows = Batch.value(a).flatten(0, -2);
        return rows.matmul(b.value()).reshape(Batch.sizes(a, a.size(0), b.size(1)));
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        return new Variable[] {
            needs(0) ? apply(dout, saved.get(1).transpose(-2, -1)).sumTo(inputs[0].shape()) : null,
            needs(1) ? right(saved.get(0), dout) : null};
    }

    private Variable right(Variable a, Variable dout) {
        if (a.rank() == 2 && inputs[1].rank() == 2) {
            // Where all examples met one matrix, the sum of their gradients is one product.
            Variable[] rows = Batch.exposed(inputs[1], a, dout);
            return apply(rows[0].flatten(0, -2).t(), rows[1].flatten(0, -2));
        }
        return apply(a.transpose(-2, -1), dout).sumTo(inputs[1].shape());
    }
}
