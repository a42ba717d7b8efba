package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.LinAlgException;
import org.jacobi.tensor.Tensor;

/** Sign and logarithm of the determinant: the logarithm's gradient is A^-T, the sign has none. */
@Formula("dA = dlog A^-T")
public record Slogdet(Variable[] inputs, Saved saved) implements GradFn {
    public static org.jacobi.tensor.Slogdet<Variable> apply(Variable a) {
        org.jacobi.tensor.Slogdet<Tensor> value = Batch.trailing("slogdet", a, 2).slogdet();
        Variable log = Variable.record(value.logabsdet(), out -> new Slogdet(new Variable[] {a}, Saved.of(a)), a);
        return new org.jacobi.tensor.Slogdet<>(Batch.constant(value.sign(), a), log);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable inverse;
        try {
            inverse = Matrices.inverseTransposed(saved.get(0));
        } catch (LinAlgException singular) {
            throw new LinAlgException("slogdet: the backward needs the inverse; " + singular.getMessage());
        }
        return new Variable[] {douts[0].unsqueeze(-1).unsqueeze(-1).mul(inverse)};
    }
}
