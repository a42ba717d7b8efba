package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Located;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScatterOp;

/** The element of an axis that the index names, for each position of the index. */
@Formula("dx = zeros, with dout added where the index points")
public record Gather(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index) {
        return apply(x, axis, Variable.constant(index));
    }

    public static Variable apply(Variable x, int axis, Variable index) {
        Tensor[] operands = Batch.together(x, index);
        return Variable.record(operands[0].gather(Batch.lead(x, index) + axis, operands[1]),
                out -> new Gather(new Variable[] {x}, Saved.of(index), axis), x, index);
    }

    private static Variable record(Variable x, int axis, Located<Tensor> found) {
        return Variable.record(found.values(),
                out -> new Gather(new Variable[] {x}, Saved.of(Variable.constant(found.indices())), axis), x);
    }

    /** Returns the elements of x's last axis that another op has found in its numbers, with those of all examples. */
    static Variable found(Variable x, Located<Tensor> found) {
        return Variable.record(found.values(), out -> new Gather(new Variable[] {x},
                Saved.of(found.indices() == null ? null : Batch.constant(found.indices(), x)), x.rank() - 1), x);
    }

    /**
     * Returns the elements that another op has found along an axis of x, such as the largest.
     *
     * @param found    what it has found, with the axis still there
     * @param keepAxis whether the result keeps it
     */
    public static Located<Variable> picked(Variable x, Located<Tensor> found, boolean keepAxis, int axis) {
        if (x.rank() == 0) {
            Located<Tensor> row = new Located<>(found.values().reshape(1), found.indices().reshape(1));
            return new Located<>(record(x.reshape(1), 0, row).reshape(), found.indices());
        }
        int at = x.shape().axis("gather", axis);
        Variable values = record(x, at, found);
        return keepAxis ? new Located<>(values, found.indices())
                : new Located<>(values.squeeze(at), found.indices().squeeze(at));
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor sums = Tensor.zeros(inputs[0].device(), inputs[0].dtype(), inputs[0].shape().toArray());
        if (NoGrad.active() && Batch.lead(inputs[0], saved.get(0), douts[0]) == 0) {
            // By the kernel itself, since the index was checked: reading its extremes would wait for a GPU.
            Tensor index = saved.get(0).value();
            sums.backend().scatter(ScatterOp.ADD, sums, axis, index, douts[0].value());
            Reference.reachabilityFence(index);
            Reference.reachabilityFence(douts);
            return new Variable[] {Variable.constant(sums)};
        }
        Variable zeros = Variable.constant(sums);
        return new Variable[] {ScatterAdd.apply(zeros, axis, saved.get(0), douts[0])};
    }
}
