package org.jacobi.tensor.backend.cuda;

import java.util.function.Consumer;

import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * Kernels that a GPU leaves to the processor: operands are copied out, the CPU's kernel runs, and what it changed is copied in.
 * Decompositions, whose steps wait for each other, and Fourier transforms.
 */
final class OnHost {
    private final Gpu gpu;

    OnHost(Gpu gpu) {
        this.gpu = gpu;
    }

    /**
     * Runs a kernel on copies in the host's memory, which lie there as the operands do on the device.
     *
     * @param changed  how many of the operands, from the first on, are changed
     * @param operands contiguous tensors or matrices whose transposes are; null for one that was left out
     */
    void run(Consumer<Tensor[]> kernel, int changed, Tensor... operands) {
        Tensor[] stored = new Tensor[operands.length];
        Tensor[] given = new Tensor[operands.length];
        for (int i = 0; i < operands.length; i++) {
            if (operands[i] != null) {
                boolean turned = !operands[i].isContiguous();
                Tensor lying = turned ? operands[i].transpose(-2, -1) : operands[i];
                if (!lying.isContiguous()) {
                    throw new IllegalStateException("a decomposition of strides that are no matrix's: " + operands[i]);
                }
                stored[i] = Tensor.empty(Device.CPU, lying.dtype(), lying.shape());
                gpu.copyOut(stored[i].address(), lying.address(), bytes(lying));
                given[i] = turned ? stored[i].transpose(-2, -1) : stored[i];
            }
        }
        kernel.accept(given);
        for (int i = 0; i < operands.length; i++) {
            if (operands[i] != null) {
                if (i < changed) {
                    gpu.copyIn(operands[i].address(), stored[i].address(), bytes(stored[i]));
                }
                given[i].release();
                stored[i].release();
            }
        }
    }

    private static long bytes(Tensor x) {
        return x.numel() * x.dtype().bytes();
    }
}
