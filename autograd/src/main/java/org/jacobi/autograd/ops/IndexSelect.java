package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScatterOp;

/** Slices of an axis named by an index vector: their gradients are added to where they came from. */
@Formula("dx = zeros, with the slices of dout added where the index points")
public record IndexSelect(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index) {
        return apply(x, axis, Variable.constant(index));
    }

    public static Variable apply(Variable x, int axis, Variable index) {
        return Variable.record(value(x, axis, index), out -> new IndexSelect(new Variable[] {x}, Saved.of(index), axis),
                x,
                index);
    }

    private static Tensor value(Variable x, int axis, Variable index) {
        if (Batch.lead(index) == 0) {
            return Batch.value(x).indexSelect(Batch.axis(x, axis), Batch.value(index));
        }
        if (Batch.lead(x) == 0 && axis == 0 && index.rank() == 1) {
            // All examples read one table.
            long[] sizes = x.shape().toArray();
            sizes[0] = index.size(0);
            return x.value().indexSelect(0, Batch.value(index).reshape(-1)).reshape(Batch.sizes(index, sizes));
        }
        Tensor[] operands = Batch.together(x, along(x, axis, index));
        return operands[0].gather(Batch.lead(x, index) + axis, operands[1]);
    }

    /** Returns an index vector repeated for every position of x's other axes, as gather wants it. */
    static Variable along(Variable x, int axis, Variable index) {
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[axis] = index.size(0);
        return index.reshape(sizes).expandTo(x.shape().with(axis, index.size(0)));
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable index = saved.get(0);
        Tensor zeros = Tensor.zeros(douts[0].device(), douts[0].dtype(), inputs[0].shape().toArray());
        if (NoGrad.active() && Batch.lead(index, douts[0]) == 0) {
            // In place where it is not recorded, since nobody else has the zeros: an embedding's table may be large. By the
            // kernel itself, since the forward has checked the index: reading its extremes would wait for a GPU.
            Tensor dout = douts[0].value();
            zeros.backend().scatter(ScatterOp.ADD, zeros, axis, along(inputs[0], axis, index).value(), dout);
            Reference.reachabilityFence(index);
            Reference.reachabilityFence(dout);
            return new Variable[] {Variable.constant(zeros)};
        }
        // Where all examples read one table, their gradients are added to it at once.
        Variable[] visible = Batch.exposed(inputs[0], index, douts[0]);
        int merged = visible[0].rank() - index.rank();
        Variable table = Variable.constant(zeros);
        return new Variable[] {merged > 0 && axis == 0
                ? IndexAdd.apply(table, axis, visible[0].flatten(0, merged), visible[1].flatten(0, merged))
                : IndexAdd.apply(table, axis, index, douts[0])};
    }
}
