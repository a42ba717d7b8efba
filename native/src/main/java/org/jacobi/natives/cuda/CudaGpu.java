package org.jacobi.natives.cuda;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jacobi.natives.MemoryRelief;
import org.jacobi.natives.SlabAllocator;

/** A GPU by CUDA. */
final class CudaGpu implements Gpu {
    private static final long STAGING_BYTES = 4L << 20;
    private static final double MIB = 1 << 20;

    private final CudaDriver driver;
    private final DeviceMemory memory;
    private final Staging staging;
    private final KernelCode code;
    private final Products products;
    private final int multiprocessors;
    private final int capability;
    private final Map<String, CudaDriver.Code> modules = new ConcurrentHashMap<>();
    /** The thread whose step is being captured, or null. */
    private volatile Thread capturing;

    /**
     * Opens a device.
     *
     * @param compiler   null if there is none
     * @param noCompiler why there is none
     * @param noProducts why cuBLASLt cannot be used, or null if it can
     */
    CudaGpu(CudaDriver driver, KernelCompiler compiler, String noCompiler, String noProducts) {
        this.driver = driver;
        multiprocessors = driver.multiprocessors();
        capability = driver.capability();
        memory = new DeviceMemory(driver);
        staging = new Staging(driver, STAGING_BYTES);
        code = new KernelCode(KernelCode::packed, new CubinCache(CubinCache.userFolder()), compiler, noCompiler,
                capability);
        products = noProducts == null ? new Products(driver, memory) : null;
    }

    @Override
    public String name() {
        return driver.name();
    }

    @Override
    public int multiprocessors() {
        return multiprocessors;
    }

    String describe() {
        long[] bytes = driver.memory();
        return String.format(Locale.ROOT,
                "%s, compute capability %d.%d, %d multiprocessors, %,.0f MiB of memory, %,.0f MiB free", name(),
                capability / 10, capability % 10, multiprocessors, bytes[1] / MIB, bytes[0] / MIB);
    }

    @Override
    public long allocate(long bytes, String op) {
        return memory.allocate(bytes, op);
    }

    @Override
    public void free(long address, long bytes) {
        memory.free(address, bytes);
    }

    @Override
    public void copyIn(long device, long host, long bytes) {
        refuseInCapture("a copy from the host");
        staging.copyIn(device, host, bytes);
    }

    @Override
    public void copyOut(long host, long device, long bytes) {
        refuseInCapture("a copy to the host");
        staging.copyOut(host, device, bytes);
    }

    @Override
    public void copy(long to, long from, long bytes) {
        if (bytes > 0) {
            driver.copy(to, from, bytes);
        }
    }

    @Override
    public Kernel kernel(String file, String name) {
        return modules.computeIfAbsent(file, missing -> driver.load(code.of(missing), missing + ".cu")).function(name);
    }

    @Override
    public boolean matmul(MatmulCall call) {
        return products != null && products.multiply(call, Cuda.allowsTf32(), capturing != null);
    }

    @Override
    public void synchronize() {
        refuseInCapture("waiting");
        driver.synchronize();
    }

    @Override
    public void onShortage(MemoryRelief whom) {
        memory.blocks().onShortage(whom);
    }

    @Override
    public SlabAllocator.Statistics statistics() {
        return memory.blocks().statistics();
    }

    private void refuseInCapture(String what) {
        if (capturing != null) {
            throw new CudaException(what + " cannot be part of a captured step; do it before or after"
                    + (capturing == Thread.currentThread() ? "" : ", and not in another thread meanwhile"));
        }
    }

    @Override
    public Recording capture(Runnable work) {
        synchronized (staging) { // nobody copies meanwhile
            refuseInCapture("another capture");
            DeviceMemory.Reserve reserve = memory.beginReserve();
            boolean begun = false;
            CudaDriver.Graph graph = null;
            try {
                driver.beginCapture();
                begun = true;
                capturing = Thread.currentThread();
                work.run();
                begun = false;
                graph = driver.endCapture();
            } finally {
                capturing = null;
                memory.endReserve();
                if (graph == null) {
                    if (begun) {
                        driver.abandonCapture();
                    }
                    reserve.close();
                }
            }
            return new Replays(graph, reserve);
        }
    }

    /** A captured step and the blocks that it uses. */
    private static final class Replays implements Recording {
        private final CudaDriver.Graph graph;
        private final DeviceMemory.Reserve reserve;
        private boolean closed;

        private Replays(CudaDriver.Graph graph, DeviceMemory.Reserve reserve) {
            this.graph = graph;
            this.reserve = reserve;
        }

        @Override
        public synchronized void replay() {
            if (closed) {
                throw new IllegalStateException("this captured step was closed");
            }
            graph.launch();
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                graph.close();
                reserve.close();
            }
        }
    }
}
