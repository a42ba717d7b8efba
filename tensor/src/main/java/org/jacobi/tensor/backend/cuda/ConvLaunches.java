package org.jacobi.tensor.backend.cuda;

import java.util.Arrays;
import java.util.Locale;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.Sliding;

/** Launches of convolution_mma.cu (bf16) and convolution.cu (the other types), over up to three spatial axes. */
final class ConvLaunches {
    private static final int AXES = 3;
    /** Rows and columns of a tile in convolution.cu; COLUMNS in convolution_mma.cuh. */
    private static final int TILE = 64;
    /** The other number of rows in convolution_mma.cuh. */
    private static final int TALL = 128;
    /** A warp's rows and columns there. */
    private static final int WARP_TILE = 32;
    private static final int WARP = 32;
    /** What 16 bytes of bf16 are. */
    private static final int PACK = 8;
    private static final int ALIGNMENT = 16;
    /** As many blocks as fill any device. */
    private static final long MANY_BLOCKS = 512;
    /** How many terms a part of a weight's gradient has at least. */
    private static final long PART = 1024;
    /** What the grid's second and third axes have at most. */
    private static final long MOST_GROUPS = 65535;

    private enum Product {
        FORWARD, TRANSPOSED, WEIGHT
    }

    private final ReduceLaunches reductions;
    /** Of f16, f32 and f64: three products each. */
    private final KernelFamily plain;
    /** Of bf16: three products of tiles of 64 rows, then of 128. */
    private final KernelFamily mma;

    ConvLaunches(Gpu gpu, ReduceLaunches reductions, boolean tensorCores) {
        this.reductions = reductions;
        plain = new KernelFamily(gpu, "convolution", names("f16", "f32", "f64"));
        mma = new KernelFamily(gpu, tensorCores ? "convolution_mma" : "convolution_mma_plain", names("64", "128"));
    }

    private static String[] names(String... endings) {
        return Arrays.stream(endings).flatMap(ending -> Arrays.stream(Product.values())
                .map(product -> "convolution_" + product.name().toLowerCase(Locale.ROOT) + "_" + ending))
                .toArray(String[]::new);
    }

    /** Returns whether the kernels, which count in 32 bits, take such operands; none of them is empty. */
    static boolean fits(Tensor out, Tensor x, Tensor weight, Sliding how) {
        long places = product(weight, 2);
        long largest = Math.max(Math.max(out.numel(), x.numel()), Math.max(weight.numel(), x.size(0) * places));
        return how.axes() <= AXES && largest < Integer.MAX_VALUE && out.numel() > 0
                && x.numel() > 0 && weight.numel() > 0 && x.size(1) / weight.size(1) <= MOST_GROUPS;
    }

    void convolution(Tensor out, Tensor x, Tensor weight, Tensor bias, Sliding how) {
        try (var dense = new DenseOperands()) {
            launch(Product.FORWARD, dense.output(out), dense.of(x), dense.of(weight),
                    dense.of(bias), null, 1, how);
        }
    }

    void convolutionTranspose(Tensor x, Tensor out, Tensor weight, Tensor bias, Sliding how) {
        try (var dense = new DenseOperands()) {
            launch(Product.TRANSPOSED, dense.of(out), dense.output(x), dense.of(weight),
                    dense.of(bias), null, 1, how);
        }
    }

    void convolutionWeight(Tensor weight, Tensor out, Tensor x, Sliding how) {
        // Few results of many terms: the terms are cut into parts, by shape alone, and the parts' results added.
        long filters = weight.size(0) / groups(x, weight);
        long blocks = tiles(filters, weight.numel() / weight.size(0), rows(weight.dtype(), filters))
                * groups(x, weight);
        long terms = out.size(0) * product(out, 2);
        long parts = Math.max(1, Math.min(MANY_BLOCKS / blocks, terms / PART));
        try (var dense = new DenseOperands()) {
            Tensor from = dense.of(out);
            Tensor inputs = dense.of(x);
            Tensor result = dense.output(weight);
            if (parts == 1) {
                launch(Product.WEIGHT, from, inputs, result, null, null, 1, how);
                return;
            }
            Tensor partial =
                    Tensor.empty(weight.device(), Rows.computed(weight.dtype()), parts, weight.numel());
            launch(Product.WEIGHT, from, inputs, result, null, partial, parts, how);
            reductions.reduce(ReduceOp.SUM, result.view(1, weight.numel()), partial);
            partial.release();
        }
    }

    private static long groups(Tensor x, Tensor weight) {
        return x.size(1) / weight.size(1);
    }

    /** Returns how many rows a tile has for a result of so many. */
    private static int rows(DType type, long rows) {
        return type == DType.BF16 && rows > TILE ? TALL : TILE;
    }

    private static long tiles(long rows, long columns, int tileRows) {
        return Math.ceilDiv(rows, tileRows) * Math.ceilDiv(columns, TILE);
    }

    private static long product(Tensor x, int from) {
        long product = 1;
        for (int axis = from; axis < x.rank(); axis++) {
            product *= x.size(axis);
        }
        return product;
    }

    private void launch(Product product, Tensor out, Tensor x, Tensor weight, Tensor bias, Tensor partial, long parts,
            Sliding how) {
        long groups = groups(x, weight);
        long filters = weight.size(0) / groups;
        long places = product(weight, 2);
        long rows = product == Product.TRANSPOSED ? weight.size(1) : filters;
        long columns = switch (product) {
            case FORWARD -> out.size(0) * product(out, 2);
            case TRANSPOSED -> x.size(0) * product(x, 2);
            case WEIGHT -> weight.size(1) * places;
        };
        boolean packed = switch (product) {
            case FORWARD -> isPacked(weight, weight.size(1) * places);
            case TRANSPOSED -> false;
            case WEIGHT -> isPacked(out, product(out, 2));
        };
        Arguments arguments = Arguments.begin().add(out.address()).add(x.address()).add(weight.address())
                .add(bias == null ? 0 : bias.address()).add(partial == null ? 0 : partial.address())
                .add(x.size(0)).add(x.size(1)).add(weight.size(0)).add(groups);
        addExtent(arguments, spatial(out), 1);
        addExtent(arguments, spatial(x), 1);
        addExtent(arguments, spatial(weight), 1);
        addExtent(arguments, how.stride(), 1);
        addExtent(arguments, how.padding(), 0);
        addExtent(arguments, how.dilation(), 1);
        arguments.add(parts).add(packed ? 1 : 0);
        int tileRows = rows(x.dtype(), rows);
        int blocks = Math.toIntExact(tiles(rows, columns, tileRows));
        int count = Product.values().length;
        if (x.dtype() == DType.BF16) {
            int which = (tileRows == TALL ? count : 0) + product.ordinal();
            int threads = tileRows / WARP_TILE * (TILE / WARP_TILE) * WARP;
            mma.get(which).launch(blocks, (int) groups, (int) parts, threads, 1, 0, arguments);
        } else {
            int type = x.dtype() == DType.F16 ? 0 : x.dtype() == DType.F32 ? 1 : 2;
            plain.get(count * type + product.ordinal()).launch(blocks, (int) groups, (int) parts, Operands.BLOCK, 1, 0,
                    arguments);
        }
    }

    /** Returns whether rows of a length that lie one behind the other can be read in packs. */
    private static boolean isPacked(Tensor x, long length) {
        return length % PACK == 0 && x.address() % ALIGNMENT == 0;
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
