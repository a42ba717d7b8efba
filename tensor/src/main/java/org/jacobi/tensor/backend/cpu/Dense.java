package org.jacobi.tensor.backend.cpu;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.Tensor;

/** Gives kernels that need contiguous operands a contiguous copy where an operand is not, and releases the copies. */
final class Dense implements AutoCloseable {
    private List<Tensor> copies;

    /** Returns the tensor itself if it is contiguous (or null), else a copy that lives until {@link #close}. */
    Tensor of(Tensor x) {
        if (x == null || x.isContiguous()) {
            return x;
        }
        if (copies == null) {
            copies = new ArrayList<>();
        }
        Tensor copy = x.contiguous();
        copies.add(copy);
        return copy;
    }

    @Override
    public void close() {
        if (copies != null) {
            copies.forEach(Tensor::release);
        }
    }
}
