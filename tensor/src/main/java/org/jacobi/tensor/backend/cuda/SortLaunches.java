package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cpu.Axes;

/** Launches of sort.cu: sorting and searching along the last axis. */
final class SortLaunches {
    /** What a block sorts at once; SLOTS in sort.cu. */
    private static final int SLOTS = 2048;
    /** How many of a row's first elements are found without sorting it; MOST in sort.cu. */
    private static final int MOST = 1024;

    private final Gpu gpu;
    private final KernelFamily kernels;
    private final KernelFamily search;

    SortLaunches(Gpu gpu) {
        this.gpu = gpu;
        kernels = new KernelFamily(gpu, "sort", "sort_tiles", "merge_runs", "sort_pick", "top_k");
        search = new KernelFamily(gpu, "sort", "search_float", "search_integer");
    }

    void sort(Tensor values, Tensor indices, Tensor x, boolean descending) {
        if (x.numel() == 0) {
            return;
        }
        try (var dense = new DenseOperands()) {
            Tensor v = dense.output(values);
            Tensor i = dense.output(indices);
            sortRows(v, i, dense.of(x), descending);
        }
    }

    /** Finds few of a long row's first elements; returns false, and does nothing, for others. */
    boolean topk(Tensor values, Tensor indices, Tensor x, boolean largest) {
        long length = x.size(-1);
        long k = values.size(-1);
        if (values.numel() == 0 || length <= SLOTS || k > MOST) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor v = dense.output(values);
            Tensor i = dense.output(indices);
            Tensor from = dense.of(x);
            long rows = from.numel() / length;
            Arguments arguments = Arguments.begin().add(v.address()).add(i.address()).add(from.address())
                    .add(x.dtype().ordinal()).add(x.dtype().bytes()).add(rows).add(length).add(k).add(largest ? 1 : 0);
            kernels.get(3).launch(Operands.atMost(gpu, rows), 1, 1, Operands.BLOCK, 1, 0, arguments);
        }
        return true;
    }

    /** Sorts contiguous rows. */
    private void sortRows(Tensor values, Tensor indices, Tensor x, boolean descending) {
        long length = x.size(-1);
        long rows = x.numel() / length;
        long tile = Math.min(SLOTS, Long.highestOneBit(2 * length - 1));
        long keyBytes = x.numel() * Long.BYTES;
        long orderBytes = x.numel() * Integer.BYTES;
        long keys = gpu.allocate(keyBytes, "sort");
        long order = gpu.allocate(orderBytes, "sort");
        long otherKeys = length > tile ? gpu.allocate(keyBytes, "sort") : 0;
        long otherOrder = length > tile ? gpu.allocate(orderBytes, "sort") : 0;
        long tiles = rows * Math.ceilDiv(length, tile);
        Arguments arguments = Arguments.begin().add(x.address()).add(x.dtype().ordinal()).add(keys).add(order).add(rows)
                .add(length).add(tile).add(descending ? 1 : 0);
        long blocks = Math.ceilDiv(tiles, SLOTS / tile);
        kernels.get(0).launch(Math.toIntExact(blocks), 1, 1, Operands.BLOCK, 1, 0, arguments);
        for (long run = tile; run < length; run *= 2) {
            arguments = Arguments.begin().add(otherKeys).add(otherOrder).add(keys).add(order).add(rows).add(length)
                    .add(run);
            kernels.get(1).launch(Operands.blocks(gpu, x.numel()), 1, 1, Operands.BLOCK, 1, 0, arguments);
            long merged = otherKeys;
            otherKeys = keys;
            keys = merged;
            merged = otherOrder;
            otherOrder = order;
            order = merged;
        }
        arguments = Arguments.begin().add(values.address()).add(indices.address()).add(x.address()).add(order).add(rows)
                .add(length).add(x.dtype().bytes());
        kernels.get(2).launch(Operands.blocks(gpu, x.numel()), 1, 1, Operands.BLOCK, 1, 0, arguments);
        gpu.free(keys, keyBytes);
        gpu.free(order, orderBytes);
        if (otherKeys != 0) {
            gpu.free(otherKeys, keyBytes);
            gpu.free(otherOrder, orderBytes);
        }
    }

    void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right) {
        int last = x.rank() - 1;
        Axes axes = Axes.merged(x.shape().toArray(), new long[][] {Operands.strides(out), Operands.strides(x),
            Operands.stridesBut(last, sorted)});
        Operands.launch(gpu, search.get(x.dtype().isFloating() ? 0 : 1), 1, axes,
                (arguments, _) -> arguments.add(sorted.size(last)).add(sorted.stride(last)).add(right ? 1 : 0), out, x,
                sorted);
    }
}
