package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Zeros to which slices are added where an index vector says: the reverse of {@link IndexSelect}. */
@Formula("dsource = the slices of dout that the index names")
public record IndexAdd(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Shape shape, int axis, Tensor index, Variable source) {
        Tensor value = Tensor.make("indexAdd", source.dtype(), shape).zero_().indexAdd_(axis, index, source.value());
        return Variable.record(value,
                out -> new IndexAdd(new Variable[] {source}, Saved.of(Variable.constant(index)), axis), source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {IndexSelect.apply(douts[0], axis, saved.get(0).value())};
    }
}
