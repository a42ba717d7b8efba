package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cpu.Axes;

/**
 * How operands reach the kernels of elementwise.cuh: as merged axes in packs of neighbours, and for each operand where it begins
 * and its strides, or the number itself if it is a scalar in the host's memory.
 */
final class Operands {
    /** Threads of a block, unless a kernel says otherwise. */
    static final int BLOCK = 256;
    /** How many axes a kernel takes; AXES in elementwise.cuh. */
    private static final int AXES = 8;
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

    // ---- launches over all elements --------------------------------------------------------------------------------

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
        long launches = product(axes, 0, outer);
        long elements = product(axes, outer, axes.rank());
        if (elements == 0) {
            return;
        }
        // More axes than a kernel takes are rare; those in front become launches of their own.
        for (long i = 0; i < launches; i++) {
            Arguments arguments = Arguments.begin();
            long packs = addAxes(arguments, axes, outer, pack);
            for (int k = 0; k < operands.length; k++) {
                addOperand(arguments, operands[k], axes, k, outer, i, pack);
            }
            rest.add(arguments, i * elements);
            kernel.launch(blocks(gpu, packs), 1, 1, BLOCK, 1, 0, arguments);
        }
    }

    /** Returns how many blocks of 256 threads a grid-stride loop over so many positions takes. */
    static int blocks(Gpu gpu, long positions) {
        return atMost(gpu, Math.ceilDiv(positions, BLOCK));
    }

    /** Returns so many blocks, or as many as the device runs at once. */
    static int atMost(Gpu gpu, long blocks) {
        return (int) Math.min(blocks, (long) gpu.multiprocessors() * BLOCKS_PER_MULTIPROCESSOR);
    }

    private static long product(Axes axes, int from, int to) {
        long product = 1;
        for (int axis = from; axis < to; axis++) {
            product *= axes.sizes[axis];
        }
        return product;
    }

    // ---- pieces of arguments ---------------------------------------------------------------------------------------

    /**
     * Adds axes for a kernel that cannot be launched in parts.
     *
     * @return how many packs there are
     * @throws IllegalArgumentException if there are too many
     */
    static long addAxes(String op, Arguments arguments, Axes axes, int pack) {
        if (axes.rank() > AXES) {
            throw new IllegalArgumentException(op + ": the operands' axes make " + axes.rank()
                    + " that are not neighbours in memory, and a GPU's kernel takes " + AXES
                    + "; make the operands contiguous() first");
        }
        return addAxes(arguments, axes, 0, pack);
    }

    private static long addAxes(Arguments arguments, Axes axes, int outer, int pack) {
        int rank = axes.rank() - outer;
        long length = axes.rowLength();
        long rowPacks = Math.ceilDiv(length, pack);
        long packs = product(axes, outer, axes.rank() - 1) * rowPacks;
        arguments.add(rank).add(packs).add(length);
        for (int i = 0; i < AXES; i++) {
            arguments.add(i < rank - 1 ? axes.sizes[outer + i] : i == rank - 1 ? rowPacks : 0);
        }
        for (int i = 0; i < AXES; i++) {
            long size = i < rank - 1 ? axes.sizes[outer + i] : rowPacks;
            arguments.add(i < rank && packs > 0 && packs <= Integer.MAX_VALUE ? divisor(size) : 0);
        }
        return packs;
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

    /** Adds the k-th operand of the axes. */
    static void addOperand(Arguments arguments, Tensor operand, Axes axes, int k, int pack) {
        addOperand(arguments, operand, axes, k, 0, 0, pack);
    }

    private static void addOperand(Arguments arguments, Tensor operand, Axes axes, int k, int outer, long part,
            int pack) {
        DType type = operand.dtype();
        if (operand.device() == Device.CPU && axes.isConstant(k)) {
            long[] first = new long[operand.rank()];
            arguments.add(0).add(type.ordinal()).add(operand.getDouble(first)).add(operand.getLong(first)).add(0);
            addStrides(arguments, new long[0], 0);
            return;
        }
        long address = operand.address() + offset(axes, k, outer, part) * type.bytes();
        addOperand(arguments, address, type, axes.strides[k], outer,
                isDense(address, type, axes.strides[k], outer, pack));
    }

    /**
     * Adds an operand by its address.
     *
     * @param dense whether packs may be read at once
     */
    static void addOperand(Arguments arguments, long address, DType type, long[] strides, boolean dense) {
        addOperand(arguments, address, type, strides, 0, dense);
    }

    private static void addOperand(Arguments arguments, long address, DType type, long[] strides, int outer,
            boolean dense) {
        arguments.add(address).add(type.ordinal()).add(0).add(0).add(dense ? 1 : 0);
        addStrides(arguments, strides, outer);
    }

    private static void addStrides(Arguments arguments, long[] strides, int outer) {
        for (int i = 0; i < AXES; i++) {
            arguments.add(outer + i < strides.length ? strides[outer + i] : 0);
        }
    }

    /** Returns whether packs along the last axis are side by side and aligned. */
    static boolean isDense(long address, DType type, long[] strides, int pack) {
        return isDense(address, type, strides, 0, pack);
    }

    private static boolean isDense(long address, DType type, long[] strides, int outer, int pack) {
        int last = strides.length - 1;
        boolean dense = strides[last] == 1 && isAligned(address, type, pack);
        for (int axis = outer; axis < last; axis++) {
            dense &= isAligned(strides[axis] * type.bytes(), type, pack);
        }
        return dense;
    }

    /** Returns whether a pack may begin at an address, or so many bytes after one where it may. */
    static boolean isAligned(long bytes, DType type, int pack) {
        return bytes % Math.min(ALIGNMENT, (long) pack * type.bytes()) == 0;
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

    /** Returns an operand's strides, with those of one axis replaced by 0: it stands still there. */
    static long[] stridesBut(int axis, Tensor operand) {
        long[] strides = new long[operand.rank()];
        for (int i = 0; i < strides.length; i++) {
            strides[i] = i == axis ? 0 : operand.stride(i);
        }
        return strides;
    }

    static long[] strides(Tensor operand) {
        return stridesBut(-1, operand);
    }
}
