package org.jacobi.tensor.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.util.Arrays;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.cpu.Axes;

/** Launches of index.cu: reading and writing by index, and the positions of what is not zero. */
final class IndexLaunches {
    private static final int OFFSETS_PACK = 2;
    /** Lines of so few elements, or so many lines, are done by a thread each. */
    private static final int SHORT_LINE = 8;
    private static final int MANY_LINES = 1 << 16;
    /** CHUNK and MOST_AXES in index.cu. */
    private static final int CHUNK = 256;
    private static final int MOST_AXES = 32;
    private static final int WIDEST = 16;

    private final Gpu gpu;
    private final ReduceLaunches reductions;
    private final ScanLaunches scans;
    private final SortLaunches sorts;
    /** By the logarithm of an element's bytes. */
    private final KernelFamily gather;
    private final KernelFamily scatter;
    private final KernelFamily others;

    IndexLaunches(Gpu gpu, ReduceLaunches reductions, ScanLaunches scans, SortLaunches sorts) {
        this.gpu = gpu;
        this.reductions = reductions;
        this.scans = scans;
        this.sorts = sorts;
        gather = new KernelFamily(gpu, "index", "gather_1", "gather_2", "gather_4", "gather_8");
        scatter = new KernelFamily(gpu, "index", "scatter_float", "scatter_double", "scatter_integer");
        others = new KernelFamily(gpu, "index", "scatter_keys", "offsets", "nonzero");
    }

    void gather(Tensor out, Tensor x, int axis, Tensor index) {
        int bytes = out.dtype().bytes();
        int pack = WIDEST / bytes;
        long step = x.stride(axis);
        Axes axes = Axes.merged(index.shape().toArray(),
                new long[][] {Operands.strides(out), Operands.strides(index), Operands.stridesBut(axis, x)});
        // A slice that is read in packs begins where one may.
        boolean aligned = Operands.isAligned(step * bytes, x.dtype(), pack);
        Operands.launch(gpu, gather.get(Integer.numberOfTrailingZeros(bytes)), pack, axes,
                (arguments, _) -> arguments.add(step).add(aligned ? 1 : 0).add(x.size(axis)), out,
                index, x);
    }

    // ---- scatter ---------------------------------------------------------------------------------------------------

    void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source) {
        if (index.numel() == 0) {
            return;
        }
        long length = index.size(axis);
        long lines = index.numel() / length;
        if (length <= SHORT_LINE || lines >= MANY_LINES) {
            scatter(op, out, axis, index, source, lines, 0, 0, 0);
        } else if (isShared(index, axis)) {
            Tensor line = index;
            for (int other = index.rank() - 1; other >= 0; other--) {
                line = other == axis ? line : line.select(other, 0);
            }
            Tensor order = ordered(line);
            scatter(op, out, axis, index, source, lines * length, order.address(), 0, 0);
            order.release();
        } else {
            Tensor keys = Tensor.empty(index.device(), DType.I64, index.numel());
            keys(keys, index, axis, out.size(axis));
            Tensor order = ordered(keys);
            scatter(op, out, axis, index, source, index.numel(), order.address(), out.size(axis), keys.address());
            order.release();
            keys.release();
        }
    }

    /** Returns the positions of a vector's elements in rising order. */
    private Tensor ordered(Tensor x) {
        Tensor sorted = Tensor.empty(x.device(), DType.I64, x.numel());
        Tensor order = Tensor.empty(x.device(), DType.I64, x.numel());
        sorts.sort(sorted, order, x, false);
        sorted.release();
        return order;
    }

    private static boolean isShared(Tensor index, int axis) {
        for (int other = 0; other < index.rank(); other++) {
            if (other != axis && index.size(other) != 1 && index.stride(other) != 0) {
                return false;
            }
        }
        return true;
    }

    private void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source, long threads, long order,
            long size, long keys) {
        Axes lines = Axes.of(index.shape().with(axis, 1), out, index, source);
        Arguments arguments = Arguments.begin();
        Operands.addAxes("scatter", arguments, lines, 1);
        Tensor[] operands = {out, index, source};
        for (int k = 0; k < operands.length; k++) {
            Operands.addOperand(arguments, operands[k].address(), operands[k].dtype(), lines.strides[k], false);
        }
        arguments.add(out.stride(axis)).add(index.stride(axis)).add(source.stride(axis)).add(index.size(axis))
                .add(op.ordinal()).add(order).add(size).add(keys).add(out.size(axis));
        scatter.get(Kind.way(out.dtype())).launch(Operands.blocks(gpu, threads), 1, 1, Operands.BLOCK, 1, 0, arguments);
    }

    private void keys(Tensor keys, Tensor index, int axis, long size) {
        Axes lines = Axes.of(index.shape().with(axis, 1), index);
        Arguments arguments = Arguments.begin();
        Operands.addAxes("scatter", arguments, lines, 1);
        Operands.addOperand(arguments, index.address(), DType.I64, lines.strides[0], false);
        arguments.add(keys.address()).add(index.stride(axis)).add(index.size(axis)).add(size);
        others.get(0).launch(Operands.blocks(gpu, index.numel()), 1, 1, Operands.BLOCK, 1, 0, arguments);
    }

    // ---- offsets ---------------------------------------------------------------------------------------------------

    boolean offsets(Tensor out, Tensor index, long size, long stride) {
        Tensor outside = Tensor.zeros(out.device(), DType.I64, 1);
        long flag = outside.address();
        Operands.launch(gpu, others.get(1), OFFSETS_PACK, out.shape(),
                (arguments, _) -> arguments.add(size).add(stride).add(flag), out, index);
        long found = number(outside);
        outside.release();
        return found == 0;
    }

    /** Waits for a number. */
    private long number(Tensor x) {
        long host = SlabAllocator.global().allocate(Long.BYTES);
        try {
            gpu.copyOut(host, x.address(), Long.BYTES);
            return NativeMemory.ALL.get(JAVA_LONG, host);
        } finally {
            SlabAllocator.global().free(host, Long.BYTES);
        }
    }

    // ---- what is not zero ------------------------------------------------------------------------------------------

    long countNonzero(Tensor x) {
        long[] ones = new long[x.rank()];
        Arrays.fill(ones, 1);
        Tensor count = Tensor.empty(x.device(), DType.I64, ones);
        reductions.reduce(ReduceOp.COUNT, count, x);
        long found = number(count);
        count.release();
        return found;
    }

    void nonzero(Tensor out, Tensor x) {
        if (out.numel() == 0) {
            return;
        }
        if (x.rank() > MOST_AXES) {
            throw new IllegalArgumentException("nonzero: a GPU's kernel takes " + MOST_AXES + " axes, got " + x.rank());
        }
        Tensor counts = Tensor.empty(x.device(), DType.I64, Math.ceilDiv(x.numel(), CHUNK));
        nonzero(counts, 0, x);
        scans.scan(ScanOp.SUM, false, counts, counts, 0);
        nonzero(counts, out.address(), x);
        counts.release();
    }

    private void nonzero(Tensor counts, long out, Tensor x) {
        Axes axes = Axes.of(x.shape(), x);
        Arguments arguments = Arguments.begin();
        Operands.addAxes("nonzero", arguments, axes, 1);
        Operands.addOperand(arguments, x.address(), x.dtype(), axes.strides[0], false);
        arguments.add(counts.address()).add(out).add(x.rank()).add(x.shape().toArray(), MOST_AXES);
        others.get(2).launch(Operands.atMost(gpu, counts.numel()), 1, 1, CHUNK, 1, 0, arguments);
    }
}
