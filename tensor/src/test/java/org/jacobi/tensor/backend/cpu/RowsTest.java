package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Arrays;
import java.util.Random;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Inner loops: plain ones against the scalar functions, vectors against plain ones, bit by bit where no sum is involved. */
class RowsTest {
    /** Around the lane counts, and primes. */
    private static final int[] LENGTHS =
            {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97, 127, 128, 131, 509};

    private static final Rows PLAIN = new PlainRows();

    static List<Rows> implementations() {
        List<Rows> all = new ArrayList<>(List.of(PLAIN));
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            all.add(new VectorRows());
        }
        return all;
    }

    private static Rows vectors() {
        assumeTrue(implementations().size() > 1, "the Vector API is missing");
        return implementations().getLast();
    }

    @ParameterizedTest
    @EnumSource(UnaryOp.class)
    void unaryIsTheScalarFunction(UnaryOp op) {
        for (Rows rows : implementations()) {
            for (int n : LENGTHS) {
                try (Floats x = Floats.wild(n, n); Floats out = new Floats(n)) {
                    rows.unary(op, out.address, x.address, n);
                    float[] expected = new float[n];
                    for (int i = 0; i < n; i++) {
                        expected[i] = ScalarMath.unary(op, x.get(i));
                    }
                    assertSame(op.isPredicate(), op + " of " + n, expected, out);
                }
            }
        }
    }

    /** Many more numbers, of every magnitude: where a vector's and a scalar's steps differ, some of them tell. */
    @ParameterizedTest
    @EnumSource(UnaryOp.class)
    void vectorsHaveTheBitsOfPlainLoops(UnaryOp op) {
        int n = 200_003;
        try (Floats x = Floats.wild(n, 7); Floats expected = new Floats(n); Floats actual = new Floats(n)) {
            PLAIN.unary(op, expected.address, x.address, n);
            vectors().unary(op, actual.address, x.address, n);
            assertSameFloats(op.isPredicate(), op.toString(), expected, actual);
        }
    }

    @ParameterizedTest
    @EnumSource(BinaryOp.class)
    void binaryIsTheScalarFunction(BinaryOp op) {
        for (Rows rows : implementations()) {
            for (int n : LENGTHS) {
                try (Floats a = Floats.wild(n, n); Floats b = Floats.wild(n, n + 1); Floats out = new Floats(n)) {
                    rows.binary(op, out.address, a.address, b.address, n);
                    float[] expected = new float[n];
                    for (int i = 0; i < n; i++) {
                        expected[i] = ScalarMath.binary(op, a.get(i), b.get(i));
                    }
                    assertSame(op.isPredicate(), op + " of " + n, expected, out);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(BinaryOp.class)
    void vectorsOfTwoOperandsHaveTheBitsOfPlainLoops(BinaryOp op) {
        int n = 100_003;
        try (Floats a = Floats.wild(n, 7); Floats b = Floats.wild(n, 8); Floats expected = new Floats(n);
                Floats actual = new Floats(n)) {
            PLAIN.binary(op, expected.address, a.address, b.address, n);
            vectors().binary(op, actual.address, a.address, b.address, n);
            assertSameFloats(op.isPredicate(), op.toString(), expected, actual);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void vectorsWidenAndNarrowAsPlainLoopsDo(DType half) {
        int n = 1 << 16;
        try (Floats bits = new Floats(n); Floats expected = new Floats(n + 5); Floats actual = new Floats(n + 5)) {
            for (int i = 0; i < n; i++) {
                NativeMemory.ALL.set(JAVA_SHORT_UNALIGNED, bits.address + 2L * i, (short) i);
            }
            PLAIN.widen(half, expected.address, bits.address, n - 5);
            vectors().widen(half, actual.address, bits.address, n - 5);
            Floats.assertSameBits("widened " + half, expected.toArray(), actual.toArray());
        }
        int many = 1_000_003;
        try (Floats x = new Floats(many); Floats expected = new Floats(many); Floats actual = new Floats(many)) {
            Random random = new Random(5);
            for (int i = 0; i < many; i++) {
                // Any bits at all, and often numbers in the range of the narrower type; of NaNs, quiet ones only.
                float any = Float.intBitsToFloat(random.nextInt());
                x.set(i, i % 3 == 0 && !Float.isNaN(any) ? any
                        : Math.scalb(random.nextFloat() - 0.5f, random.nextInt(-30, 20)));
            }
            x.set(0, Float.NaN);
            PLAIN.narrow(half, expected.address, x.address, many);
            vectors().narrow(half, actual.address, x.address, many);
            Floats.assertSameBits("narrowed " + half, expected.toArray(), actual.toArray());
            actual.assertMargins("narrowed " + half);
        }
    }

    private static void assertSame(boolean predicate, String what, float[] expected, Floats out) {
        if (predicate) {
            byte[] bytes = new byte[expected.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) expected[i];
            }
            assertArrayEquals(bytes, out.toBytes(expected.length), what);
        } else {
            Floats.assertSameBits(what, expected, out.toArray());
        }
        out.assertMargins(what);
    }

    private static void assertSameFloats(boolean predicate, String what, Floats expected, Floats actual) {
        if (predicate) {
            assertArrayEquals(expected.toBytes(expected.size), actual.toBytes(expected.size), what);
        } else {
            Floats.assertSameBits(what, expected.toArray(), actual.toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void outputsMayBeInputs(Rows rows) {
        for (int n : LENGTHS) {
            try (Floats a = Floats.random(n, 1); Floats b = Floats.random(n, 2); Floats expected = new Floats(n);
                    Floats first = a.copy(); Floats second = b.copy()) {
                rows.binary(BinaryOp.SUB, expected.address, a.address, b.address, n);
                rows.binary(BinaryOp.SUB, first.address, first.address, b.address, n);
                rows.binary(BinaryOp.SUB, second.address, a.address, second.address, n);
                Floats.assertSameBits("a -= b", expected.toArray(), first.toArray());
                Floats.assertSameBits("b = a - b", expected.toArray(), second.toArray());
                rows.unary(UnaryOp.EXP, expected.address, a.address, n);
                rows.unary(UnaryOp.EXP, a.address, a.address, n);
                Floats.assertSameBits("x = exp(x)", expected.toArray(), a.toArray());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void whereFillAndCopy(Rows rows) {
        Random random = new Random(3);
        for (int n : LENGTHS) {
            try (Floats a = Floats.wild(n, 1); Floats b = Floats.wild(n, 2); Floats condition = new Floats(n);
                    Floats out = new Floats(n)) {
                float[] expected = new float[n];
                for (int i = 0; i < n; i++) {
                    byte choice = (byte) random.nextInt(2);
                    NativeMemory.ALL.set(JAVA_BYTE, condition.address + i, choice);
                    expected[i] = choice == 1 ? a.get(i) : b.get(i);
                }
                rows.where(out.address, condition.address, a.address, b.address, n);
                assertSame(false, "where", expected, out);
                rows.copy(out.address, a.address, n);
                assertSame(false, "copy", a.toArray(), out);
                rows.fill(out.address, -2.5f, n);
                for (int i = 0; i < n; i++) {
                    assertEquals(-2.5f, out.get(i), "fill");
                }
                out.assertMargins("fill");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void sumsAreClose(Rows rows) {
        for (int n : LENGTHS) {
            try (Floats x = Floats.random(n, n + 5)) {
                double sum = 0;
                double squares = 0;
                double largest = Double.NEGATIVE_INFINITY;
                double smallest = Double.POSITIVE_INFINITY;
                for (int i = 0; i < n; i++) {
                    sum += x.get(i);
                    squares += (double) x.get(i) * x.get(i);
                    largest = Math.max(largest, x.get(i));
                    smallest = Math.min(smallest, x.get(i));
                }
                double tolerance = 1e-6 * (1 + n);
                assertEquals(sum, rows.sum(x.address, n), tolerance);
                assertEquals(squares, rows.sumOfSquares(x.address, n), tolerance);
                assertEquals(largest, rows.max(x.address, n));
                assertEquals(smallest, rows.min(x.address, n));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void extremesOfNaNAreNaN(Rows rows) {
        for (int n : LENGTHS) {
            for (int at = 0; at < n; at += 1 + n / 7) {
                try (Floats x = Floats.random(n, n)) {
                    x.set(at, Float.NaN);
                    assertEquals(Float.NaN, rows.max(x.address, n), "max of " + n + " with NaN at " + at);
                    assertEquals(Float.NaN, rows.min(x.address, n), "min of " + n + " with NaN at " + at);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void columnsAreAddedFromFirstToLast(Rows rows) {
        int height = 13;
        for (int n : LENGTHS) {
            int stride = n + 3;
            try (Floats x = Floats.random(height * stride, n); Floats out = new Floats(n)) {
                float[] expected = new float[n];
                float[] squares = new float[n];
                for (int i = 0; i < n; i++) {
                    expected[i] = x.get(i);
                    for (int row = 1; row < height; row++) {
                        expected[i] += x.get(row * stride + i);
                    }
                    squares[i] = Math.fma(x.get(stride + i), x.get(stride + i), expected[i]);
                }
                rows.sumRows(out.address, x.address, (long) stride * Float.BYTES, height, n);
                assertSame(false, "sumRows of " + n, expected, out);
                rows.addSquares(out.address, x.address + (long) stride * Float.BYTES, n);
                assertSame(false, "addSquares of " + n, squares, out);
            }
        }
    }

    @Test
    void vectorsAreTestedWhereTheyExist() {
        assertEquals(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? 2 : 1,
                implementations().size());
    }

    @Test
    void integerExtremes() {
        Random random = new Random(9);
        for (int n : new int[] {1, 2, 7, 8, 9, 64, 77}) {
            try (Floats memory = new Floats(2 * n)) {
                long[] numbers = random.longs(n).toArray();
                for (int i = 0; i < n; i++) {
                    NativeMemory.ALL.set(JAVA_LONG_UNALIGNED, memory.address + 8L * i, numbers[i]);
                }
                for (Rows rows : implementations()) {
                    assertEquals(Arrays.stream(numbers).max().getAsLong(),
                            rows.integerExtreme(true, memory.address, n));
                    assertEquals(Arrays.stream(numbers).min().getAsLong(),
                            rows.integerExtreme(false, memory.address, n));
                }
            }
        }
    }

    @Test
    void reversedRows() {
        for (int n : new int[] {1, 2, 15, 16, 17, 64, 77}) {
            try (Floats x = Floats.wild(n, 10); Floats out = new Floats(n)) {
                for (Rows rows : implementations()) {
                    rows.reverse(out.address, x.address, n);
                    float[] expected = new float[n];
                    for (int i = 0; i < n; i++) {
                        expected[i] = x.get(n - 1 - i);
                    }
                    Floats.assertSameBits("reversed " + n, expected, out.toArray());
                    out.assertMargins("reversed " + n);
                }
            }
        }
    }
}
