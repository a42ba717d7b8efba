package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** What the backwards of matrix decompositions do with matrices. */
final class Matrices {
    private Matrices() {
    }

    /**
     * Returns the numbers of two stacks of matrices that broadcast: under vmap they have equally many axes, lest what has an
     * axis less pass for vectors.
     */
    static Tensor[] aligned(String op, Variable a, Variable b) {
        Tensor[] values = Batch.aligned(a, b);
        if (Batch.lead(a, b) > 0) {
            for (Variable x : new Variable[] {a, b}) {
                if (x.rank() < 2) {
                    throw new IllegalArgumentException(op + ": needs matrices, got shape " + x.shape());
                }
            }
            int rank = Math.max(values[0].rank(), values[1].rank());
            for (int i = 0; i < 2; i++) {
                while (values[i].rank() < rank) {
                    values[i] = values[i].unsqueeze(0);
                }
            }
        }
        return values;
    }

    static Variable transpose(Variable x) {
        return x.transpose(-2, -1);
    }

    static Variable identity(long n, Variable like) {
        return Variable.constant(Tensor.eye(n).to(like.dtype()).to(like.device()));
    }

    /** Returns the elements below the diagonal, and on it if asked for, with zeros elsewhere. */
    static Variable lower(Variable x, boolean diagonal) {
        Tensor rows = Tensor.arange(x.device(), x.size(-2)).unsqueeze(1);
        Tensor columns = Tensor.arange(x.device(), x.size(-1));
        return keep(diagonal ? rows.ge(columns) : rows.gt(columns), x);
    }

    /** Returns the elements where a mask is true, with zeros elsewhere. */
    static Variable keep(Tensor mask, Variable x) {
        return Variable.where(mask, x, Variable.constant(Tensor.scalar(0, x.dtype())));
    }

    /** Returns square matrices with the given numbers (..., n) on their diagonals. */
    static Variable diagonal(Variable numbers) {
        return numbers.unsqueeze(-1).mul(identity(numbers.size(-1), numbers));
    }

    /** Returns the inverse of x, transposed. */
    static Variable inverseTransposed(Variable x) {
        return transpose(Inv.apply(x));
    }

    /** Returns x[j] - x[i] for all i and j, with ones on the diagonal, where it would divide by 0. */
    static Variable differences(Variable x) {
        return x.unsqueeze(-2).sub(x.unsqueeze(-1)).add(identity(x.size(-1), x));
    }
}
