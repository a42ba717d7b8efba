package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The 16-bit types: every one of their numbers, rounding at every boundary, and what can be done with such tensors. */
class HalfTest {
    private static final int PATTERNS = 1 << 16;

    private static short[] allBits() {
        short[] bits = new short[PATTERNS];
        for (int i = 0; i < PATTERNS; i++) {
            bits[i] = (short) i;
        }
        return bits;
    }

    /** What 16 bits mean, from the formats' definitions. */
    private static double meaning(DType half, int bits) {
        int fractionBits = half == DType.F16 ? 10 : 7;
        int exponentBits = 15 - fractionBits;
        int bias = (1 << exponentBits - 1) - 1;
        int exponent = bits >> fractionBits & (1 << exponentBits) - 1;
        double fraction = (bits & (1 << fractionBits) - 1) / (double) (1 << fractionBits);
        double magnitude;
        if (exponent == (1 << exponentBits) - 1) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb(fraction, 1 - bias);
        } else {
            magnitude = Math.scalb(1 + fraction, exponent - bias);
        }
        return bits << 16 < 0 ? -magnitude : magnitude;
    }

    private static void onBothBackends(Executable test) throws Throwable {
        test.execute();
        Backend before = Device.CPU.use(new ReferenceBackend());
        try {
            test.execute();
        } finally {
            Device.CPU.use(before);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyNumberMeansWhatTheFormatSays(DType half) throws Throwable {
        onBothBackends(() -> {
            Tensor all = Tensor.ofBits(half, allBits());
            float[] floats = all.toFloatArray();
            double[] doubles = all.toDoubleArray();
            for (int i = 0; i < PATTERNS; i++) {
                double expected = meaning(half, i);
                assertEquals(expected, floats[i], Integer.toHexString(i));
                assertEquals(expected, doubles[i], Integer.toHexString(i));
                assertEquals(expected, all.getDouble(i), Integer.toHexString(i));
            }
        });
    }

    /** Widened and narrowed again, each number is itself; between two neighbours, the nearer and the even one win. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void narrowingRoundsToTheNearestAndTiesToEven(DType half) throws Throwable {
        int infinity = half == DType.F16 ? 0x7C00 : 0x7F80;
        float[] input = new float[8 * infinity];
        double[] expected = new double[input.length];
        int n = 0;
        for (int bits = 0; bits < infinity; bits++) {
            double here = meaning(half, bits);
            // Above the largest number, overflow begins where the next one would round up to.
            double above =
                    bits + 1 == infinity ? Math.scalb(1.0, half == DType.F16 ? 16 : 128) : meaning(half, bits + 1);
            double next = bits + 1 == infinity ? Double.POSITIVE_INFINITY : above;
            float middle = (float) ((here + above) / 2);
            float[] points = {(float) here, Math.nextDown(middle), middle, Math.nextUp(middle)};
            double[] rounded = {here, here, (bits & 1) == 0 ? here : next, next};
            for (int i = 0; i < points.length; i++) {
                for (int sign = 1; sign >= -1; sign -= 2) {
                    input[n] = sign * points[i];
                    expected[n++] = sign * rounded[i];
                }
            }
        }
        onBothBackends(() -> {
            double[] actual = Tensor.of(input).to(half).toDoubleArray();
            for (int i = 0; i < input.length; i++) {
                assertEquals(expected[i], actual[i], () -> "a rounded number of " + half);
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void specialNumbersStaySpecial(DType half) throws Throwable {
        float[] special = {Float.NaN, Float.intBitsToFloat(0xFFC00000), Float.intBitsToFloat(0x7F800001),
            Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE,
            Float.MAX_VALUE, -Float.MAX_VALUE, 1e38f, 65519.996f, 65520f, 1, -1};
        double[] expected = {Double.NaN, Double.NaN, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0,
            -0.0, 0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY,
            half == DType.F16 ? Double.POSITIVE_INFINITY : 9.969209968386869e37, half == DType.F16 ? 65504 : 65536,
            half == DType.F16 ? Double.POSITIVE_INFINITY : 65536, 1, -1};
        onBothBackends(() -> assertArrayEquals(expected, Tensor.of(special).to(half).toDoubleArray(), 1e32));
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyTypeConvertsToAndFro(DType half) throws Throwable {
        onBothBackends(() -> {
            for (DType type : DType.values()) {
                double[] numbers = type == DType.BOOL ? new double[] {0, 1, 1} : new double[] {0, 3, 100};
                Tensor converted = Tensor.of(numbers).to(type).to(half);
                assertEquals(half, converted.dtype());
                assertArrayEquals(numbers, converted.toDoubleArray(), type.toString());
                assertArrayEquals(numbers, converted.to(type).toDoubleArray(), type.toString());
                assertEquals(type, converted.to(type).dtype());
            }
            // By way of f32, as in PyTorch: the tie that f32 makes of this number goes to the even neighbour.
            double justAboveATie = 1 + 0x1p-11 + 0x1p-40;
            assertEquals(1, Tensor.scalar(justAboveATie, DType.F64).to(DType.F16).item());
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void tensorsAreMadeViewedMovedAndPrinted(DType half) throws Throwable {
        onBothBackends(() -> {
            assertArrayEquals(new double[] {0, 0}, Tensor.zeros(half, 2).toDoubleArray());
            assertArrayEquals(new double[] {2.5, 2.5}, Tensor.full(2.5, half, 2).toDoubleArray());
            assertArrayEquals(new double[] {0, 0.5, 1}, Tensor.arange(0, 1.5, 0.5, half).toDoubleArray());
            assertEquals(-1.5, Tensor.scalar(-1.5, half).item());
            Tensor x = Tensor.arange(0, 24, 1, half).reshape(2, 3, 4);
            Tensor wide = Tensor.arange(0, 24, 1, DType.F32).reshape(2, 3, 4);
            Map<String, UnaryOperator<Tensor>> moves = new LinkedHashMap<>();
            moves.put("permute", t -> t.permute(2, 0, 1).contiguous());
            moves.put("narrow", t -> t.narrow(2, 1, 2).copy());
            moves.put("expand", t -> t.unsqueeze(0).expand(3, 2, 3, 4).contiguous());
            moves.put("slice", t -> t.slice(1, 0, 3, 2).reshape(-1));
            moves.put("indexSelect", t -> t.indexSelect(1, Tensor.of(new long[] {2, 0, 2})));
            moves.put("gather", t -> t.gather(2, Tensor.of(new long[] {1, 3, 0, 2, 1, 3}, 2, 3, 1)));
            moves.put("cat", t -> Tensor.cat(2, t, t.narrow(2, 0, 1)));
            moves.put("stack", t -> Tensor.stack(1, t, t));
            moves.put("where", t -> Tensor.where(wide.gt(7), t, t.transpose(0, 0)));
            moves.put("maskedFill", t -> t.maskedFill(wide.gt(7), -1));
            moves.put("fill_", t -> t.copy().fill_(7));
            moves.put("copy_", t -> Tensor.zeros(t.dtype(), 3, 2, 4).copy_(wide.transpose(0, 1)));
            moves.forEach((name, move) -> {
                Tensor moved = move.apply(x);
                assertEquals(half, moved.dtype(), name);
                assertEquals(move.apply(wide).shape(), moved.shape(), name);
                assertArrayEquals(move.apply(wide).toDoubleArray(), moved.toDoubleArray(), name);
            });
            assertEquals("tensor([0.5000, 1.0000], shape=(2), dtype=" + half + ")",
                    Tensor.of(new double[] {0.5, 1}).to(half).toString());
            assertEquals(DType.F32, Tensor.cat(0, Tensor.ones(DType.F16, 1), Tensor.ones(DType.BF16, 1)).dtype());
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void strayViewsConvertAsContiguousOnesDo(DType half) {
        // Long enough for several tasks, and no multiple of a vector.
        Tensor wide = Tensor.randn(new Generator(3), 257, 131);
        assertArrayEquals(wide.to(half).t().contiguous().toFloatArray(), wide.t().to(half).toFloatArray());
        Tensor narrow = wide.to(half);
        assertArrayEquals(narrow.to(DType.F32).t().contiguous().toFloatArray(),
                narrow.t().to(DType.F32).toFloatArray());
        Tensor target = Tensor.zeros(131, 257).t();
        target.copy_(narrow);
        assertArrayEquals(narrow.toFloatArray(), target.contiguous().toFloatArray());
    }

    /** What an op gives is what it gives for the widened numbers, rounded once. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void opsComputeWiderAndRoundOnce(DType half) throws Throwable {
        Map<String, UnaryOperator<Tensor>> ops = new LinkedHashMap<>();
        ops.put("add", t -> t.add(t.transpose(0, 1)));
        ops.put("a number is not rounded", t -> t.mul(0.1));
        ops.put("a wider scalar", t -> t.div(Tensor.scalar(3)));
        ops.put("a row", t -> t.sub(t.narrow(0, 0, 1)));
        ops.put("lt", t -> t.lt(t.transpose(0, 1)));
        ops.put("exp", Tensor::exp);
        ops.put("neg", Tensor::neg);
        ops.put("isNaN", Tensor::isNaN);
        ops.put("sum", t -> t.sum(1));
        ops.put("sum of all", Tensor::sum);
        ops.put("mean", t -> t.mean(0));
        ops.put("amax", t -> t.amax(0));
        ops.put("any", t -> t.any(1));
        ops.put("argmax", t -> t.argmax(0));
        ops.put("softmax", t -> t.softmax(1));
        ops.put("logSoftmax", t -> t.logSoftmax(0));
        ops.put("matmul", t -> t.matmul(t.transpose(0, 1)));
        ops.put("add_", t -> t.copy().add_(t.transpose(0, 1)));
        ops.put("mul_", t -> t.copy().mul_(0.1));
        ops.put("where", t -> Tensor.where(t.gt(0), t, t.neg()));
        Tensor x = Tensor.randn(new Generator(5), 37, 37).to(half);
        Tensor wide = x.to(DType.F32);
        onBothBackends(() -> ops.forEach((name, op) -> {
            Tensor expected = op.apply(wide);
            Tensor actual = op.apply(x);
            boolean real = expected.dtype().isFloating();
            assertEquals(real ? half : expected.dtype(), actual.dtype(), name);
            // Sums are added in another order, so that the last bit may differ.
            assertArrayEquals(real ? expected.to(half).toDoubleArray() : expected.toDoubleArray(),
                    actual.toDoubleArray(), real ? half == DType.F16 ? 0x1p-7 : 0x1p-4 : 0, name);
        }));
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void sumsDoNotStall(DType half) throws Throwable {
        // Added up in 16 bits, ones would stop at 256 or 2048.
        onBothBackends(() -> {
            assertEquals(10_000, Tensor.ones(half, 10_000).sum().item(), 16);
            assertEquals(1, Tensor.ones(half, 100, 100).mean().item());
            assertEquals(4096, Tensor.ones(half, 1, 4096).matmul(Tensor.ones(half, 4096, 1)).item());
        });
    }

    @Test
    void bitsNeedASixteenBitType() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Tensor.ofBits(DType.F32, new short[1]))
                .getMessage().contains("got F32"));
        assertTrue(DType.BF16.isHalf() && DType.F16.isFloating());
        assertFalse(DType.F32.isHalf() || DType.I64.isFloating());
    }
}
