package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;

/** The product over axes: an element's gradient is dout times the product of the others, which lie before and behind it. */
@Formula("dx = dout times the product of the other elements")
public record Prod(Variable[] inputs, Saved saved, Shape kept) implements GradFn {
    public static Variable apply(Variable x, boolean keepAxes, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0), false);
        }
        Shape kept = x.shape().reduced("prod", axes);
        return Variable.record(Batch.value(x).prod(keepAxes, Batch.axes(x, axes)),
                out -> new Prod(new Variable[] {x}, Saved.of(x), kept), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        if (x.numel() == 0) {
            return new Variable[] {x};
        }
        // Division by 0 tells nothing; products from both ends do. The reduced axes come last, merged.
        int[] order = Operands.reducedLast(x.shape(), kept);
        int[] back = new int[order.length];
        for (int i = 0; i < back.length; i++) {
            back[order[i]] = i;
        }
        Variable moved = x.permute(order);
        Variable rows = moved.reshape(kept.numel(), x.numel() / kept.numel());
        Variable before = Operands.shifted(Cumprod.apply(rows, 1, false), 1, true, 1);
        Variable behind = Operands.shifted(Cumprod.apply(rows, 1, true), 1, false, 1);
        Variable others = before.mul(behind).reshape(moved.shape().toArray()).permute(back);
        return new Variable[] {others.mul(douts[0].reshape(kept.toArray()))};
    }
}
