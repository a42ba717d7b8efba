package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.backend.Philox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Vectors and plain loops do the same: the same bits element by element, the same sums but for rounding. */
class FusedRowsTest {
    private static final int[] LENGTHS =
            {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 67, 127, 128, 131, 257, 509};
    private static final int NUMBERS = 8192;
    private static final long BYTES = 4L * NUMBERS;
    private static final int ROWS = 5;

    /**
     * What a loop is given: inputs a, b, c of any sign, and two outputs that begin as equal copies for each
     * implementation.
     */
    private record Memory(long a, long b, long c, long out, long second) {
    }

    @FunctionalInterface
    private interface Loop {
        /** Runs the loop over n numbers and returns its sum, or 0. */
        float run(FusedRows rows, Memory m, int n);
    }

    private record Named(String name, Loop loop) {
    }

    private static Named loop(String name, Loop loop) {
        return new Named(name, loop);
    }

    private static float nothing(Runnable body) {
        body.run();
        return 0;
    }

    private static final FusedRows.AdamW STEP =
            new FusedRows.AdamW(0.7f, 0.99f, 0.9f, 0.1f, 0.99f, 0.01f, 1.7f, 1e-8f, 2e-3f);

    private static final List<Named> LOOPS = List.of(
            loop("max", (r, m, n) -> r.max(m.a, n)),
            loop("dot", (r, m, n) -> r.dot(m.a, m.b, n)),
            loop("scale", (r, m, n) -> nothing(() -> r.scale(m.out, 0.3f, n))),
            loop("exp", (r, m, n) -> r.exp(m.out, m.a, 0.7f, n)),
            loop("exp in place", (r, m, n) -> r.exp(m.out, m.out, -0.2f, n)),
            loop("sumOfExp", (r, m, n) -> r.sumOfExp(m.a, 0.7f, n)),
            loop("logSoftmax", (r, m, n) -> nothing(() -> r.logSoftmax(m.out, m.a, 0.7f, 1.3f, n))),
            loop("softmaxBackward", (r, m, n) -> nothing(() -> r.softmaxBackward(m.out, m.a, m.b, 0.4f, 0.6f, n))),
            loop("logSoftmaxBackward", (r, m, n) -> nothing(() -> r.logSoftmaxBackward(m.out, m.a, m.b, 0.4f, n))),
            loop("crossEntropyBackward",
                    (r, m, n) -> nothing(() -> r.crossEntropyBackward(m.out, m.a, 0.3f, 0.01f, -1.4f, n))),
            loop("sumOfSquares", (r, m, n) -> r.sumOfSquares(m.a, 0.25f, n)),
            loop("normalize", (r, m, n) -> nothing(() -> r.normalize(m.out, m.a, 0.1f, 1.2f, m.b, m.c, n))),
            loop("normBackwardSums", (r, m, n) -> r.normBackwardSums(m.out, m.second, m.a, m.b, 0.1f, 1.2f, m.c, n)),
            loop("normBackward",
                    (r, m, n) -> nothing(() -> r.normBackward(m.out, m.a, m.b, 0.1f, 1.2f, m.c, 0.3f, -0.4f, n))),
            loop("philox", (r, m, n) -> nothing(() -> r.philox(m.out, 0x123456789ABCDEFL, 1L << 33, 0xFFFFFFFEL, n))),
            loop("uniform", (r, m, n) -> nothing(() -> r.uniform(m.out, m.a, -1.5f, 4, n))),
            loop("dropout", (r, m, n) -> nothing(() -> r.dropout(m.out, m.b, m.a, 0x400000, 1.25f, n))),
            loop("weightedSum", (r, m, n) -> nothing(() -> r.weightedSum(m.out, m.a, m.b, 4L * (n + 3), ROWS, n))),
            loop("adamW", (r, m, n) -> nothing(() -> r.adamW(m.out, m.a, m.second, m.c, FusedRows.NONE, STEP, n))));

    private long memory;

    @BeforeEach
    void allocate() {
        assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), "the Vector API is missing");
        memory = SlabAllocator.global().allocate(7 * BYTES);
    }

    @AfterEach
    void free() {
        if (memory != 0) {
            SlabAllocator.global().free(memory, 7 * BYTES);
        }
    }

    private void fill(Random random, long address) {
        for (int i = 0; i < NUMBERS; i++) {
            FusedRows.set(address + 4L * i, (float) random.nextGaussian());
        }
    }

    @Test
    void vectorsAgreeWithPlainLoops() {
        FusedRows vectors = new VectorFusedRows();
        FusedRows plain = new PlainFusedRows();
        for (Named named : LOOPS) {
            for (int n : LENGTHS) {
                Random random = new Random(n);
                for (int part = 0; part < 5; part++) {
                    fill(random, memory + part * BYTES);
                }
                // adamW's second moment must not be negative.
                for (int i = 0; named.name.equals("adamW") && i < NUMBERS; i++) {
                    long at = memory + 2 * BYTES + 4L * i;
                    FusedRows.set(at, Math.abs(FusedRows.get(at)));
                }
                long inputs = memory;
                long outputs = memory + 3 * BYTES;
                long copies = memory + 5 * BYTES;
                NativeMemory.copy(outputs, copies, 2 * BYTES);
                // adamW writes its second moment, the third input: each implementation must see it as it was.
                long third = inputs + 2 * BYTES;
                float[] before = new float[NUMBERS];
                for (int i = 0; i < NUMBERS; i++) {
                    before[i] = FusedRows.get(third + 4L * i);
                }
                float expected =
                        named.loop.run(plain, new Memory(inputs, inputs + BYTES, third, outputs, outputs + BYTES), n);
                for (int i = 0; i < NUMBERS; i++) {
                    FusedRows.set(third + 4L * i, before[i]);
                }
                float actual =
                        named.loop.run(vectors, new Memory(inputs, inputs + BYTES, third, copies, copies + BYTES), n);
                String what = named.name + " of " + n;
                assertEquals(expected, actual, 1e-5f * (1 + n), what);
                for (long at = 0; at < 2 * BYTES; at += 4) {
                    // Beyond the outputs' n numbers, too: nothing is written there.
                    int one = NativeMemory.ALL.get(JAVA_INT, outputs + at);
                    int two = NativeMemory.ALL.get(JAVA_INT, copies + at);
                    if (one != two) {
                        throw new AssertionError(what + ": element " + at / 4 + " is " + FusedRows.get(copies + at)
                                + " with vectors, " + FusedRows.get(outputs + at) + " with plain loops");
                    }
                }
            }
        }
    }

    @Test
    void dotsScaleTheProductsOfRows() {
        for (FusedRows rows : List.of(new VectorFusedRows(), new PlainFusedRows())) {
            fill(new Random(3), memory);
            fill(new Random(4), memory + BYTES);
            for (int n : new int[] {1, 16, 37, 64, 80}) {
                long step = 4L * (n + 5);
                rows.dots(memory + 2 * BYTES, memory, memory + BYTES, step, 11, 0.5f, n);
                for (int s = 0; s < 11; s++) {
                    double expected = 0;
                    for (int i = 0; i < n; i++) {
                        expected += 0.5 * FusedRows.get(memory + 4L * i)
                                * FusedRows.get(memory + BYTES + s * step + 4L * i);
                    }
                    assertEquals(expected, FusedRows.get(memory + 2 * BYTES + 4L * s), 1e-5, "row " + s + " of " + n);
                }
            }
        }
    }

    @Test
    void maxLeavesNaNOut() {
        for (FusedRows rows : List.of(new VectorFusedRows(), new PlainFusedRows())) {
            fill(new Random(5), memory);
            for (int n : LENGTHS) {
                float expected = Float.NEGATIVE_INFINITY;
                for (int i = 0; i < n; i++) {
                    expected = Math.max(expected, FusedRows.get(memory + 4L * i));
                }
                assertEquals(expected, rows.max(memory, n));
            }
            FusedRows.set(memory + 4L * 2, Float.NaN);
            FusedRows.set(memory + 4L * 40, 9);
            assertEquals(9, rows.max(memory, 100));
        }
    }

    @Test
    void philoxMakesTheDefinedWords() {
        new VectorFusedRows().philox(memory, -5, 77, 0xFFFFFFFFL, 50);
        int[] block = new int[4];
        for (int i = 0; i < 50; i++) {
            Philox.block(block, -5, 77, 0xFFFFFFFFL + i);
            for (int word = 0; word < 4; word++) {
                assertEquals(block[word], NativeMemory.ALL.get(JAVA_INT, memory + 16L * i + 4L * word), "block " + i);
            }
        }
    }
}
