package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * How rows along the last axis reach the kernels of rows.cuh: contiguous tensors of one floating-point type, and beside them
 * vectors of that type or, for half-precision rows, of f32.
 *
 * @param count  how many rows there are
 * @param length how many elements a row has
 * @param packed whether rows are read in packs of 16 bytes
 */
record Rows(long count, long length, boolean packed) {

    private static final int WARP = 32;
    /** From here on a whole block has a row. */
    private static final long LONG_ROW = 1024;
    private static final int PACK_BYTES = 16;

    /** Returns the kernels of a name in f16, bf16, f32 and f64. */
    static KernelFamily kernels(Gpu gpu, String file, String name) {
        return new KernelFamily(gpu, file, name + "_f16", name + "_bf16", name + "_f32", name + "_f64");
    }

    /** Returns which of those kernels is for a type. */
    static int way(DType type) {
        return type.ordinal() - DType.F16.ordinal();
    }

    /** Returns whether tensors on a GPU, or null, all have one floating-point type. */
    static boolean alike(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (tensor != null && (tensor.dtype() != tensors[0].dtype() || tensor.device() == Device.CPU)) {
                return false;
            }
        }
        return tensors[0].dtype().isFloating();
    }

    /** Returns whether vectors on a GPU, or null, may stand beside rows of a type. */
    static boolean beside(DType rows, Tensor... vectors) {
        for (Tensor vector : vectors) {
            if (vector != null && (vector.dtype() != rows && vector.dtype() != computed(rows)
                    || vector.device() == Device.CPU)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the type that sums are made in. */
    static DType computed(DType type) {
        return type == DType.F64 ? DType.F64 : DType.F32;
    }

    /** Returns the rows of contiguous tensors of one type and shape along their last axis. */
    static Rows of(Tensor... tensors) {
        long length = tensors[0].rank() == 0 ? 1 : tensors[0].size(-1);
        boolean packed = length * tensors[0].dtype().bytes() % PACK_BYTES == 0;
        for (Tensor tensor : tensors) {
            packed &= tensor.address() % PACK_BYTES == 0;
        }
        return new Rows(length == 0 ? 0 : tensors[0].numel() / length, length, packed);
    }

    /** Adds how many rows there are, how long they are, and whether they are packed. */
    void add(Arguments arguments) {
        arguments.add(count).add(length).add(packed ? 1 : 0);
    }

    /** Adds a vector, or null, beside rows of a type. */
    static void add(Arguments arguments, Tensor vector, DType rows) {
        arguments.add(vector == null ? 0 : vector.address()).add(vector != null && vector.dtype() != rows ? 1 : 0);
    }

    /** Launches a kernel that gives a short row to a warp and a long one to a block. */
    void launch(Gpu gpu, Gpu.Kernel kernel, Arguments arguments) {
        int width = length >= LONG_ROW ? Operands.BLOCK : WARP;
        int height = Operands.BLOCK / width;
        kernel.launch(Operands.atMost(gpu, Math.ceilDiv(count, height)), 1, 1, width, height, 0, arguments);
    }
}
