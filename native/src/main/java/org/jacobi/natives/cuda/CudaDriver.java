package org.jacobi.natives.cuda;

import static org.bytedeco.cuda.global.cudart.*;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jacobi.natives.NativeMemory;

/**
 * The driver's functions for one device and its one stream, with errors as exceptions (CUDA Driver API, NVIDIA).
 *
 * <p>Each call makes the device's context the thread's first: threads of the host change, virtual ones under way.
 */
final class CudaDriver implements Driver {
    /** How many of the last launched kernels an error names. */
    private static final int REMEMBERED = 8;
    /** Dynamic shared memory that a block gets without asking for more. */
    private static final int PLAIN_SHARED_BYTES = 48 << 10;
    /** Of which the binding makes the array of the addresses of a kernel's parameters. */
    private static final ThreadLocal<At> PARAMETER = ThreadLocal.withInitial(() -> new At(0));

    /** A pointer to an address that JavaCPP does not own, and so does not enter into its registry. */
    static final class At extends Pointer {
        At(long address) {
            super((Pointer) null);
            this.address = address;
        }

        At to(long where) {
            address = where;
            return this;
        }
    }

    private final String name;
    private final int device;
    private final CUctx_st context = new CUctx_st();
    private final CUstream_st stream = new CUstream_st();
    private final boolean waitsAfterLaunch;
    /** Whether launches are recorded, so that there is nothing to wait for. */
    private volatile boolean recording;
    private final String[] launched = new String[REMEMBERED];
    private int launches;

    /** Opens a device: its primary context, which other users of CUDA in this process share, and a stream of its own. */
    CudaDriver(int index, boolean waitsAfterLaunch) {
        this.waitsAfterLaunch = waitsAfterLaunch;
        int[] handle = new int[1];
        check(cuDeviceGet(handle, index), "cuDeviceGet");
        device = handle[0];
        byte[] text = new byte[256];
        check(cuDeviceGetName(text, text.length, device), "cuDeviceGetName");
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        name = new String(text, 0, end, StandardCharsets.UTF_8);
        check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
        use();
        check(cuStreamCreate(stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    }

    /** Starts the driver, and returns how many devices it sees. */
    static int start() {
        check(cuInit(0), "cuInit");
        int[] count = new int[1];
        check(cuDeviceGetCount(count), "cuDeviceGetCount");
        return count[0];
    }

    /** Returns the version of the runtime library, such as "13.0". */
    static String runtimeVersion() {
        int[] version = new int[1];
        int result = cudaRuntimeGetVersion(version);
        return result == 0 ? version[0] / 1000 + "." + version[0] % 1000 / 10 : "of unknown version";
    }

    @Override
    public String name() {
        return name;
    }

    /** Returns one of the device's attributes, by CUDA's number for it. */
    int attribute(int which) {
        int[] value = new int[1];
        check(cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
        return value[0];
    }

    int multiprocessors() {
        return attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    }

    /** Returns the compute capability as kernels' architectures write it, such as 90. */
    int capability() {
        return 10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    /** Returns the device's memory in bytes: what is free, and all. */
    long[] memory() {
        use();
        try (SizeTPointer free = new SizeTPointer(1); SizeTPointer all = new SizeTPointer(1)) {
            check(cuMemGetInfo(free, all), "cuMemGetInfo");
            return new long[] {free.get(), all.get()};
        }
    }

    CUstream_st stream() {
        return stream;
    }

    void use() {
        int result = cuCtxSetCurrent(context);
        if (result != 0) {
            throw failure(result, "cuCtxSetCurrent");
        }
    }

    @Override
    public long allocate(long bytes) {
        use();
        long[] address = new long[1];
        int result = cuMemAlloc(address, bytes);
        if (result == CUDA_ERROR_OUT_OF_MEMORY) {
            return 0;
        }
        checkQueued(result, "cuMemAlloc");
        return address[0];
    }

    @Override
    public void release(long address) {
        use();
        checkQueued(cuMemFree(address), "cuMemFree");
    }

    @Override
    public long allocatePinned(long bytes) {
        use();
        Pointer memory = new At(0);
        checkQueued(cuMemHostAlloc(memory, bytes, 0), "cuMemHostAlloc");
        return memory.address();
    }

    @Override
    public void copyIn(long to, long pinned, long bytes) {
        use();
        checkQueued(cuMemcpyHtoDAsync(to, new At(pinned), bytes, stream), "cuMemcpyHtoDAsync");
    }

    @Override
    public void copyOut(long pinned, long from, long bytes) {
        use();
        checkQueued(cuMemcpyDtoHAsync(new At(pinned), from, bytes, stream), "cuMemcpyDtoHAsync");
    }

    void copy(long to, long from, long bytes) {
        use();
        checkQueued(cuMemcpyDtoDAsync(to, from, bytes, stream), "cuMemcpyDtoDAsync");
    }

    @Override
    public void synchronize() {
        use();
        checkQueued(cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    @Override
    public Event newMark() {
        return new Event();
    }

    /** CUDA's event. */
    final class Event implements Mark {
        private final CUevent_st event = new CUevent_st();

        private Event() {
            use();
            check(cuEventCreate(event, CU_EVENT_DEFAULT), "cuEventCreate");
        }

        @Override
        public void set() {
            use();
            checkQueued(cuEventRecord(event, stream), "cuEventRecord");
        }

        @Override
        public void await() {
            use();
            checkQueued(cuEventSynchronize(event), "cuEventSynchronize");
        }

        /** Returns the milliseconds from an earlier event to this one, both of which have passed. */
        float millisecondsSince(Event earlier) {
            float[] milliseconds = new float[1];
            checkQueued(cuEventElapsedTime(milliseconds, earlier.event, event), "cuEventElapsedTime");
            return milliseconds[0];
        }
    }

    /** Loads machine code. */
    Code load(byte[] cubin, String what) {
        use();
        CUmod_st module = new CUmod_st();
        try (BytePointer image = new BytePointer(cubin)) {
            checkQueued(cuModuleLoadData(module, image), "loading the machine code of " + what);
        }
        return new Code(module, what);
    }

    /** Machine code that is loaded; it stays so until the process ends. */
    final class Code {
        private final CUmod_st module;
        private final String what;

        private Code(CUmod_st module, String what) {
            this.module = module;
            this.what = what;
        }

        /** Returns one of its kernels. */
        Function function(String kernel) {
            use();
            CUfunc_st function = new CUfunc_st();
            int result = cuModuleGetFunction(function, module, kernel);
            if (result == CUDA_ERROR_NOT_FOUND) {
                throw new CudaException(what + " has no kernel " + kernel);
            }
            checkQueued(result, "cuModuleGetFunction(" + kernel + ")");
            return new Function(function, kernel);
        }
    }

    /** A kernel that is loaded. */
    final class Function implements Gpu.Kernel {
        private final CUfunc_st function;
        private final String kernel;
        private int sharedBytesAllowed = PLAIN_SHARED_BYTES;

        private Function(CUfunc_st function, String kernel) {
            this.function = function;
            this.kernel = kernel;
        }

        @Override
        public void launch(int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes,
                Arguments arguments) {
            if (gridX == 0 || gridY == 0 || gridZ == 0) {
                return;
            }
            use();
            if (sharedBytes > sharedBytesAllowed) {
                allow(sharedBytes);
            }
            launched[launches++ & REMEMBERED - 1] = kernel;
            int result = cuLaunchKernel(function, gridX, gridY, gridZ, blockX, blockY, 1, sharedBytes, stream,
                    PARAMETER.get().to(arguments.address()), (Pointer) null);
            if (result != 0) {
                throw failure(result, "launching " + kernel + " with a grid of " + gridX + " x " + gridY + " x " + gridZ
                        + " blocks of " + blockX + " x " + blockY + " threads and " + sharedBytes
                        + " bytes of shared memory");
            }
            if (waitsAfterLaunch && !recording) {
                result = cuStreamSynchronize(stream);
                if (result != 0) {
                    throw failure(result, "kernel " + kernel);
                }
            }
        }

        private synchronized void allow(int sharedBytes) {
            int result = cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedBytes);
            if (result != 0) {
                throw failure(result, "kernel " + kernel + " asks for " + sharedBytes
                        + " bytes of shared memory a block");
            }
            sharedBytesAllowed = Math.max(sharedBytesAllowed, sharedBytes);
        }
    }

    /** From now on work is recorded, not done; memory may still be taken. */
    void beginCapture() {
        use();
        checkQueued(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
        recording = true;
    }

    /** Ends the recording, and returns what was recorded, ready to be launched. */
    Graph endCapture() {
        recording = false;
        use();
        CUgraph_st graph = new CUgraph_st();
        checkQueued(cuStreamEndCapture(stream, graph), "cuStreamEndCapture");
        CUgraphExec_st executable = new CUgraphExec_st();
        try {
            checkQueued(cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
        } finally {
            check(cuGraphDestroy(graph), "cuGraphDestroy");
        }
        return new Graph(executable);
    }

    /** Ends the recording and drops it, after a failure that matters more than what may go wrong here. */
    void abandonCapture() {
        recording = false;
        CUgraph_st graph = new CUgraph_st();
        if (cuStreamEndCapture(stream, graph) == 0 && !graph.isNull()) {
            check(cuGraphDestroy(graph), "cuGraphDestroy");
        }
    }

    /** Recorded work. */
    final class Graph {
        private final CUgraphExec_st executable;

        private Graph(CUgraphExec_st executable) {
            this.executable = executable;
        }

        void launch() {
            use();
            launched[launches++ & REMEMBERED - 1] = "a captured step";
            checkQueued(cuGraphLaunch(executable, stream), "cuGraphLaunch");
            if (waitsAfterLaunch) {
                synchronize();
            }
        }

        void close() {
            use();
            checkQueued(cuGraphExecDestroy(executable), "cuGraphExecDestroy");
        }
    }

    /** Throws if a call that only looks at its own arguments failed. */
    private static void check(int result, String call) {
        if (result != 0) {
            throw new CudaException(call + " failed: " + text(result));
        }
    }

    /** Throws if a call failed; the fault may lie with work that was queued before. */
    private void checkQueued(int result, String call) {
        if (result != 0) {
            throw failure(result, call);
        }
    }

    private CudaException failure(int result, String call) {
        return new CudaException(
                call + " on " + name + " failed: " + text(result) + (ofQueuedWork(result) ? suspects() : ""));
    }

    /** Whether an error is that of a kernel under way, told by whichever call comes next. */
    private static boolean ofQueuedWork(int result) {
        return switch (result) {
            case CUDA_ERROR_ECC_UNCORRECTABLE, CUDA_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUDA_ERROR_ASSERT, CUDA_ERROR_HARDWARE_STACK_ERROR, CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUDA_ERROR_MISALIGNED_ADDRESS, CUDA_ERROR_INVALID_ADDRESS_SPACE, CUDA_ERROR_INVALID_PC,
                    CUDA_ERROR_LAUNCH_FAILED ->
                    true;
            default -> false;
        };
    }

    private String suspects() {
        StringBuilder last = new StringBuilder();
        for (int i = launches - 1; i >= 0 && i >= launches - REMEMBERED; i--) {
            last.append(last.isEmpty() ? "" : ", ")
                    .append(Objects.toString(launched[i & REMEMBERED - 1], "?"));
        }
        return "; it is a fault of queued work" + (waitsAfterLaunch || last.isEmpty()
                ? ""
                : ", the latest of which was " + last + "; -D" + Cuda.SYNC_PROPERTY
                        + "=true waits after each kernel and names the one");
    }

    private static String text(int result) {
        BytePointer word = new BytePointer((Pointer) null);
        String named = cuGetErrorName(result, word) == 0 ? NativeMemory.ALL.getString(word.address()) : "error";
        String said = cuGetErrorString(result, word) == 0 ? NativeMemory.ALL.getString(word.address()) : "unknown";
        return said + " (" + named + ", " + result + ")";
    }
}
