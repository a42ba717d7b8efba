package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.jacobi.tensor.backend.reference.ReferenceBackend;

/**
 * The kernels of an NVIDIA GPU: the .cu files of module native, launched by one class a family.
 *
 * <p>Sums are f32 (f64 for f64) in an order that depends on shapes alone, without atomic additions, so that equal operands give
 * equal bits.
 */
public final class CudaBackend extends ReferenceBackend {
    private final Gpu gpu;
    private final CopyLaunches copies;
    private final ElementwiseLaunches elementwise;

    /** Makes the kernels' launches of a GPU. */
    public CudaBackend(Gpu gpu) {
        this.gpu = gpu;
        copies = new CopyLaunches(gpu);
        elementwise = new ElementwiseLaunches(gpu);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public long allocate(long bytes, String op) {
        return gpu.allocate(bytes, op);
    }

    @Override
    public void free(long address, long bytes) {
        gpu.free(address, bytes);
    }

    @Override
    public void fill(Tensor out, double value) {
        copies.arange(out, value, 0);
    }

    @Override
    public void copy(Tensor out, Tensor x) {
        copies.copy(out, x);
    }

    @Override
    public void arange(Tensor out, double start, double step) {
        copies.arange(out, start, step);
    }

    @Override
    public void unary(UnaryOp op, Tensor out, Tensor x) {
        elementwise.unary(op, out, x);
    }

    @Override
    public void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        elementwise.binary(op, out, a, b);
    }

    @Override
    public void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        elementwise.ternary(op, out, a, b, c);
    }

    @Override
    public void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        elementwise.where(out, condition, a, b);
    }
}
