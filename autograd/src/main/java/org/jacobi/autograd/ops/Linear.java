package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** y = x wᵀ + bias: dx = dout w, dw = doutᵀ x, dbias = Σ dout. */
@Formula("dx = dout w, dw = doutᵀ x, dbias = Σ dout")
public record Linear(Variable[] inputs, Saved saved) implements GradFn {
    /**
     * Returns y (…, out).
     *
     * @param x      (…, in)
     * @param weight (out, in)
     * @param bias   (out), or null
     */
    public static Variable apply(Variable x, Variable weight, Variable bias) {
        check("linear", x, x.shape(), weight, bias);
        if (Operands.needsWidening(x)) {
            return apply(Operands.widened(x), Operands.widened(weight), Operands.widened(bias)).to(x.dtype());
        }
        if (Batch.lead(weight) > 0 || bias != null && Batch.lead(bias) > 0) {
            return perExample(x, weight, bias);
        }
        long[] sizes = Batch.value(x).shape().toArray();
        sizes[sizes.length - 1] = weight.size(0);
        Tensor rows = rowsOf(x);
        Tensor value = Tensor.make("linear", x.device(), x.dtype(), Shape.of(rows.size(0), weight.size(0)));
        value.backend().linear(value, rows, weight.value(), Operands.valueOf(bias));
        Reference.reachabilityFence(rows);
        Reference.reachabilityFence(bias);
        Tensor shaped = value.view(sizes);
        value.release();
        return Variable.record(shaped,
                out -> new Linear(new Variable[] {x, weight, bias}, Saved.of(x, weight)),
                x, weight, bias);
    }

    /** Checks the operands of a map of what has a shape, and x's type; the bias may be null. */
    static void check(String op, Variable x, Shape shape, Variable weight, Variable bias) {
        if (weight.rank() != 2 || shape.rank() == 0 || shape.size(-1) != weight.size(1)) {
            throw new IllegalArgumentException(
                    op + ": x of shape " + shape + " does not fit weight (out, in) of shape "
                            + weight.shape() + ": the last axis of x must have size in");
        }
        Operands.requireType(op, x, "weight", weight);
        Operands.requireType(op, x, "bias", bias);
        if (bias != null && (bias.rank() != 1 || bias.size(0) != weight.size(0))) {
            throw new IllegalArgumentException(
                    op + ": the bias of shape " + bias.shape() + " does not fit weight (out, in) of "
                            + "shape " + weight.shape() + ": it must have shape (out)");
        }
    }

    /** Returns the vectors that x's value holds as a matrix. */
    static Tensor rowsOf(Variable x) {
        Tensor value = Batch.value(x);
        return value.reshape(value.shape().without(-1).numel(), value.size(-1));
    }

    /** Every example of a vmap has parameters of its own: a batch of products. */
    private static Variable perExample(Variable x, Variable weight, Variable bias) {
        Variable rows = x.rank() == 1 ? x.unsqueeze(0) : x;
        Variable product = Matmul.apply(rows, weight.t());
        Variable y = x.rank() == 1 ? product.squeeze(0) : product;
        return bias == null ? y : y.add(bias);
    }

    /** Returns how many vectors x holds: its leading axes are merged into one. */
    private static long rows(Variable x) {
        return x.shape().without(-1).numel();
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        Variable weight = saved.get(1);
        Variable dout = douts[0].reshape(rows(x), weight.size(0));
        Variable dweight = null;
        Variable dbias = null;
        if (needs(1) && NoGrad.active() && Batch.lead(x, weight, dout) == 0) {
            Tensor dw = Tensor.make("linearBackward", x.device(), x.dtype(), weight.shape());
            Tensor db = needs(2) ? Tensor.make("linearBackward", x.device(), x.dtype(), inputs[2].shape()) : null;
            dw.backend().linearWeight(dw, db, dout.value(), rowsOf(x));
            Reference.reachabilityFence(x);
            Reference.reachabilityFence(dout);
            dweight = Variable.constant(dw);
            dbias = db == null ? null : Variable.constant(db);
        } else if (needs(1)) {
            Variable[] rows = Batch.exposed(inputs[1], x.reshape(rows(x), weight.size(1)), dout);
            dweight = rows[1].flatten(0, -2).t().matmul(rows[0].flatten(0, -2));
        }
        return new Variable[] {
            needs(0) ? dout.matmul(weight).reshape(x.shape().toArray()) : null,
            dweight,
            needs(2) && dbias == null ? dout.sum(0) : dbias};
    }
}
