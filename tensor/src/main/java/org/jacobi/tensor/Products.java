package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;

/** The products of {@link Tensor}: shapes are checked and batches broadcast here. */
final class Products {
    private Products() {
    }

    static Tensor matmul(Tensor left, Tensor right) {
        DType common = DType.promote(left, right);
        if (left.rank() == 0 || right.rank() == 0) {
            throw new IllegalArgumentException(
                    "matmul: needs at least one axis on both sides, got shapes " + left.shape()
                            + " and " + right.shape() + "; use mul for scalars");
        }
        if (!common.isFloating()) {
            throw new IllegalArgumentException("matmul: needs floating-point tensors, got " + left.dtype() + " and "
                    + right.dtype() + "; convert with to");
        }
        Tensor a = left.rank() == 1 ? left.unsqueeze(0) : left;
        Tensor b = right.rank() == 1 ? right.unsqueeze(1) : right;
        if (a.size(-1) != b.size(-2)) {
            throw new IllegalArgumentException("matmul: shapes " + left.shape() + " and " + right.shape()
                    + " do not fit: the left has " + a.size(-1) + " columns, the right " + b.size(-2) + " rows"
                    + (right.rank() >= 2 && a.size(-1) == b.size(-1) ? "; transpose the right one" : ""));
        }
        Shape batch = Shape.broadcast("matmul", leading(a.shape()), leading(b.shape()));
        Tensor out = Tensor.make("matmul", common, matrix(batch, a.size(-2), b.size(-1)));
        Tensor first = a.to(common).expandTo(matrix(batch, a.size(-2), a.size(-1)));
        Tensor second = b.to(common).expandTo(matrix(batch, b.size(-2), b.size(-1)));
        out.backend().matmul(out, first, second);
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
        Tensor rows = left.rank() == 1 ? out.replacedBy(out.squeeze(-2)) : out;
        return right.rank() == 1 ? rows.replacedBy(rows.squeeze(-1)) : rows;
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
