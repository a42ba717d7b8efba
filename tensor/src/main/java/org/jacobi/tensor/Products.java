package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.Supplier;

/** The products of {@link Tensor}: shapes are checked and batches broadcast here. */
final class Products {
    /** From so many vectors on, distances come from matrix products, as in PyTorch: faster, and less precise near 0. */
    private static final long MANY_VECTORS = 25;

    private Products() {
    }

    static Tensor matmul(Tensor left, Tensor right) {
        DType common = DType.promote(left, Checks.required("matmul", "the other operand", right));
        if (left.rank() == 0 || right.rank() == 0) {
            throw new IllegalArgumentException(
                    "matmul: needs at least one axis on both sides, got shapes " + left.shape()
                            + " and " + right.shape() + "; use mul for scalars");
        }
        if (common == DType.BOOL) {
            throw new IllegalArgumentException("matmul: is not defined for two bool tensors; convert one with to");
        }
        Tensor a = left.rank() == 1 ? left.unsqueeze(0) : left;
        Tensor b = right.rank() == 1 ? right.unsqueeze(1) : right;
        if (a.size(-1) != b.size(-2)) {
            throw new IllegalArgumentException("matmul: shapes " + left.shape() + " and " + right.shape()
                    + " do not fit: the left has " + a.size(-1) + " columns, the right " + b.size(-2) + " rows"
                    + remedy(left, right));
        }
        Shape batch = Shape.broadcast("matmul", leading(a.shape()), leading(b.shape()));
        Device.same("matmul", left, right);
        Tensor out = Tensor.make("matmul", left.device(), common, matrix(batch, a.size(-2), b.size(-1)));
        Tensor first = a.to(common).expandTo(matrix(batch, a.size(-2), a.size(-1)));
        Tensor second = b.to(common).expandTo(matrix(batch, b.size(-2), b.size(-1)));
        out.backend().matmul(out, first, second);
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
        Tensor rows = left.rank() == 1 ? out.replacedBy(out.squeeze(-2)) : out;
        return right.rank() == 1 ? rows.replacedBy(rows.squeeze(-1)) : rows;
    }

    /** Returns which transposition makes matrices fit that do not. */
    private static String remedy(Tensor left, Tensor right) {
        if (right.rank() >= 2 && left.size(-1) == right.size(-1)) {
            return "; transpose the right one" + (right.rank() == 2 ? ", t()" : ", mT()");
        }
        if (left.rank() >= 2 && left.size(-2) == right.size(right.rank() == 1 ? 0 : -2)) {
            return "; transpose the left one" + (left.rank() == 2 ? ", t()" : ", mT()");
        }
        return "; they must be equal";
    }

    /** Checks the numbers of axes of two operands. */
    static void requireRanks(String op, Shape left, int leftRank, Shape right, int rightRank) {
        if (left.rank() != leftRank || right.rank() != rightRank) {
            throw new IllegalArgumentException(op + ": needs operands of " + leftRank + " and " + rightRank
                    + " axes, got shapes " + left + " and " + right
                    + (op.equals("outer") ? "" : "; matmul takes others"));
        }
    }

    /** Checks the numbers of axes of two operands of a matrix product, and the length of its sums. */
    static void requireFit(String op, Shape left, int leftRank, Shape right, int rightRank) {
        requireRanks(op, left, leftRank, right, rightRank);
        long rows = right.size(rightRank == 1 ? 0 : -2);
        if (left.size(-1) != rows) {
            throw new IllegalArgumentException(op + ": shapes " + left + " and " + right + " do not fit: sums are over "
                    + left.size(-1) + " elements on the left and " + rows + " on the right; they must be equal");
        }
    }

    /** Checks that two shapes have 3 elements along an axis, and returns the axis counted from the end. */
    static int requireThree(Shape left, Shape right, int axis) {
        Shape common = Shape.broadcast("cross", left, right);
        int at = common.axis("cross", axis) - common.rank();
        if (-at > left.rank() || -at > right.rank() || left.size(at) != 3 || right.size(at) != 3) {
            throw new IllegalArgumentException("cross: axis " + axis + " of shapes " + left + " and " + right
                    + " must have size 3 on both sides");
        }
        return at;
    }

    /** Runs an op of several steps and releases what they made on the way to its result. */
    static Tensor only(Supplier<Tensor> op) {
        try (var scope = TensorScope.open()) {
            return scope.keep(op.get());
        }
    }

    static Tensor cdist(Tensor left, Tensor right, double p) {
        DType common = DType.promote(left.dtype(), Checks.required("cdist", "the other operand", right).dtype());
        if (!common.isFloating()) {
            throw new IllegalArgumentException("cdist: needs floating-point tensors, got " + left.dtype() + " and "
                    + right.dtype() + "; convert with to");
        }
        if (left.rank() < 2 || right.rank() < 2 || left.size(-1) != right.size(-1)) {
            throw new IllegalArgumentException("cdist: shapes " + left.shape() + " and " + right.shape()
                    + " do not fit; needs (..., P, M) and (..., R, M)");
        }
        Shape.broadcast("cdist", leading(left.shape()), leading(right.shape()));
        if (!(p >= 0)) {
            throw new IllegalArgumentException("cdist: p is " + p + "; it must be at least 0");
        }
        return only(() -> {
            if (p == 2 && (left.size(-2) > MANY_VECTORS || right.size(-2) > MANY_VECTORS)) {
                // |x - y|^2 = |x|^2 + |y|^2 - 2 x y
                Tensor squares = left.sumOfSquares(-1).unsqueeze(-1).add(right.sumOfSquares(-1).unsqueeze(-2));
                return squares.sub(left.matmul(right.mT()).mul(2)).maximum(0).sqrt();
            }
            Tensor distance = left.unsqueeze(-2).sub(right.unsqueeze(-3)).abs();
            if (distance.size(-1) == 0) {
                return Tensor.zeros(distance.device(), common, distance.shape().without(-1).toArray());
            }
            if (p == 0) {
                return distance.ne(0).to(common).sum(-1);
            }
            if (p == 1) {
                return distance.sum(-1);
            }
            if (p == 2) {
                return distance.sumOfSquares(-1).sqrt();
            }
            return Double.isInfinite(p) ? distance.amax(-1) : distance.pow(p).sum(-1).pow(1 / p);
        });
    }

    private static Shape leading(Shape shape) {
        return Shape.of(Arrays.copyOf(shape.toArray(), shape.rank() - 2));
    }

    private static Shape matrix(Shape batch, long rows, long columns) {
        long[] sizes = Arrays.copyOf(batch.toArray(), batch.rank() + 2);
        sizes[batch.rank()] = rows;
        sizes[batch.rank() + 1] = columns;
        return Shape.of(sizes);
    }
}
