package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Gpu;

/** Kernels of one file, each of which is looked up at its first launch. */
final class KernelFamily {
    private final Gpu gpu;
    private final String file;
    private final String[] names;
    private final Gpu.Kernel[] kernels;

    /** @param names the kernels' names */
    KernelFamily(Gpu gpu, String file, String... names) {
        this.gpu = gpu;
        this.file = file;
        this.names = names;
        kernels = new Gpu.Kernel[names.length];
    }

    /** The four kernels of a name, one a kind, that a kind's ordinal picks. */
    static KernelFamily ofKinds(Gpu gpu, String file, String name) {
        Kind[] kinds = Kind.values();
        String[] names = new String[kinds.length];
        for (Kind kind : kinds) {
            names[kind.ordinal()] = name + "_" + kind.suffix();
        }
        return new KernelFamily(gpu, file, names);
    }

    Gpu.Kernel get(Kind kind) {
        return get(kind.ordinal());
    }

    /** Returns the kernel of the i-th name. Two threads may look one up at once; they find the same. */
    Gpu.Kernel get(int i) {
        Gpu.Kernel kernel = kernels[i];
        if (kernel == null) {
            kernel = gpu.kernel(file, names[i]);
            kernels[i] = kernel;
        }
        return kernel;
    }
}
