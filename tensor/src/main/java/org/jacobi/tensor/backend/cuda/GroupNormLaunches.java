package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Launches of group_norm.cu, whose rows are an example's groups of channels. Each does nothing and returns false for types that it
 * has no kernel for.
 */
final class GroupNormLaunches {
    private static final int WARP = 32;

    private final Gpu gpu;
    private final KernelFamily forward;
    private final KernelFamily sums;
    private final KernelFamily backward;
    private final KernelFamily totals;

    GroupNormLaunches(Gpu gpu) {
        this.gpu = gpu;
        forward = Rows.kernels(gpu, "group_norm", "group_norm_forward");
        sums = Rows.kernels(gpu, "group_norm", "group_norm_sums");
        backward = Rows.kernels(gpu, "group_norm", "group_norm_backward");
        totals = Rows.kernels(gpu, "group_norm", "group_norm_totals");
    }

    boolean forward(Tensor out, Tensor mean, Tensor rstd, Tensor x, long groups, Tensor weight, Tensor bias,
            double eps) {
        DType type = x.dtype();
        if (x.numel() == 0 || !Rows.alike(out, x) || !Rows.beside(type, mean, rstd, weight, bias)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(out);
            Tensor means = dense.output(mean);
            Tensor rstds = dense.output(rstd);
            Tensor from = dense.of(x);
            Tensor weights = dense.of(weight);
            Tensor biases = dense.of(bias);
            Arguments arguments = Arguments.begin().add(to.address());
            Rows.add(arguments, means, type);
            Rows.add(arguments, rstds, type);
            arguments.add(from.address());
            Rows.add(arguments, weights, type);
            Rows.add(arguments, biases, type);
            Rows rows = groups(groups, to, from);
            addChannels(arguments, rows, x, groups);
            rows.launch(gpu, forward.get(Rows.way(type)), arguments.add(eps));
        }
        return true;
    }

    boolean backward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, long groups, Tensor weight,
            Tensor mean, Tensor rstd) {
        DType type = x.dtype();
        if (x.numel() == 0 || !Rows.alike(dx, dout, x) || !Rows.beside(type, dweight, dbias, weight, mean, rstd)) {
            return false;
        }
        long bytes = 2 * x.size(0) * x.size(1) * Rows.computed(type).bytes();
        long partial = gpu.allocate(bytes, "groupNormBackward");
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(dx);
            Tensor dweights = dense.output(dweight);
            Tensor dbiases = dense.output(dbias);
            Tensor incoming = dense.of(dout);
            Tensor from = dense.of(x);
            Tensor means = dense.of(mean);
            Tensor rstds = dense.of(rstd);
            Tensor weights = dense.of(weight);
            Arguments arguments = Arguments.begin().add(partial).add(incoming.address()).add(from.address());
            Rows.add(arguments, means, type);
            Rows.add(arguments, rstds, type);
            Rows channels = Rows.of(incoming, from);
            channels.add(arguments);
            channels.launch(gpu, sums.get(Rows.way(type)), arguments.add(x.size(1) / groups));

            arguments = Arguments.begin().add(to.address()).add(incoming.address()).add(from.address());
            Rows.add(arguments, means, type);
            Rows.add(arguments, rstds, type);
            Rows.add(arguments, weights, type);
            Rows rows = groups(groups, to, incoming, from);
            addChannels(arguments, rows, x, groups);
            rows.launch(gpu, backward.get(Rows.way(type)), arguments.add(partial));

            arguments = Arguments.begin();
            Rows.add(arguments, dweights, type);
            Rows.add(arguments, dbiases, type);
            arguments.add(partial).add(x.size(0)).add(x.size(1));
            totals.get(Rows.way(type)).launch(Operands.blocks(gpu, x.size(1) * WARP), 1, 1, Operands.BLOCK, 1, 0,
                    arguments);
        }
        gpu.free(partial, bytes);
        return true;
    }

    /** Returns the rows that contiguous tensors (N, C, L) have by groups. */
    private static Rows groups(long groups, Tensor... tensors) {
        Tensor[] rows = new Tensor[tensors.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = tensors[i].view(tensors[i].size(0) * groups, -1);
        }
        return Rows.of(rows);
    }

    private static void addChannels(Arguments arguments, Rows rows, Tensor x, long groups) {
        rows.add(arguments);
        arguments.add(groups).add(x.size(1) / groups).add(x.size(2));
    }
}
