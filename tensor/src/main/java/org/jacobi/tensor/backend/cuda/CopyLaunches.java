package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cpu.Axes;

/** Launches of copy.cu: copies between any types and strides, fills and ranges. */
final class CopyLaunches {
    private static final int RANGE_PACK = 4;
    private static final int TILE = 32;
    private static final int TILE_ROWS = 8;
    /** What a grid may have along z. */
    private static final int MOST_BATCHES = 65535;

    private final Gpu gpu;
    private final KernelFamily copy;
    private final KernelFamily arange;
    /** By the logarithm of an element's bytes. */
    private final KernelFamily transpose;
    private final KernelFamily triangle;

    CopyLaunches(Gpu gpu) {
        this.gpu = gpu;
        copy = KernelFamily.ofKinds(gpu, "copy", "copy");
        arange = new KernelFamily(gpu, "copy", "arange");
        transpose = new KernelFamily(gpu, "copy", "transpose_1", "transpose_2", "transpose_4", "transpose_8");
        triangle = new KernelFamily(gpu, "copy", "triangle_1", "triangle_2", "triangle_4", "triangle_8");
    }

    void arange(Tensor out, double start, double step) {
        Operands.launch(gpu, arange.get(0), RANGE_PACK, out.shape(),
                (arguments, first) -> arguments.add(first).add(start).add(step), out);
    }

    void triangle(Tensor out, Tensor x, boolean lower, long k) {
        if (out.numel() == 0) {
            return;
        }
        try (var dense = new DenseOperands()) {
            Tensor from = dense.of(x);
            Arguments arguments = Arguments.begin().add(out.address()).add(from.address()).add(out.numel())
                    .add(out.size(-2)).add(out.size(-1)).add(k).add(lower ? 1 : 0);
            triangle.get(Integer.numberOfTrailingZeros(out.dtype().bytes()))
                    .launch(Operands.blocks(gpu, out.numel()), 1, 1, Operands.BLOCK, 1, 0, arguments);
        }
    }

    void copy(Tensor out, Tensor x) {
        Axes axes = Axes.of(out.shape(), out, x);
        if (out.dtype() == x.dtype()) {
            if (axes.isDense(0) && axes.isDense(1)) {
                gpu.copy(out.address(), x.address(), out.numel() * out.dtype().bytes());
                return;
            }
            if (transpose(axes, out, x)) {
                return;
            }
        }
        Kind kind = Kind.of(x.dtype());
        Operands.launch(gpu, copy.get(kind), kind.pack, axes, (_, _) -> {
        }, out, x);
    }

    /** Copies by tiles if x's elements lie side by side along another axis than out's: the last one but one. */
    private boolean transpose(Axes axes, Tensor out, Tensor x) {
        int rank = axes.rank();
        long batches = rank == 3 ? axes.sizes[0] : 1;
        if (rank != 2 && rank != 3 || axes.strides[0][rank - 1] != 1 || axes.strides[1][rank - 2] != 1
                || axes.strides[1][rank - 1] < TILE || axes.sizes[rank - 2] < TILE_ROWS
                || axes.sizes[rank - 1] < TILE_ROWS || batches > MOST_BATCHES || out.numel() == 0) {
            return false;
        }
        long rows = axes.sizes[rank - 2];
        long columns = axes.sizes[rank - 1];
        Arguments arguments = Arguments.begin().add(out.address()).add(x.address()).add(rows).add(columns)
                .add(axes.strides[0][rank - 2]).add(axes.strides[1][rank - 1])
                .add(rank == 3 ? axes.strides[0][0] : 0).add(rank == 3 ? axes.strides[1][0] : 0);
        long tiles = Math.ceilDiv(rows, TILE) * Math.ceilDiv(columns, TILE);
        transpose.get(Integer.numberOfTrailingZeros(out.dtype().bytes())).launch(
                (int) Math.min(tiles, Integer.MAX_VALUE), 1, (int) batches, TILE, TILE_ROWS, 0, arguments);
        return true;
    }
}
