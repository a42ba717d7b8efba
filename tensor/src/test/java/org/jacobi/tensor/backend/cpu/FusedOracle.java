package org.jacobi.tensor.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Supplier;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;

/** What the tests of the fused kernels share: the definitions, run in f64 as the oracle, and comparisons. */
final class FusedOracle {
    static final Backend REFERENCE = new ReferenceBackend();
    /** Around the lane counts, and primes. */
    static final long[] LENGTHS = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 67, 131, 257, 1031};

    private FusedOracle() {
    }

    static Tensor random(long seed, long... sizes) {
        return Tensor.randn(new Generator(seed), sizes);
    }

    static Tensor empty(long... sizes) {
        // NaN: whatever a kernel leaves out is seen.
        return Tensor.full(Double.NaN, DType.F32, sizes);
    }

    static Tensor exactEmpty(Tensor like) {
        return Tensor.empty(DType.F64, like.shape());
    }

    /** Returns the tensor in f64, or null for null. */
    static Tensor exact(Tensor x) {
        return x == null ? null : x.to(DType.F64);
    }

    /** Checks |actual - expected| ≤ tolerance (1 + |expected|) everywhere; NaN and infinities must be the same. */
    static void assertClose(String what, Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape(), what);
        double[] e = expected.toDoubleArray();
        double[] a = actual.toDoubleArray();
        for (int i = 0; i < e.length; i++) {
            boolean same = Double.isFinite(e[i])
                    ? Math.abs(a[i] - e[i]) <= tolerance * (1 + Math.abs(e[i]))
                    : Double.compare(e[i], a[i]) == 0;
            if (!same) {
                throw new AssertionError(
                        what + ": element " + i + " of " + actual.shape() + " is " + a[i] + ", expected " + e[i]);
            }
        }
    }

    static void assertSameBits(String what, Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape(), what);
        float[] e = expected.toFloatArray();
        float[] a = actual.toFloatArray();
        for (int i = 0; i < e.length; i++) {
            if (Float.floatToRawIntBits(e[i]) != Float.floatToRawIntBits(a[i])) {
                throw new AssertionError(
                        what + ": element " + i + " of " + actual.shape() + " is " + a[i] + ", expected " + e[i]);
            }
        }
    }

    /** Checks that a kernel gives the same bits with one thread, two and three. */
    static void assertSameForAnyThreads(String what, Supplier<Tensor[]> kernel) {
        int usual = WorkerPool.global().threads();
        try {
            WorkerPool.setThreads(1);
            Tensor[] expected = kernel.get();
            for (int threads = 2; threads <= 3; threads++) {
                WorkerPool.setThreads(threads);
                Tensor[] actual = kernel.get();
                for (int i = 0; i < expected.length; i++) {
                    assertSameBits(what + ", output " + i + " with " + threads + " threads", expected[i], actual[i]);
                }
            }
        } finally {
            WorkerPool.setThreads(usual);
        }
    }
}
