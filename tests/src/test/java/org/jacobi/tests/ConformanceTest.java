package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The CPU's kernels against the reference's plain loops: results and gradients in f32, for every sample, in several
 * layouts, and for lengths around every usual number of vector lanes.
 */
class ConformanceTest {
    /** One less, as many and one more than 4, 8 and 16 lanes, and primes. */
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 11, 15, 16, 17, 31, 67, 257};
    /** Long enough to be cut up among threads; for one layout only. */
    private static final int LONG = 16411;
    private static final int WITH_SPECIAL_NUMBERS = 1031;

    private static final Backend REFERENCE = new ReferenceBackend();

    @TestFactory
    Stream<DynamicTest> theCpuAgreesWithTheReference() {
        return OpSamples.selected().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            check(Device.CPU, sample, SIZES);
            checkLong(sample);
            checkSpecial(Device.CPU, sample);
        }));
    }

    /** Compares a device's kernels with the reference's for the given lengths, in every layout. */
    static void check(Device device, OpSample sample, int... sizes) {
        for (int n : sample.isSized() ? sizes : new int[] {1}) {
            for (Layout layout : Layout.values()) {
                if (n <= sample.largest) {
                    compare(device, sample, n, layout, false);
                }
            }
        }
    }

    private static void checkLong(OpSample sample) {
        if (sample.isSized() && LONG <= sample.largest) {
            compare(Device.CPU, sample, LONG, Layout.CONTIGUOUS, false);
        }
    }

    /** Compares them for infinities, NaN and the like. */
    static void checkSpecial(Device device, OpSample sample) {
        if (sample.elementwise) {
            compare(device, sample, WITH_SPECIAL_NUMBERS, Layout.CONTIGUOUS, true);
        }
    }

    private static void compare(Device device, OpSample sample, int n, Layout layout, boolean special) {
        String where = sample + ", n = " + n + ", " + layout + (special ? ", special numbers" : "");
        if (sample.tensors != null) {
            Evaluation expected = onReference(() -> Evaluation.ofTensors(sample, n, DType.F32, layout, special));
            Evaluation actual = Evaluation.ofTensors(device, sample, n, DType.F32, layout, special);
            compare(where, sample, expected, actual);
        }
        if (sample.variables != null) {
            Evaluation expected = onReference(() -> Evaluation.ofVariables(sample, n, DType.F32, layout, special));
            Evaluation actual = Evaluation.ofVariables(device, sample, n, DType.F32, layout, special);
            compare(where + ", on variables", sample, expected, actual);
            for (int i = 0; i < expected.grads().length && !special; i++) {
                if (expected.grads()[i] != null) {
                    Evaluation.compare(where + ", gradient of operand " + i, expected.grads()[i], actual.grads()[i],
                            sample.tolerance);
                }
            }
        }
    }

    private static void compare(String where, OpSample sample, Evaluation expected, Evaluation actual) {
        assertEquals(expected.shape(), actual.shape(), where);
        assertEquals(expected.dtype(), actual.dtype(), where);
        Evaluation.compare(where, expected.numbers(), actual.numbers(), sample.exact ? 0 : sample.tolerance);
    }

    /** Compares results and gradients of operands in another type than f32; the reference widens those of 16 bits. */
    static void checkIn(DType type, double tolerance, Device device, OpSample sample, int... sizes) {
        for (int n : sample.isSized() ? sizes : new int[] {1}) {
            if (n > sample.largest || sample.variables == null) {
                continue;
            }
            String where = sample + ", n = " + n + ", " + type;
            Evaluation expected = onReference(() -> Evaluation.ofVariables(sample, n, type, Layout.CONTIGUOUS, false));
            Evaluation actual = Evaluation.ofVariables(device, sample, n, type, Layout.CONTIGUOUS, false);
            assertEquals(expected.shape(), actual.shape(), where);
            assertEquals(expected.dtype(), actual.dtype(), where);
            Evaluation.compare(where, expected.numbers(), actual.numbers(), tolerance);
            for (int i = 0; i < expected.grads().length; i++) {
                if (expected.grads()[i] != null) {
                    Evaluation.compare(where + ", gradient of operand " + i, expected.grads()[i], actual.grads()[i],
                            tolerance);
                }
            }
        }
    }

    /** Returns what the reference's kernels make of it, on the CPU. */
    private static Evaluation onReference(Supplier<Evaluation> evaluation) {
        Backend before = Device.CPU.use(REFERENCE);
        try {
            return evaluation.get();
        } finally {
            Device.CPU.use(before);
        }
    }
}
