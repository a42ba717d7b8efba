package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;

/**
 * x with all elements of source that the index sends to one place reduced to one number, x's own among them or not.
 *
 * <p>A sum hands dout to each element, a mean its share, the largest (or smallest) to those that are equal to it, evenly, and
 * a product dout times the product of the others.
 */
@Formula("sum: dx = dout, dsource = dout where the index points; the mean, product and extremes share it "
        + "as their reductions do")
public record ScatterReduce(Variable[] inputs, Saved saved, int axis, ReduceOp how, boolean includeSelf)
        implements
        GradFn {
    public static Variable apply(Variable x, int axis, Tensor index, Variable source, ReduceOp how,
            boolean includeSelf) {
        return Variable.record(
                Batch.each(one -> one[0].scatterReduce(axis, index, one[1], how, includeSelf), x, source),
                out -> new ScatterReduce(new Variable[] {x, source},
                        Saved.of(Variable.constant(index), x, source, out), axis, how, includeSelf),
                x, source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor index = saved.get(0).value();
        Variable used = used(saved.get(2), index);
        Variable[] grads = switch (how) {
            case SUM -> new Variable[] {douts[0], Gather.apply(douts[0], axis, index)};
            case MEAN -> mean(douts[0], index);
            case PROD -> product(douts[0], index, used);
            default -> extreme(douts[0], index, used);
        };
        if (!includeSelf) {
            Variable zero =
                    Variable.constant(Tensor.scalar(grads[0].device(), 0, grads[0].dtype()).expandTo(index.shape()));
            grads[0] = Scatter.apply(grads[0], axis, index, zero);
        }
        return new Variable[] {
            needs(0) ? grads[0] : null,
            needs(1) ? ScatterAdd.widened(grads[1], inputs[1].shape()) : null};
    }

    /** The part of source that the index uses. */
    private static Variable used(Variable source, Tensor index) {
        Variable part = source;
        for (int i = 0; i < index.rank(); i++) {
            part = part.size(i) == index.size(i) ? part : part.narrow(i, 0, index.size(i));
        }
        return part;
    }

    private Variable[] mean(Variable dout, Tensor index) {
        Tensor count = Tensor.full(dout.device(), includeSelf ? 1 : 0, dout.dtype(), dout.shape().toArray());
        Tensor one = Tensor.scalar(dout.device(), 1, dout.dtype());
        count.scatterAdd_(axis, index, one.expandTo(index.shape()));
        Variable share = dout.div(Variable.constant(count.maximum(one)));
        return new Variable[] {share, Gather.apply(share, axis, index)};
    }

    private Variable[] extreme(Variable dout, Tensor index, Variable used) {
        Variable out = saved.get(3);
        Tensor[] values = Batch.together(out, saved.get(1), used, Variable.constant(index));
        int at = Batch.lead(out) + axis;
        Tensor result = values[0];
        Tensor places = values[3];
        Tensor self = values[1].eq(result).to(dout.dtype());
        if (!includeSelf) {
            self = self.scatter(at, places, 0);
        }
        Tensor source = values[2].eq(result.gather(at, places)).to(dout.dtype());
        Tensor ties = self.scatterAdd(at, places, source);
        // Where nothing is equal, next to NaN, there is nothing to share either.
        Variable share = dout.div(Batch.constant(ties.maximum(Tensor.scalar(1, ties.dtype())), out));
        return new Variable[] {share.mul(Batch.constant(self, out)),
            Gather.apply(share, axis, index).mul(Batch.constant(source, out))};
    }

    /**
     * Division of the result by an element gives the product of the others, unless the element is 0. The product beside x's
     * own 0, or beside the only 0 of source in a place, is computed anew without that 0; beside two it is 0.
     */
    private Variable[] product(Variable dout, Tensor index, Variable used) {
        Variable x = saved.get(1);
        Variable result = saved.get(3);
        Variable xZero = Batch.constant(Batch.value(x).eq(0), x);
        Variable others = x.maskedFill(xZero, 1);
        Variable beside = apply(others, axis, index, used, ReduceOp.PROD, includeSelf);
        Variable dx = needs(0) ? dout.mul(beside).div(others) : dout;

        Variable zero = Batch.constant(Batch.value(used).eq(0), used);
        Variable zeros = Variable.constant(Tensor.zeros(dout.device(), dout.dtype(), dout.shape().toArray()))
                .scatterAdd(axis, index, zero.to(dout.dtype())).gather(axis, index);
        Variable single = Batch.constant(Batch.value(zero).logicalAnd(Batch.value(zeros).eq(1)), used);
        if (!NoGrad.active() && Batch.value(zeros).gt(1).any().item() != 0) {
            throw new UnsupportedOperationException("scatterReduce: the gradient of a product with two zeros or more in"
                    + " one place cannot be differentiated again; use scatterReduce without zeros, or prod");
        }
        Variable without = apply(x, axis, index, used.maskedFill(single, 1), ReduceOp.PROD, includeSelf);
        Variable dsource = Variable.where(single, Gather.apply(dout.mul(without), axis, index),
                Gather.apply(dout.mul(result), axis, index).div(used.maskedFill(zero, 1)));
        return new Variable[] {dx, dsource};
    }
}
