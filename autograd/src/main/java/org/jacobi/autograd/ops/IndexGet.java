package org.jacobi.autograd.ops;

import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Tensor;

/** What indices select: gradients are added to where they came from. */
@Formula("dx = zeros, with dout added where the indices select")
public record IndexGet(Variable[] inputs, Saved saved, Index[] indices) implements GradFn {
    public static Variable apply(Variable x, Index... indices) {
        return Variable.record(value(x, indices), out -> new IndexGet(new Variable[] {x}, save(indices), indices),
                x);
    }

    /** Index tensors that are apart put their axes in front of all others, examples included: these go one by one. */
    private static Tensor value(Variable x, Index... indices) {
        if (Arrays.stream(indices).anyMatch(index -> index != null && index.tensor() != null)) {
            return Batch.each(one -> one[0].get(indices), x);
        }
        int lead = Batch.lead(x);
        Index[] all = new Index[lead + indices.length];
        Arrays.fill(all, 0, lead, Index.all());
        System.arraycopy(indices, 0, all, lead, indices.length);
        return Batch.value(x).get(all);
    }

    /** Saves the index tensors, so that a change of them in place is found. */
    static Saved save(Index... indices) {
        Variable[] tensors = new Variable[indices.length];
        for (int i = 0; i < indices.length; i++) {
            tensors[i] = indices[i].tensor() == null ? null : Variable.constant(indices[i].tensor());
        }
        return Saved.of(tensors);
    }

    /** Returns indices whose tensors are found unchanged. */
    static Index[] unchanged(Index[] indices, Saved saved) {
        for (int i = 0; i < indices.length; i++) {
            saved.get(i);
        }
        return indices;
    }

    @Override
    public String name() {
        return "get";
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor zeros = Tensor.zeros(inputs[0].device(), inputs[0].dtype(), inputs[0].shape().toArray());
        Index[] selected = unchanged(indices, saved);
        // In place where it is not recorded, since nobody else has the zeros.
        return new Variable[] {NoGrad.active() && Batch.lead(douts[0]) == 0
                ? Variable.constant(zeros.indexPut_(douts[0].value(), true, selected))
                : IndexPut.apply(Variable.constant(zeros), douts[0], true, selected)};
    }
}
