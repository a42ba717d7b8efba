package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.VarMean;

/** The variance over axes, and the mean: dx = 2 dvar (x - mean) / (n - correction) + dmean / n. */
@Formula("dx = 2 dvar (x - mean) / (n - correction) + dmean / n")
public record Variance(Variable[] inputs, Saved saved, double correction, Shape kept) implements GradFn {
    public static VarMean<Variable> apply(String op, Variable x, double correction, boolean keepAxes, int... axes) {
        Operands.requireFloating(op, x);
        if (Batch.isScalar(x)) {
            return apply(op, x.unsqueeze(0), correction, false);
        }
        Shape kept = x.shape().reduced(op, axes);
        VarMean<Tensor> values = Batch.value(x).varMean(correction, keepAxes, Batch.axes(x, axes));
        Variable[] both = Variable.recordAll(new Tensor[] {values.var(), values.mean()},
                outs -> new Variance(new Variable[] {x}, Saved.of(x, outs[1]), correction, kept), x);
        return new VarMean<>(both[0], both[1]);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        double n = (double) x.numel() / kept.numel();
        Variable dx = null;
        if (douts[0] != null) {
            Variable centered = x.sub(saved.get(1).reshape(kept.toArray()));
            dx = centered.mul(douts[0].reshape(kept.toArray()).mul(2 / Math.max(0, n - correction)));
        }
        if (douts[1] != null) {
            Variable share = douts[1].div(n).reshape(kept.toArray()).expandTo(x.shape());
            dx = dx == null ? share : dx.add(share);
        }
        return new Variable[] {dx};
    }
}
