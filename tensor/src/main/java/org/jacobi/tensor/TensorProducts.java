package org.jacobi.tensor;

/** The products of tensors; {@link ComposedProducts} has those that are made of others. */
public sealed interface TensorProducts extends ComposedProducts<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /**
     * Returns the matrix product, by torch.matmul's rules: vectors are taken as a row on the left and as a column on the
     * right, and leading axes are batches, which broadcast. Integers wrap around.
     */
    @Override
    default Tensor matmul(Tensor other) {
        return Products.matmul(self(), other);
    }

    /**
     * Returns the distances (..., P, R) in the p-norm of each of the P vectors of this (..., P, M) from each of the R vectors
     * of other (..., R, M); leading axes broadcast. p is from 0 (how many numbers differ) to infinity (the largest
     * difference).
     */
    default Tensor cdist(Tensor other, double p) {
        return Products.cdist(self(), other, p);
    }
}
