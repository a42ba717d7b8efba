package org.jacobi.tensor;

import java.lang.ref.Reference;

/** Copies of tensors between devices. */
final class Transfer {
    private Transfer() {
    }

    /** Returns a contiguous copy of a tensor on another device than its own; from one to another by way of the host. */
    static Tensor copyTo(Device target, Tensor x) {
        Tensor dense = x.contiguous();
        Tensor out;
        if (target == Device.CPU || x.device() == Device.CPU) {
            out = Tensor.make("to", target, x.dtype(), x.shape());
            long bytes = x.numel() * x.dtype().bytes();
            if (target == Device.CPU) {
                x.backend().copyOut(out.address(), dense.address(), bytes);
            } else {
                target.backend().copyIn(out.address(), dense.address(), bytes);
            }
        } else {
            Tensor host = copyTo(Device.CPU, dense);
            out = copyTo(target, host);
            host.release();
        }
        if (dense != x) {
            dense.release();
        }
        Reference.reachabilityFence(x);
        return out;
    }
}
