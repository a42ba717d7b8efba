package org.jacobi.tensor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cpu.CpuBackend;

/**
 * Where a tensor's numbers live and which kernels work on them.
 *
 * <p>Ops run on their operands' device and leave their results there; {@link Tensor#to(Device)} moves. A device is equal to
 * itself only.
 */
public final class Device {
    private static final List<Device> ALL = new CopyOnWriteArrayList<>();

    /** The processor and its main memory. */
    public static final Device CPU = new Device("cpu", new CpuBackend());

    private final String name;
    private volatile Backend backend;

    /** Makes a device of one's own, whose memory and kernels are those of a backend. */
    public Device(String name, Backend backend) {
        this.name = Checks.required("Device", "the name", name);
        this.backend = Checks.required("Device", "the backend", backend);
        ALL.add(this);
    }

    /** Returns all devices that were made so far, the CPU first. */
    public static List<Device> all() {
        return List.copyOf(ALL);
    }

    /**
     * Returns an NVIDIA GPU, always the same object for an index.
     *
     * @param index from 0 on, in the order in which CUDA counts them
     * @throws IllegalStateException if there is none; the message says why
     */
    public static Device cuda(int index) {
        return CudaDevices.get(index);
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

    /**
     * Records what the work asks this device for, without doing it, so that it can be done again at the price of one launch; see
     * {@link Capture} for what the work may do. It must have run once before as usual.
     *
     * @throws RuntimeException if the work does what cannot be recorded; nothing is recorded then
     */
    public Capture capture(Runnable work) {
        return new Capture(this, Checks.required("capture", "the work", work));
    }

    // ---- where an op runs ------------------------------------------------------------------------------------------

    /**
     * Returns the device on which an elementwise op runs: its operands', where scalars (tensors of no axes) on the CPU stand
     * beside any others, because kernels take them as numbers.
     *
     * @throws IllegalArgumentException if the operands are on different devices
     */
    public static Device common(String op, Tensor a, Tensor b) {
        Device device = a.device();
        if (device == b.device() || b.isHostScalar()) {
            return device;
        }
        if (a.isHostScalar()) {
            return b.device();
        }
        throw mixed(op, device, b.device());
    }

    /** Returns the device on which an elementwise op of three operands runs. */
    public static Device common(String op, Tensor a, Tensor b, Tensor c) {
        Device device = a.device();
        if (device == b.device() && device == c.device()) {
            return device;
        }
        Tensor first = a.isHostScalar() ? b.isHostScalar() ? c : b : a;
        common(op, first, b);
        return common(op, first, c);
    }

    /** Checks that an operand of an elementwise op in place is on the changed tensor's device, or a scalar on the CPU. */
    static void beside(String op, Tensor changed, Tensor operand) {
        if (operand.device() != changed.device() && !operand.isHostScalar()) {
            throw mixed(op, changed.device(), operand.device());
        }
    }

    /**
     * Checks that an operand of an op is on another one's device; null stands for one that was left out.
     *
     * @throws IllegalArgumentException if it is not
     */
    public static void same(String op, Tensor x, Tensor other) {
        if (other != null && other.device() != x.device()) {
            throw mixed(op, x.device(), other.device());
        }
    }

    /** Checks that all operands of an op are on one device; nulls stand for some that were left out. */
    public static void same(String op, Tensor x, Tensor... others) {
        for (Tensor other : others) {
            same(op, x, other);
        }
    }

    private static IllegalArgumentException mixed(String op, Device a, Device b) {
        return new IllegalArgumentException(
                op + ": operands are on " + a + " and " + b + "; move one with to(device)");
    }

    @Override
    public String toString() {
        return name;
    }
}
