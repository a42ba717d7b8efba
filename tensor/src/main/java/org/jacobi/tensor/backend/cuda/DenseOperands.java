package org.jacobi.tensor.backend.cuda;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.Tensor;

/** Contiguous stand-ins for operands, for kernels that take nothing else; on closing, results go where they belong. */
final class DenseOperands implements AutoCloseable {
    private final List<Tensor> copies = new ArrayList<>();
    private final List<Runnable> results = new ArrayList<>();

    /** Returns an operand that is read, or a contiguous copy of it; null for null. */
    Tensor of(Tensor x) {
        if (x == null || x.isContiguous()) {
            return x;
        }
        Tensor copy = added(x);
        x.device().backend().copy(copy, x);
        return copy;
    }

    /** Returns an operand that is written, or what is copied there at the end; null for null. */
    Tensor output(Tensor out) {
        if (out == null || out.isContiguous()) {
            return out;
        }
        Tensor copy = added(out);
        results.add(() -> out.device().backend().copy(out, copy));
        return copy;
    }

    private Tensor added(Tensor like) {
        Tensor copy = Tensor.empty(like.device(), like.dtype(), like.shape());
        copies.add(copy);
        return copy;
    }

    @Override
    public void close() {
        results.forEach(Runnable::run);
        copies.forEach(Tensor::release);
    }
}
