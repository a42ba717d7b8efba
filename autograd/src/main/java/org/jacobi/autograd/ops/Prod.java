package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** The product over axes: an element's gradient is dout times the product of the others. */
public record Prod(Variable[] inputs, Saved saved, Shape kept) implements GradFn {
    public static Variable apply(Variable x, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0));
        }
        Shape kept = x.shape().reduced("prod", axes);
        return Variable.record(Batch.value(x).prod(Batch.axes(x, axes)),
                out -> new Prod(new Variable[] {x}, Saved.of(x, out), kept), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        Variable dout = douts[0].reshape(kept.toArray());
        if (Batch.value(x).eq(0).any().item() == 0) {
            return new Variable[] {dout.mul(saved.get(1).reshape(kept.toArray())).div(x)};
        }
        // Division by 0 tells nothing: with the reduced axes last and merged, multiply all but one, for each one.
        int rank = kept.rank();
        int[] order = new int[rank];
        int left = 0;
        for (int i = 0; i < rank; i++) {
            if (kept.size(i) == x.size(i)) {
                order[left++] = i;
            }
        }
        for (int i = 0; i < rank; i++) {
            if (kept.size(i) != x.size(i)) {
                order[left++] = i;
            }
        }
        Variable moved = x.permute(order);
        Variable rows = moved.reshape(kept.numel(), x.numel() / kept.numel());
        long n = rows.size(1);
        Tensor diagonal = Tensor.eye(n).to(DType.BOOL);
        Variable others = Variable.where(diagonal, Variable.constant(Tensor.scalar(1, x.dtype())), rows.unsqueeze(1));
        Variable product = others.prod(2).reshape(moved.shape().toArray());
        int[] back = new int[rank];
        for (int i = 0; i < rank; i++) {
            back[order[i]] = i;
        }
        return new Variable[] {dout.mul(product.permute(back))};
    }
}
