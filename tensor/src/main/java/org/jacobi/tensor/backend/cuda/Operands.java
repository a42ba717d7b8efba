package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cpu.Axes;

/**
 * How operands of one shape reach the kernels of elementwise.cuh: as merged axes in packs of neighbours, and for each operand
 * where it begins and its strides, or the number itself if it is a scalar in the host's memory.
 */
final class Operands {
    /** How many axes a kernel takes; AXES in elementwise.cuh. */
    static final int AXES = 8;
    private static final int BLOCK = 256;
    /** As many blocks as a multiprocessor holds at 2048 threads. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 8;
    /** What the widest access needs. */
    private static final int ALIGNMENT = 16;

    private Operands() {
    }

    /** Adds a kernel's own arguments behind the axes and operands. */
    @FunctionalInterface
    interface Rest {
        /** @param first the number, in row-major order, of the launch's first element */
        void add(Arguments arguments, long first);
    }

    /**
     * Launches a kernel on all elements of a shape.
     *
     * @param pack     how many neighbours a thread does at once
     * @param operands each of the shape, or expanded to it
     */
    static void launch(Gpu gpu, Gpu.Kernel kernel, int pack, Shape shape, Rest rest, Tensor... operands) {
        launch(gpu, kernel, pack, Axes.of(shape, operands), rest, operands);
    }

    /** Launches a kernel with the axes as they are; strides are counted from the operands' first elements. */
    static void launch(Gpu gpu, Gpu.Kernel kernel, int pack, Axes axes, Rest rest, Tensor... operands) {
        int outer = Math.max(0, axes.rank() - AXES);
        long count = 1;
        for (int axis = 0; axis < outer; axis++) {
            count *= axes.sizes[axis];
        }
        long inner = 1;
        for (int axis = outer; axis < axes.rank(); axis++) {
            inner *= axes.sizes[axis];
        }
        if (inner == 0) {
            return;
        }
        // More axes than a kernel takes are rare; those in front become launches of their own.
        for (long i = 0; i < count; i++) {
            part(gpu, kernel, pack, axes, outer, i, inner, rest, operands);
        }
    }

    private static void part(Gpu gpu, Gpu.Kernel kernel, int pack, Axes axes, int outer, long part, long inner,
            Rest rest, Tensor... operands) {
        long length = axes.rowLength();
        long rowPacks = Math.ceilDiv(length, pack);
        long packs = inner / length * rowPacks;
        Arguments arguments = Arguments.begin();
        addAxes(arguments, axes, outer, packs, rowPacks);
        for (int k = 0; k < operands.length; k++) {
            addOperand(arguments, operands[k], axes, k, outer, part, pack);
        }
        rest.add(arguments, part * inner);
        kernel.launch(blocks(gpu, packs), 1, 1, BLOCK, 1, 0, arguments);
    }

    /** Returns how many blocks of 256 threads a grid-stride loop over so many positions takes. */
    static int blocks(Gpu gpu, long positions) {
        return (int) Math.min(Math.ceilDiv(positions, BLOCK), (long) gpu.multiprocessors() * BLOCKS_PER_MULTIPROCESSOR);
    }

    private static void addAxes(Arguments arguments, Axes axes, int outer, long packs, long rowPacks) {
        int rank = axes.rank() - outer;
        arguments.add(rank).add(packs).add(axes.rowLength());
        for (int i = 0; i < AXES; i++) {
            arguments.add(i < rank - 1 ? axes.sizes[outer + i] : i == rank - 1 ? rowPacks : 0);
        }
        for (int i = 0; i < AXES; i++) {
            long size = i < rank - 1 ? axes.sizes[outer + i] : rowPacks;
            arguments.add(i < rank && packs <= Integer.MAX_VALUE ? divisor(size) : 0);
        }
    }

    /**
     * Returns what divides numbers below 2^31 by a size: a multiplier m in the lower 32 bits and a shift s above them, with
     * n / size = (n m / 2^32 + n) >> s (Granlund and Montgomery, 1994).
     */
    static long divisor(long size) {
        int shift = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
        long multiplier = ((1L << 32) * ((1L << shift) - size)) / size + 1;
        return (long) shift << 32 | multiplier;
    }

    private static void addOperand(Arguments arguments, Tensor operand, Axes axes, int k, int outer, long part,
            int pack) {
        DType type = operand.dtype();
        if (isHostScalar(operand, axes, k)) {
            long[] first = new long[operand.rank()];
            arguments.add(0).add(type.ordinal());
            if (type.isFloating()) {
                arguments.add(operand.getDouble(first));
            } else {
                arguments.add(operand.getLong(first));
            }
            arguments.add(0);
            for (int i = 0; i < AXES; i++) {
                arguments.add(0);
            }
            return;
        }
        long[] strides = axes.strides[k];
        int rank = axes.rank();
        long address = operand.address() + offset(axes, k, outer, part) * type.bytes();
        long alignment = Math.min(ALIGNMENT, (long) pack * type.bytes());
        boolean dense = strides[rank - 1] == 1 && address % alignment == 0;
        for (int axis = outer; axis < rank - 1; axis++) {
            dense &= strides[axis] * type.bytes() % alignment == 0;
        }
        arguments.add(address).add(type.ordinal()).add(0).add(dense ? 1 : 0);
        for (int i = 0; i < AXES; i++) {
            arguments.add(outer + i < rank ? strides[outer + i] : 0);
        }
    }

    private static long offset(Axes axes, int k, int outer, long part) {
        long offset = 0;
        long left = part;
        for (int axis = outer - 1; axis >= 0; axis--) {
            offset += left % axes.sizes[axis] * axes.strides[k][axis];
            left /= axes.sizes[axis];
        }
        return offset;
    }

    /** Returns whether an operand is one number that the host can read, so that no copy to the device is needed. */
    private static boolean isHostScalar(Tensor operand, Axes axes, int k) {
        return k > 0 && operand.device() == Device.CPU && axes.isConstant(k);
    }
}
