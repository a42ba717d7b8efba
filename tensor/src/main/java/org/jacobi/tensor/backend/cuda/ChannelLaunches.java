package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Launches of channels.cu: batch normalization of (N, C, L). Each does nothing and returns false for types that it has no
 * kernel for, and for rows so short that neighbouring threads would read far apart.
 */
final class ChannelLaunches {
    private static final long SHORT_ROW = 16;
    /** As many blocks as fill any device, and what a block has to sum at least. */
    private static final long MANY_BLOCKS = 1024;
    private static final long PART = 4096;

    private final Gpu gpu;
    private final KernelFamily statistics;
    private final KernelFamily statisticsTotals;
    private final KernelFamily gradients;
    private final KernelFamily gradientsTotals;
    private final KernelFamily forward;
    private final KernelFamily backward;

    ChannelLaunches(Gpu gpu) {
        this.gpu = gpu;
        statistics = Rows.kernels(gpu, "channels", "channel_statistics");
        statisticsTotals = Rows.kernels(gpu, "channels", "channel_statistics_totals");
        gradients = Rows.kernels(gpu, "channels", "channel_gradients");
        gradientsTotals = Rows.kernels(gpu, "channels", "channel_gradients_totals");
        forward = Rows.kernels(gpu, "channels", "channel_norm_forward");
        backward = Rows.kernels(gpu, "channels", "channel_norm_backward");
    }

    private static boolean takes(Tensor x) {
        return x.numel() > 0 && x.size(2) >= SHORT_ROW;
    }

    boolean statistics(Tensor mean, Tensor variance, Tensor x) {
        if (!takes(x) || !Rows.alike(x) || !Rows.beside(x.dtype(), mean, variance)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            sums(statistics, statisticsTotals, dense.output(mean), dense.output(variance), dense.of(x), null, null,
                    null);
        }
        return true;
    }

    boolean forward(Tensor out, Tensor x, Tensor mean, Tensor rstd, Tensor weight, Tensor bias) {
        DType type = x.dtype();
        if (!takes(x) || !Rows.alike(out, x) || !Rows.beside(type, mean, rstd, weight, bias)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(out);
            Tensor from = dense.of(x);
            Tensor[] vectors = {dense.of(mean), dense.of(rstd), dense.of(weight), dense.of(bias)};
            Rows rows = Rows.of(to, from);
            Arguments arguments = Arguments.begin().add(to.address()).add(from.address());
            for (Tensor vector : vectors) {
                Rows.add(arguments, vector, type);
            }
            arguments.add(rows.count()).add(x.size(1)).add(rows.length()).add(rows.packed() ? 1 : 0);
            rows.launch(gpu, forward.get(Rows.way(type)), arguments);
        }
        return true;
    }

    boolean backward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor mean, Tensor rstd,
            Tensor weight, boolean constants) {
        DType type = x.dtype();
        if (!takes(x) || !Rows.alike(dx, dout, x) || !Rows.beside(type, dweight, dbias, mean, rstd, weight)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(dx);
            Tensor incoming = dense.of(dout);
            Tensor from = dense.of(x);
            Tensor[] vectors = {dense.of(mean), dense.of(rstd), dense.of(weight), dense.output(dweight),
                dense.output(dbias)};
            sums(gradients, gradientsTotals, vectors[3], vectors[4], from, incoming, vectors[0], vectors[1]);
            Rows rows = Rows.of(to, incoming, from);
            Arguments arguments = Arguments.begin().add(to.address()).add(incoming.address()).add(from.address());
            for (Tensor vector : vectors) {
                Rows.add(arguments, vector, type);
            }
            arguments.add(rows.count()).add(x.size(1)).add(rows.length()).add(rows.packed() ? 1 : 0);
            arguments.add(constants ? 0 : (double) x.size(1) / x.numel());
            rows.launch(gpu, backward.get(Rows.way(type)), arguments);
        }
        return true;
    }

    /** Sums each channel in parts of whole examples, by shape alone, and then the parts. */
    private void sums(KernelFamily parts, KernelFamily totals, Tensor first, Tensor second, Tensor x, Tensor dout,
            Tensor mean, Tensor rstd) {
        DType type = x.dtype();
        long channels = x.size(1);
        long length = x.size(2);
        long most = Math.min(Math.ceilDiv(MANY_BLOCKS, channels), x.size(0) * length / PART);
        int count = (int) Math.clamp(most, 1, x.size(0));
        long bytes = 2 * count * channels * Rows.computed(type).bytes();
        long partial = gpu.allocate(bytes, "batchNorm");
        Arguments arguments = Arguments.begin().add(partial).add(x.address()).add(dout == null ? 0 : dout.address());
        Rows.add(arguments, mean, type);
        Rows.add(arguments, rstd, type);
        boolean packed = dout == null ? Rows.of(x).packed() : Rows.of(x, dout).packed();
        arguments.add(x.size(0)).add(channels).add(length).add(packed ? 1 : 0);
        parts.get(Rows.way(type)).launch(Math.toIntExact(channels), count, 1, Operands.BLOCK, 1, 0, arguments);
        arguments = Arguments.begin();
        Rows.add(arguments, first, type);
        Rows.add(arguments, second, type);
        arguments.add(partial).add(count).add(x.size(0)).add(channels).add(length);
        totals.get(Rows.way(type)).launch(Operands.blocks(gpu, channels), 1, 1, Operands.BLOCK, 1, 0, arguments);
        gpu.free(partial, bytes);
    }
}
