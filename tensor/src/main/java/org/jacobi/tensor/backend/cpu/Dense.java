package org.jacobi.tensor.backend.cpu;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Gives kernels that need contiguous f32 operands a copy where an operand is not contiguous or has 16-bit numbers, and releases
 * the copies.
 */
final class Dense implements AutoCloseable {
    private List<Tensor> copies;

    /** Returns the tensor itself, or 16-bit numbers as an f32 copy that lives until {@link #close}. */
    Tensor wide(Tensor x) {
        return x.dtype().isHalf() ? released(x.to(DType.F32)) : x;
    }

    /** Returns the output itself, or for 16-bit numbers an f32 tensor to compute in that lives until {@link #close}. */
    Tensor wideOutput(Tensor out) {
        return out.dtype().isHalf() ? released(Tensor.empty(out.device(), DType.F32, out.shape())) : out;
    }

    /** Returns the tensor itself if it is contiguous (or null), else a copy that lives until {@link #close}. */
    Tensor of(Tensor x) {
        if (x == null || x.isContiguous()) {
            return x;
        }
        return released(x.contiguous());
    }

    private Tensor released(Tensor copy) {
        if (copies == null) {
            copies = new ArrayList<>();
        }
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
