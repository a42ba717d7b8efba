package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.cpu.Axes;

/**
 * Launches of reduce.cu. Terms that lie side by side are shared by neighbouring threads (rows); where outputs do, every thread
 * has its own (columns). Few outputs of many terms are cut into parts, by shape alone, and reduced twice.
 */
final class ReduceLaunches {
    private static final int WARP = 32;
    /** A pack of terms in reduce.cu. */
    private static final int PACK = 4;
    /** With fewer terms, a warp would have idle lanes. */
    private static final int FEW_TERMS = 32;
    /** From here on a whole block shares a row. */
    private static final int LONG_ROW = 1024;
    /** As many blocks as fill any device. */
    private static final long MANY_BLOCKS = 1024;
    /** What a part has at least, of rows and of columns. */
    private static final long ROW_PART = 4096;
    private static final long COLUMN_PART = 64;
    private static final int PARTIAL = -1;

    private final Gpu gpu;
    private final KernelFamily rows;
    private final KernelFamily columns;
    private final KernelFamily argReduce;

    ReduceLaunches(Gpu gpu) {
        this.gpu = gpu;
        rows = new KernelFamily(gpu, "reduce", "reduce_rows_float", "reduce_rows_double", "reduce_rows_integer");
        columns = new KernelFamily(gpu, "reduce", "reduce_columns_float", "reduce_columns_double",
                "reduce_columns_integer");
        argReduce = new KernelFamily(gpu, "reduce", "arg_reduce_float", "arg_reduce_double", "arg_reduce_integer");
    }

    private static DType computed(DType type) {
        return switch (Kind.of(type)) {
            case SINGLE, MIXED -> DType.F32;
            case DOUBLE -> DType.F64;
            case INTEGER -> DType.I64;
        };
    }

    void reduce(ReduceOp op, Tensor out, Tensor x) {
        long outputs = out.numel();
        if (outputs == 0) {
            return;
        }
        long[] sizes = x.shape().toArray();
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] = out.size(axis) == 1 ? sizes[axis] : 1;
        }
        Axes reduced = Axes.merged(sizes, new long[][] {Operands.strides(x)});
        Axes kept = Axes.of(out.shape(), out, x);
        long terms = reduced.rows() * reduced.rowLength();
        boolean across = terms < FEW_TERMS
                || kept.rowStride(1) == 1 && kept.rowLength() >= PACK && reduced.rowStride(0) != 1;
        long blocks = across ? Math.ceilDiv(outputs, WARP) : outputs;
        long parts = Math.max(1, Math.min(MANY_BLOCKS / blocks, terms / (across ? COLUMN_PART : ROW_PART)));
        if (parts == 1) {
            launch(op, op.ordinal(), out.address(), out.dtype(), kept, x, reduced, across, terms, 1);
            return;
        }
        // First every part by itself, then the parts' results.
        DType type = op.isLogical() ? DType.I64 : computed(x.dtype());
        long bytes = outputs * parts * type.bytes();
        long partial = gpu.allocate(bytes, "reduce");
        long[] contiguous = out.shape().contiguousStrides();
        long[] spread = contiguous.clone();
        for (int axis = 0; axis < spread.length; axis++) {
            spread[axis] *= parts;
        }
        Axes first = Axes.merged(out.shape().toArray(), new long[][] {spread.clone(), Operands.strides(x)});
        launch(op, PARTIAL, partial, type, first, x, reduced, across, terms, parts);
        Axes second = Axes.merged(out.shape().toArray(), new long[][] {Operands.strides(out), spread});
        Axes along = Axes.merged(new long[] {parts}, new long[][] {{1}});
        ReduceOp combining = op.isLogical() || op == ReduceOp.SUM_OF_SQUARES || op == ReduceOp.MEAN ? ReduceOp.SUM : op;
        launch(combining, op.ordinal(), out.address(), out.dtype(), second, partial, type, along, false, terms, 1);
        gpu.free(partial, bytes);
    }

    private void launch(ReduceOp op, int end, long out, DType outType, Axes kept, Tensor x, Axes reduced,
            boolean across, long terms, long parts) {
        launch(op, end, out, outType, kept, x.address(), x.dtype(), reduced, across, terms, parts);
    }

    private void launch(ReduceOp op, int end, long out, DType outType, Axes kept, long x, DType type, Axes reduced,
            boolean across, long terms, long parts) {
        Arguments arguments = Arguments.begin();
        long outputs = Operands.addAxes("reduce", arguments, kept, 1);
        Operands.addOperand(arguments, out, outType, kept.strides[0], false);
        Operands.addOperand(arguments, x, type, kept.strides[1], false);
        int pack = across ? 1 : PACK;
        Operands.addAxes("reduce", arguments, reduced, pack);
        boolean dense = Operands.isDense(x, type, reduced.strides[0], pack);
        for (long stride : kept.strides[1]) {
            dense &= Operands.isAligned(stride * type.bytes(), type, pack);
        }
        Operands.addOperand(arguments, x, type, reduced.strides[0], dense);
        arguments.add(op.ordinal()).add(parts).add((double) terms).add(end);
        KernelFamily kernels = across ? columns : rows;
        boolean whole = !across && terms >= LONG_ROW;
        int width = whole ? Operands.BLOCK : WARP;
        int height = Operands.BLOCK / width;
        long blocks = Math.ceilDiv(outputs, across ? WARP : height);
        kernels.get(Kind.way(type)).launch(Operands.atMost(gpu, blocks), (int) parts, 1, width, height, 0, arguments);
    }

    void argReduce(boolean largest, Tensor out, Tensor x, int axis) {
        if (out.numel() == 0) {
            return;
        }
        Shape shape = x.shape().with(axis, 1);
        Axes kept = Axes.of(shape, out, x);
        Arguments arguments = Arguments.begin();
        long outputs = Operands.addAxes("argReduce", arguments, kept, 1);
        Operands.addOperand(arguments, out, kept, 0, 1);
        Operands.addOperand(arguments, x.address(), x.dtype(), kept.strides[1], false);
        arguments.add(x.size(axis)).add(x.stride(axis)).add(largest ? 1 : 0);
        int width = x.size(axis) >= LONG_ROW ? Operands.BLOCK : WARP;
        int height = Operands.BLOCK / width;
        argReduce.get(Kind.way(x.dtype())).launch(Operands.atMost(gpu, Math.ceilDiv(outputs, height)), 1, 1, width, height,
                0, arguments);
    }
}
