package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The determinant: its gradient is the matrix of cofactors, det(A) A^-T where A is regular (Giles, 2008).
 *
 * <p>With A = U S V^T it is det(U V^T) U C V^T in general, where C holds the products of all singular values but one: that
 * serves singular matrices, whose second derivatives exist only where no two singular values are equal.
 */
@Formula("dA = dout det(A) A^-T")
public record Det(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a) {
        return Variable.record(Batch.trailing("det", a, 2).det(), out -> new Det(new Variable[] {a}, Saved.of(a, out)),
                a);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable a = saved.get(0);
        Variable det = saved.get(1);
        if (Batch.value(det).eq(0).any().item() == 0) {
            Variable factor = douts[0].mul(det).unsqueeze(-1).unsqueeze(-1);
            return new Variable[] {factor.mul(Matrices.inverseTransposed(a))};
        }
        org.jacobi.tensor.Svd<Variable> svd = Svd.apply(a, false);
        long n = a.size(-1);
        Variable one = Variable.constant(Tensor.scalar(1, a.dtype()));
        Tensor diagonal = Batch.value(Matrices.identity(n, a)).ne(0);
        Variable products = Variable.where(diagonal, one, svd.s().unsqueeze(-2)).prod(-1);
        Variable sign = Batch.constant(Batch.value(svd.u()).matmul(Batch.value(svd.vh())).det(), svd.u());
        Variable factor = douts[0].mul(sign).unsqueeze(-1).unsqueeze(-1);
        return new Variable[] {factor.mul(svd.u().mul(products.unsqueeze(-2)).matmul(svd.vh()))};
    }
}
