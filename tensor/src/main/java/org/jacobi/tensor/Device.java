package org.jacobi.tensor;

import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cpu.CpuBackend;

/** Where a tensor's numbers live and which kernels work on them. */
public final class Device {
    /** The processor and its main memory. */
    public static final Device CPU = new Device("cpu", new CpuBackend());

    private final String name;
    private volatile Backend backend;

    private Device(String name, Backend backend) {
        this.name = name;
        this.backend = backend;
    }

    /** Returns the kernels that run this device's tensors. */
    public Backend backend() {
        return backend;
    }

    /**
     * Replaces this device's kernels, for all threads; tests compare backends with it.
     *
     * @return the backend used so far, to be set again afterwards
     */
    public Backend use(Backend replacement) {
        Backend before = backend;
        backend = replacement;
        return before;
    }

    @Override
    public String toString() {
        return name;
    }
}
