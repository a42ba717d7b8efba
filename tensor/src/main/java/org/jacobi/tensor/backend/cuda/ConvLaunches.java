package org.jacobi.tensor.backend.cuda;

import java.util.Arrays;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.Sliding;

/** Launches of convolution.cu, in f32 over up to three spatial axes. */
final class ConvLaunches {
    private static final int AXES = 3;
    /** TILE in convolution.cu. */
    private static final int TILE = 64;
    /** As many blocks as fill any device. */
    private static final long MANY_BLOCKS = 512;
    /** How many terms a part of a weight's gradient has at least. */
    private static final long PART = 1024;
    /** What the grid's second and third axes have at most. */
    private static final long MOST_GROUPS = 65535;

    private enum Product {
        FORWARD, TRANSPOSED, WEIGHT
    }

    private final Gpu gpu;
    private final ReduceLaunches reductions;
    private final KernelFamily kernels;

    ConvLaunches(Gpu gpu, ReduceLaunches reductions) {
        this.gpu = gpu;
        this.reductions = reductions;
        kernels = new KernelFamily(gpu, "convolution", "convolution_forward", "convolution_transposed",
                "convolution_weight");
    }

    /** Returns whether the kernels, which count in 32 bits, take such operands; none of them is empty. */
    static boolean fits(Tensor out, Tensor x, Tensor weight, Sliding how) {
        long places = product(weight, 2);
        long largest = Math.max(Math.max(out.numel(), x.numel()), Math.max(weight.numel(), x.size(0) * places));
        return out.dtype() == DType.F32 && how.axes() <= AXES && largest < Integer.MAX_VALUE && out.numel() > 0
                && x.numel() > 0 && weight.numel() > 0 && x.size(1) / weight.size(1) <= MOST_GROUPS;
    }

    void convolution(Tensor out, Tensor x, Tensor weight, Tensor bias, Sliding how) {
        try (var dense = new DenseOperands()) {
            launch(Product.FORWARD, dense.output(out), dense.of(x), dense.of(weight),
                    bias == null ? null : dense.of(bias), 1,
                    how);
        }
    }

    void convolutionTranspose(Tensor x, Tensor out, Tensor weight, Tensor bias, Sliding how) {
        try (var dense = new DenseOperands()) {
            launch(Product.TRANSPOSED, dense.of(out), dense.output(x), dense.of(weight),
                    bias == null ? null : dense.of(bias), 1, how);
        }
    }

    void convolutionWeight(Tensor weight, Tensor out, Tensor x, Sliding how) {
        // Few results of many terms: the terms are cut into parts, by shape alone, and the parts' results added.
        long blocks = tiles(weight.size(0) / groups(x, weight), weight.numel() / weight.size(0)) * groups(x, weight);
        long terms = out.size(0) * product(out, 2);
        long parts = Math.max(1, Math.min(MANY_BLOCKS / blocks, terms / PART));
        try (var dense = new DenseOperands()) {
            Tensor from = dense.of(out);
            Tensor inputs = dense.of(x);
            Tensor result = dense.output(weight);
            if (parts == 1) {
                launch(Product.WEIGHT, from, inputs, result, null, 1, how);
                return;
            }
            Tensor partial = Tensor.empty(weight.device(), weight.dtype(), parts, weight.numel());
            long[] shape = weight.shape().toArray();
            launch(Product.WEIGHT, from, inputs, partial, shape, null, parts, how);
            reductions.reduce(ReduceOp.SUM, result.view(1, weight.numel()), partial);
            partial.release();
        }
    }

    private static long groups(Tensor x, Tensor weight) {
        return x.size(1) / weight.size(1);
    }

    private static long tiles(long rows, long columns) {
        return Math.ceilDiv(rows, TILE) * Math.ceilDiv(columns, TILE);
    }

    private static long product(Tensor x, int from) {
        long product = 1;
        for (int axis = from; axis < x.rank(); axis++) {
            product *= x.size(axis);
        }
        return product;
    }

    private void launch(Product product, Tensor out, Tensor x, Tensor weight, Tensor bias, long parts, Sliding how) {
        launch(product, out, x, weight, weight.shape().toArray(), bias, parts, how);
    }

    /** @param shape the weight's; the tensor itself may be parts of it */
    private void launch(Product product, Tensor out, Tensor x, Tensor weight, long[] shape, Tensor bias, long parts,
            Sliding how) {
        long groups = x.size(1) / shape[1];
        long[] places = Arrays.copyOfRange(shape, 2, shape.length);
        long filters = shape[0] / groups;
        long blocks = switch (product) {
            case FORWARD -> tiles(filters, out.size(0) * product(out, 2));
            case TRANSPOSED -> tiles(shape[1], x.size(0) * product(x, 2));
            case WEIGHT -> tiles(filters, shape[1] * Arrays.stream(places).reduce(1, (a, b) -> a * b));
        };
        Arguments arguments = Arguments.begin().add(out.address()).add(x.address()).add(weight.address())
                .add(bias == null ? 0 : bias.address()).add(x.size(0)).add(x.size(1)).add(shape[0]).add(groups);
        addExtent(arguments, spatial(out), 1);
        addExtent(arguments, spatial(x), 1);
        addExtent(arguments, places, 1);
        addExtent(arguments, how.stride(), 1);
        addExtent(arguments, how.padding(), 0);
        addExtent(arguments, how.dilation(), 1);
        kernels.get(product.ordinal()).launch(Math.toIntExact(blocks), (int) groups, (int) parts, Operands.BLOCK, 1, 0,
                arguments.add(parts));
    }

    private static long[] spatial(Tensor x) {
        return Arrays.copyOfRange(x.shape().toArray(), 2, x.rank());
    }

    /** Adds a number for each of three axes; those in front may be missing. */
    private static void addExtent(Arguments arguments, long[] numbers, long missing) {
        for (int i = numbers.length; i < AXES; i++) {
            arguments.add(missing);
        }
        for (long number : numbers) {
            arguments.add(number);
        }
    }
}
