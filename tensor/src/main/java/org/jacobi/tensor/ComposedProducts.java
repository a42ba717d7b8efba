package org.jacobi.tensor;

import java.util.Arrays;

/**
 * The products that are composed of matrix products, products of elements and views. On variables they differentiate because
 * their parts do.
 *
 * @param <T> Tensor or Variable
 */
public interface ComposedProducts<T extends ComposedProducts<T>> extends TensorLike<T> {
    // ---- matmul with the ranks stated -----------------------------------------------------------------------------

    /** Returns the sum of the products of the elements of two vectors of one length. */
    default T dot(T other) {
        Products.requireFit("dot", shape(), 1, other.shape(), 1);
        return matmul(other);
    }

    /** Returns the product (n) of this matrix (n, m) and a vector (m). */
    default T mv(T vector) {
        Products.requireFit("mv", shape(), 2, vector.shape(), 1);
        return matmul(vector);
    }

    /** Returns the product (n, p) of this matrix (n, m) and another (m, p). */
    default T mm(T other) {
        Products.requireFit("mm", shape(), 2, other.shape(), 2);
        return matmul(other);
    }

    /** Returns the products (b, n, p) of these matrices (b, n, m) and others (b, m, p), as many of both. */
    default T bmm(T other) {
        Products.requireFit("bmm", shape(), 3, other.shape(), 3);
        if (size(0) != other.size(0)) {
            throw new IllegalArgumentException(
                    "bmm: " + size(0) + " matrices of shape " + shape() + " do not meet as many of "
                            + other.shape() + "; matmul broadcasts");
        }
        return matmul(other);
    }

    // ---- products of all with all ----------------------------------------------------------------------------------

    /** Returns the matrix (n, m) of the products of each element of this vector (n) with each of another (m). */
    default T outer(T vector) {
        Products.requireRanks("outer", shape(), 1, vector.shape(), 1);
        return reshape(-1, 1).mul(vector);
    }

    /** Returns the Kronecker product: each element of this times the whole of other, block by block, along every axis. */
    default T kron(T other) {
        int rank = Math.max(rank(), other.rank());
        long[] coarse = new long[2 * rank];
        long[] fine = new long[2 * rank];
        long[] merged = new long[rank];
        Arrays.fill(coarse, 1);
        Arrays.fill(fine, 1);
        for (int i = 0; i < rank; i++) {
            long blocks = i < rank - rank() ? 1 : size(i - rank + rank());
            long side = i < rank - other.rank() ? 1 : other.size(i - rank + other.rank());
            coarse[2 * i] = blocks;
            fine[2 * i + 1] = side;
            merged[i] = Checks.product("kron", blocks, side);
        }
        return reshape(coarse).mul(other.reshape(fine)).reshape(merged);
    }

    /** Returns the sums of products over the last axes of this and the first ones of other, so many of both. */
    default T tensordot(T other, int axes) {
        if (axes < 0 || axes > rank() || axes > other.rank()) {
            throw new IllegalArgumentException(
                    "tensordot: there are no " + axes + " axes to sum over in shapes " + shape()
                            + " and " + other.shape());
        }
        int[] mine = new int[axes];
        int[] theirs = new int[axes];
        Arrays.setAll(mine, i -> rank() - axes + i);
        Arrays.setAll(theirs, i -> i);
        return tensordot(other, mine, theirs);
    }

    /** Returns the sums of products over pairs of axes; what is left are the other axes of this, then those of other. */
    default T tensordot(T other, int[] mine, int[] theirs) {
        int[] left = shape().axes("tensordot", mine);
        int[] right = other.shape().axes("tensordot", theirs);
        if (left.length != right.length) {
            throw new IllegalArgumentException("tensordot: " + left.length + " axes of the left and " + right.length
                    + " of the right; there must be as many of both");
        }
        int[] labels = new int[rank()];
        Arrays.setAll(labels, i -> i);
        int[] otherLabels = new int[other.rank()];
        Arrays.setAll(otherLabels, i -> rank() + i);
        for (int i = 0; i < left.length; i++) {
            if (size(left[i]) != other.size(right[i])) {
                throw new IllegalArgumentException("tensordot: axis " + mine[i] + " of shape " + shape() + " has size "
                        + size(left[i]) + ", axis " + theirs[i] + " of shape " + other.shape() + " has size "
                        + other.size(right[i]) + "; they must be equal");
            }
            otherLabels[right[i]] = left[i];
        }
        return Einsum.contract(self(), labels, other, otherLabels);
    }

    /** Returns the vector product of the 3-vectors that lie along an axis; the other axes broadcast. */
    default T cross(T other, int axis) {
        int last = Products.requireThree(shape(), other.shape(), axis);
        int[] along = {last};
        long[] one = {-1};
        long[] two = {-2};
        return roll(one, along).mul(other.roll(two, along)).sub(roll(two, along).mul(other.roll(one, along)));
    }

    // ---- what is made of sums of products --------------------------------------------------------------------------

    /** Returns the sum of a matrix's diagonal. */
    default T trace() {
        if (rank() != 2) {
            throw new IllegalArgumentException("trace: needs a matrix, got shape " + shape()
                    + "; use diagonal(0, -2, -1).sum(-1) for batches");
        }
        return diagonal(0, 0, 1).sum();
    }

    /**
     * Returns the cosine of the angle between vectors that lie along an axis: x y / (max(|x|, eps) max(|y|, eps)) with
     * eps = 1e-8; the other axes broadcast.
     */
    default T cosineSimilarity(T other, int axis) {
        double eps = 1e-8;
        Shape common = Shape.broadcast("cosineSimilarity", shape(), other.shape());
        T x = expandTo(common);
        T y = other.expandTo(common);
        int at = common.axis("cosineSimilarity", axis);
        // The bound goes under the root, whose derivative at 0 is infinite.
        T xLength = x.mul(x).sum(at).maximum(eps * eps).sqrt();
        T yLength = y.mul(y).sum(at).maximum(eps * eps).sqrt();
        return x.mul(y).sum(at).div(xLength.mul(yLength));
    }

    /** Returns this as its own type. */
    @SuppressWarnings("unchecked") // T is the type of this: only Tensor and Variable implement it
    private T self() {
        return (T) this;
    }
}
