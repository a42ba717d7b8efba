package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.jacobi.natives.OutOfNativeMemoryError;

/**
 * Runs the whole of {@link CudaGpu}, JavaCPP's binding included, over libraries that stand in for the driver and for
 * cuBLASLt: whether the right functions get the right arguments. {@link CudaGpuTest} starts it.
 */
final class FakeGpuProgram {
    private static final Arena ARENA = Arena.ofShared();

    private final Gpu gpu = Cuda.gpu(0);

    private FakeGpuProgram() {
    }

    public static void main(String[] args) {
        assertTrue(Cuda.available(), Cuda.unavailableReason());
        Cuda.describe().forEach(System.out::println);
        var program = new FakeGpuProgram();
        program.device();
        program.copies();
        program.kernels();
        for (MatmulCall.Type type : new MatmulCall.Type[] {MatmulCall.Type.F32, MatmulCall.Type.F64,
            MatmulCall.Type.BF16}) {
            program.products(type);
        }
        program.unsupportedProduct();
        program.captures();
        program.shortage();
        program.compiler();
        program.faults(Boolean.getBoolean(Cuda.SYNC_PROPERTY));
        System.out.println("passed");
    }

    private void device() {
        assertEquals(1, Cuda.count());
        assertEquals("Fake GPU", gpu.name());
        assertEquals(4, gpu.multiprocessors());
        assertEquals("device 1: this machine has 1 GPU, with the index 0",
                assertThrows(IllegalArgumentException.class, () -> Cuda.gpu(1)).getMessage());
    }

    /** A block of the device that holds numbers. */
    private long put(float... numbers) {
        MemorySegment host = ARENA.allocateFrom(ValueLayout.JAVA_FLOAT, numbers);
        long block = gpu.allocate(host.byteSize(), "test");
        gpu.copyIn(block, host.address(), host.byteSize());
        return block;
    }

    private float[] get(long block, int length) {
        MemorySegment host = ARENA.allocate(ValueLayout.JAVA_FLOAT, length);
        gpu.copyOut(host.address(), block, host.byteSize());
        return host.toArray(ValueLayout.JAVA_FLOAT);
    }

    private void copies() {
        long block = put(1, 2, 3);
        long other = gpu.allocate(12, "test");
        gpu.copy(other, block, 12);
        gpu.copy(other, block, 0);
        assertArrayEquals(new float[] {1, 2, 3}, get(other, 3));
        byte[] much = new byte[9 << 20];
        new Random(1).nextBytes(much);
        MemorySegment host = ARENA.allocateFrom(ValueLayout.JAVA_BYTE, much);
        long large = gpu.allocate(much.length, "test");
        gpu.copyIn(large, host.address(), much.length);
        host.fill((byte) 0);
        gpu.copyOut(host.address(), large, much.length);
        assertArrayEquals(much, host.toArray(ValueLayout.JAVA_BYTE));
        gpu.free(large, much.length);
        gpu.synchronize();
    }

    private void axpy(Gpu.Kernel axpy, long y, double a, long x, long n) {
        axpy.launch(1, 1, 1, 128, 1, 0, Arguments.begin().add(y).add(x).add(n).add(a));
    }

    private void kernels() {
        Gpu.Kernel axpy = gpu.kernel("fake", "axpy_f32");
        long x = put(1, 2, 3);
        long y = put(10, 20, 30);
        axpy(axpy, y, 2, x, 3);
        axpy.launch(0, 1, 1, 128, 1, 0, Arguments.begin()); // an empty grid is no work
        assertArrayEquals(new float[] {12, 24, 36}, get(y, 3));
        Gpu.Kernel big = gpu.kernel("fake", "big_shared");
        big.launch(1, 1, 1, 32, 4, 100 << 10, Arguments.begin());
        String message = assertThrows(CudaException.class,
                () -> big.launch(1, 1, 1, 32, 1, 300 << 10, Arguments.begin())).getMessage();
        assertTrue(message.startsWith("kernel big_shared asks for 307200 bytes of shared memory a block"), message);
        message = assertThrows(CudaException.class,
                () -> axpy.launch(1, 1, 1, 2048, 1, 0, Arguments.begin())).getMessage();
        assertTrue(message.startsWith("launching axpy_f32 with a grid of 1 x 1 x 1 blocks of 2048 x 1 threads"),
                message);
        assertEquals("fake.cu has no kernel missing",
                assertThrows(CudaException.class, () -> gpu.kernel("fake", "missing")).getMessage());
        Thread other = Thread.ofVirtual().start(() -> axpy(axpy, y, 1, x, 3)); // its carrier has no context yet
        try {
            other.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertArrayEquals(new float[] {13, 26, 39}, get(y, 3));
    }

    /** Products over all layouts, with strides and batches, beside their definition. */
    private void products(MatmulCall.Type type) {
        int m = 3;
        int n = 4;
        int k = 5;
        for (int layout = 0; layout < 4; layout++) {
            boolean ta = (layout & 1) != 0;
            boolean tb = (layout & 2) != 0;
            for (MatmulCall.Epilogue epilogue : MatmulCall.Epilogue.values()) {
                for (double beta : new double[] {0, 0.5}) {
                    product(type, m, n, k, ta, tb, epilogue, beta, 2);
                }
            }
        }
        product(type, 300, 260, 257, false, true, MatmulCall.Epilogue.NONE, 0.5, 1); // large enough to be timed
        assertTrue(gpu.matmul(new MatmulCall(type, 0, 4, 5, false, false, 1, 0, 5, 0, 0, 4, 0, 0, 0, 4, 0, 1,
                MatmulCall.Epilogue.NONE, 0, 0)), "nothing to do is done");
        assertFalse(gpu.matmul(new MatmulCall(type, 3, 4, 0, false, false, 1, 0, 5, 0, 0, 4, 0, 0, 0, 4, 0, 1,
                MatmulCall.Epilogue.NONE, 0, 0)), "an empty sum is a kernel's");
    }

    private void product(MatmulCall.Type type, int m, int n, int k, boolean ta, boolean tb,
            MatmulCall.Epilogue epilogue, double beta, int batch) {
        int lda = (ta ? m : k) + 1;
        int ldb = (tb ? k : n) + 2;
        int ldo = n + 3;
        Numbers a = new Numbers(type, batch * (ta ? k : m) * lda, 1);
        Numbers b = new Numbers(type, (tb ? n : k) * ldb, 2); // shared by the batch
        Numbers out = new Numbers(type, batch * m * ldo, 3);
        Numbers bias = new Numbers(type, Math.max(m, n), 4);
        Numbers auxiliary = new Numbers(type, batch * m * n, 5);
        double[] expected = out.read();
        double[] expectedBias = bias.read();
        double[] expectedAuxiliary = auxiliary.read();
        int strideA = (ta ? k : m) * lda;
        for (int g = 0; g < batch; g++) {
            double[] columnSums = new double[n];
            for (int i = 0; i < m; i++) {
                double rowSum = 0;
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    rowSum = 0;
                    for (int l = 0; l < k; l++) {
                        double left = a.values[g * strideA + (ta ? l * lda + i : i * lda + l)];
                        sum += left * b.values[tb ? j * ldb + l : l * ldb + j];
                        rowSum += left;
                    }
                    int at = (g * m + i) * ldo + j;
                    sum = 1.5 * sum + beta * expected[at];
                    switch (epilogue) {
                        case BIAS -> sum += bias.values[j];
                        case BIAS_GELU -> {
                            sum += bias.values[j];
                            expectedAuxiliary[(g * m + i) * n + j] = sum;
                            sum = gelu(sum);
                        }
                        case DGELU, DGELU_BIAS_GRADIENT ->
                                sum *= (gelu(auxiliary.values[(g * m + i) * n + j] + 1e-6)
                                        - gelu(auxiliary.values[(g * m + i) * n + j] - 1e-6)) / 2e-6;
                        default -> {
                        }
                    }
                    expected[at] = sum;
                    columnSums[j] += sum;
                }
                if (epilogue == MatmulCall.Epilogue.BIAS_GRADIENT) {
                    expectedBias[i] = rowSum;
                }
            }
            if (epilogue == MatmulCall.Epilogue.DGELU_BIAS_GRADIENT) {
                System.arraycopy(columnSums, 0, expectedBias, 0, n);
            }
        }
        boolean needsBias = epilogue != MatmulCall.Epilogue.NONE && epilogue != MatmulCall.Epilogue.DGELU;
        assertTrue(gpu.matmul(new MatmulCall(type, m, n, k, ta, tb, 1.5, a.block, lda, strideA, b.block, ldb, 0, beta,
                out.block, ldo, (long) m * ldo, batch, epilogue, needsBias ? bias.block : 0, auxiliary.block)));
        String what = type + " " + ta + " " + tb + " " + epilogue + " " + beta;
        double tolerance = type == MatmulCall.Type.F64 ? 1e-9 : type == MatmulCall.Type.F32 ? 1e-4 : 0.2;
        assertArrayEquals(expected, out.read(), tolerance * Math.sqrt(k), what);
        assertArrayEquals(expectedBias, bias.read(), tolerance * Math.sqrt(k), what + ": bias");
        assertArrayEquals(expectedAuxiliary, auxiliary.read(), tolerance * Math.sqrt(k), what + ": auxiliary");
        a.free();
        b.free();
        out.free();
        bias.free();
        auxiliary.free();
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /** Numbers of a type on the device, and what they are as doubles. */
    private final class Numbers {
        private final MatmulCall.Type type;
        private final double[] values;
        private final MemorySegment host;
        private final long block;

        Numbers(MatmulCall.Type type, int length, int seed) {
            this.type = type;
            values = new Random(seed).doubles(length, -1, 1).toArray();
            host = ARENA.allocate(8L * length);
            for (int i = 0; i < length; i++) {
                switch (type) {
                    case F64 -> host.setAtIndex(ValueLayout.JAVA_DOUBLE, i, values[i]);
                    case F32 -> host.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
                    default -> host.setAtIndex(ValueLayout.JAVA_SHORT, i,
                            (short) (Float.floatToIntBits((float) values[i]) >>> 16));
                }
                values[i] = at(i);
            }
            block = gpu.allocate(host.byteSize(), "test");
            gpu.copyIn(block, host.address(), host.byteSize());
        }

        private double at(int i) {
            return switch (type) {
                case F64 -> host.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
                case F32 -> host.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                default -> Float.intBitsToFloat(host.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
            };
        }

        double[] read() {
            gpu.copyOut(host.address(), block, host.byteSize());
            double[] read = new double[values.length];
            for (int i = 0; i < read.length; i++) {
                read[i] = at(i);
            }
            return read;
        }

        void free() {
            gpu.free(block, host.byteSize());
        }
    }

    private void unsupportedProduct() {
        assertFalse(
                gpu.matmul(new MatmulCall(MatmulCall.Type.F16, 3, 4, 5, false, false, 1, 256, 5, 0, 512, 4, 0, 0, 768,
                        4, 0, 1, MatmulCall.Epilogue.NONE, 0, 0)),
                "no algorithm is offered, so a kernel has to do it");
    }

    private void captures() {
        Gpu.Kernel axpy = gpu.kernel("fake", "axpy_f32");
        long x = put(1, 2, 3);
        long y = put(0, 0, 0);
        long[] inner = new long[1];
        Gpu.Recording step = gpu.capture(() -> {
            inner[0] = gpu.allocate(12, "inner");
            gpu.copy(inner[0], x, 12);
            axpy(axpy, y, 1, inner[0], 3);
            gpu.free(inner[0], 12);
        });
        assertArrayEquals(new float[] {0, 0, 0}, get(y, 3), "recording does nothing");
        long next = put(7, 7, 7);
        assertTrue(next != inner[0]);
        step.replay();
        gpu.copyIn(x, ARENA.allocateFrom(ValueLayout.JAVA_FLOAT, 10, 20, 30).address(), 12);
        step.replay();
        assertArrayEquals(new float[] {11, 22, 33}, get(y, 3));
        assertArrayEquals(new float[] {7, 7, 7}, get(next, 3));
        step.close();
        step.close();
        assertThrows(IllegalStateException.class, step::replay);
        long live = gpu.statistics().liveBlocks();
        for (Runnable wrong : new Runnable[] {() -> get(y, 3), () -> put(1), gpu::synchronize,
            () -> gpu.capture(() -> {
            })}) {
            String message = assertThrows(CudaException.class, () -> gpu.capture(wrong)).getMessage();
            assertTrue(message.contains("cannot be part of a captured step"), message);
        }
        assertEquals(live + 1, gpu.statistics().liveBlocks(), "only the block of put's is left");
        axpy(axpy, y, 1, x, 3);
        assertArrayEquals(new float[] {21, 42, 63}, get(y, 3), "afterwards work is done again");
    }

    private void shortage() {
        long half = gpu.allocate(600L << 20, "first");
        OutOfNativeMemoryError error = assertThrows(OutOfNativeMemoryError.class,
                () -> gpu.allocate(700L << 20, "second"));
        assertTrue(error.getMessage().startsWith("second: no memory of Fake GPU for a block of 700.0 MiB"),
                error.getMessage());
        gpu.free(half, 600L << 20);
        gpu.free(gpu.allocate(700L << 20, "third"), 700L << 20);
    }

    /** With NVIDIA's compiler, where it is: it needs no GPU. */
    private void compiler() {
        if (Cuda.describe().stream().noneMatch(line -> line.contains("nvrtc 13"))) {
            System.out.println("skipped: no compiler");
            return;
        }
        Gpu.Kernel compiled = gpu.kernel("probe", "axpy_f32");
        long y = put(1);
        compiled.launch(1, 1, 1, 32, 1, 0, Arguments.begin().add(y).add(put(2)).add(1L).add(3.0));
        assertArrayEquals(new float[] {7}, get(y, 1));
        String message = assertThrows(CudaException.class, () -> gpu.kernel("broken", "wrong")).getMessage();
        assertTrue(message.startsWith("broken.cu does not compile for sm_90 with nvrtc 13."), message);
        assertTrue(message.contains("broken.cu(3): error: identifier \"undeclared\" is undefined"), message);
        System.out.println("compiled");
    }

    /** Last, since the device is of no use afterwards. */
    private void faults(boolean sync) {
        Gpu.Kernel axpy = gpu.kernel("fake", "axpy_f32");
        Gpu.Kernel fault = gpu.kernel("fake", "fault");
        long x = put(1, 2, 3);
        if (sync) {
            String message = assertThrows(CudaException.class,
                    () -> fault.launch(1, 1, 1, 32, 1, 0, Arguments.begin())).getMessage();
            assertEquals("kernel fault on Fake GPU failed: an illegal memory access was encountered"
                    + " (CUDA_ERROR_ILLEGAL_ADDRESS, 700); it is a fault of queued work", message);
            return;
        }
        axpy(axpy, x, 1, x, 3);
        fault.launch(1, 1, 1, 32, 1, 0, Arguments.begin());
        String message = assertThrows(CudaException.class, gpu::synchronize).getMessage();
        assertTrue(message.startsWith("cuStreamSynchronize on Fake GPU failed: an illegal memory access was encountered"
                + " (CUDA_ERROR_ILLEGAL_ADDRESS, 700); it is a fault of queued work, the latest of which was fault,"
                + " axpy_f32, "), message);
        assertTrue(message.endsWith("-Djacobi.cuda.sync=true waits after each kernel and names the one"), message);
    }
}
