package org.jacobi.tensor;

import java.util.HashMap;
import java.util.Map;

import org.jacobi.natives.cuda.Cuda;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.backend.cuda.CudaBackend;

/** Finds the machine's NVIDIA GPUs, when the first of them is asked for. */
final class CudaDevices {
    private static final Map<Integer, Device> OPENED = new HashMap<>();

    private CudaDevices() {
    }

    /** Returns the GPU of an index, always the same object. */
    static synchronized Device get(int index) {
        if (!Cuda.available()) {
            throw new IllegalStateException("cuda: there is no device cuda:" + index + ": " + Cuda.unavailableReason());
        }
        return OPENED.computeIfAbsent(index, missing -> {
            Gpu gpu = Cuda.gpu(missing);
            Device device = new Device("cuda:" + missing, new CudaBackend(gpu));
            gpu.onShortage(Reaper.relief(device));
            return device;
        });
    }
}
