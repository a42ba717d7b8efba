package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Launches of norm.cu. Root mean square normalization is layer normalization whose mean and bias are null. Each launch does
 * nothing and returns false for types that it has no kernel for.
 */
final class NormLaunches {
    private static final int WARP = 32;
    private static final int HEIGHT = 8;
    private static final int PACK_BYTES = 16;
    /** In how many parts rows are summed at most, and how many rows a part has at least. */
    private static final long MOST_PARTS = 128;
    private static final long PART_ROWS = 64;

    private final Gpu gpu;
    private final KernelFamily forward;
    private final KernelFamily backward;
    private final KernelFamily parts;
    private final KernelFamily totals;

    NormLaunches(Gpu gpu) {
        this.gpu = gpu;
        forward = Rows.kernels(gpu, "norm", "norm_forward");
        backward = Rows.kernels(gpu, "norm", "norm_backward");
        parts = Rows.kernels(gpu, "norm", "norm_parts");
        totals = Rows.kernels(gpu, "norm", "norm_totals");
    }

    boolean forward(Tensor out, Tensor mean, Tensor rstd, Tensor x, Tensor weight, Tensor bias, double eps) {
        DType type = x.dtype();
        if (!Rows.alike(out, x) || !Rows.beside(type, mean, rstd, weight, bias)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(out);
            Tensor means = dense.output(mean);
            Tensor rstds = dense.output(rstd);
            Tensor from = dense.of(x);
            Tensor weights = dense.of(weight);
            Tensor biases = dense.of(bias);
            Rows rows = Rows.of(to, from);
            if (rows.count() > 0) {
                Arguments arguments = Arguments.begin().add(to.address());
                Rows.add(arguments, means, type);
                Rows.add(arguments, rstds, type);
                arguments.add(from.address());
                Rows.add(arguments, weights, type);
                Rows.add(arguments, biases, type);
                rows.add(arguments);
                rows.launch(gpu, forward.get(Rows.way(type)), arguments.add(eps));
            }
        }
        return true;
    }

    boolean backward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight, Tensor mean,
            Tensor rstd) {
        DType type = x.dtype();
        if (x.numel() == 0 || !Rows.alike(dx, dout, x) || !Rows.beside(type, dweight, dbias, weight, mean, rstd)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(dx);
            Tensor dweights = dense.output(dweight);
            Tensor dbiases = dense.output(dbias);
            Tensor gradients = dense.of(dout);
            Tensor from = dense.of(x);
            Tensor weights = dense.of(weight);
            Tensor means = dense.of(mean);
            Tensor rstds = dense.of(rstd);
            Rows rows = Rows.of(to, gradients, from);
            if (dweight != null || dbias != null) {
                sums(dweights, dbiases, gradients, from, means, rstds, rows);
            }
            Arguments arguments = Arguments.begin().add(to.address()).add(gradients.address()).add(from.address());
            Rows.add(arguments, means, type);
            Rows.add(arguments, rstds, type);
            Rows.add(arguments, weights, type);
            rows.add(arguments);
            rows.launch(gpu, backward.get(Rows.way(type)), arguments);
        }
        return true;
    }

    private void sums(Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor mean, Tensor rstd, Rows rows) {
        DType type = x.dtype();
        int count = (int) Math.clamp(rows.count() / PART_ROWS, 1, MOST_PARTS);
        long bytes = 2 * count * rows.length() * Rows.computed(type).bytes();
        long partial = gpu.allocate(bytes, "normBackward");
        Arguments arguments = Arguments.begin().add(partial).add(dout.address()).add(x.address());
        Rows.add(arguments, mean, type);
        Rows.add(arguments, rstd, type);
        rows.add(arguments);
        int pack = rows.packed() ? PACK_BYTES / type.bytes() : 1;
        parts.get(Rows.way(type)).launch(blocks(rows.length(), pack), count, 1, WARP, HEIGHT, 0, arguments);
        arguments = Arguments.begin();
        Rows.add(arguments, dweight, type);
        Rows.add(arguments, dbias, type);
        arguments.add(partial).add(count).add(rows.length());
        totals.get(Rows.way(type)).launch(blocks(rows.length(), 1), 1, 1, WARP, HEIGHT, 0, arguments);
        gpu.free(partial, bytes);
    }

    /** Returns how many blocks have all columns, a pack a lane. */
    private static int blocks(long length, int pack) {
        return Math.toIntExact(Math.ceilDiv(length, (long) WARP * pack));
    }
}
