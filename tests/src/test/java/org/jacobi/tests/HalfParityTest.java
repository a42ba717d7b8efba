package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversions from and to the 16-bit types against libtorch's. */
class HalfParityTest {
    private static final int RANDOM = 1_000_000;

    private static torch.ScalarType torchs(DType half) {
        return half == DType.F16 ? torch.ScalarType.Half : torch.ScalarType.BFloat16;
    }

    private static void assertSame(double[] expected, double[] actual) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            if (Double.doubleToLongBits(expected[i]) != Double.doubleToLongBits(actual[i])) {
                throw new AssertionError("number " + i + " is " + actual[i] + ", libtorch has " + expected[i]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyNumberWidensAsLibtorchs(DType half) {
        Libtorch.require();
        short[] bits = new short[1 << 16];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (short) i;
        }
        try (var _ = new PointerScope()) {
            Tensor expected = Tensor.create(bits, bits.length).view(torchs(half));
            var ours = org.jacobi.tensor.Tensor.ofBits(half, bits);
            assertSame(Libtorch.numbers(expected.to(torch.ScalarType.Float)), ours.to(DType.F32).toDoubleArray());
            assertSame(Libtorch.numbers(expected), ours.to(DType.F64).toDoubleArray());
            assertSame(Libtorch.numbers(expected.to(torch.ScalarType.Bool)), ours.to(DType.BOOL).toDoubleArray());
            DType other = half == DType.F16 ? DType.BF16 : DType.F16;
            assertSame(Libtorch.numbers(expected.to(torchs(other))), ours.to(other).toDoubleArray());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void numbersOfEveryMagnitudeNarrowAsLibtorchs(DType half) {
        Libtorch.require();
        try (var _ = new PointerScope()) {
            float[] numbers = numbers(half);
            Tensor torchs = Tensor.create(numbers, numbers.length);
            var ours = org.jacobi.tensor.Tensor.of(numbers);
            assertSame(Libtorch.numbers(torchs.to(torchs(half))), ours.to(half).toDoubleArray());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void otherTypesNarrowAsLibtorchs(DType half) {
        Libtorch.require();
        SplittableRandom random = new SplittableRandom(2);
        double[] doubles = random.doubles(RANDOM, -70_000, 70_000).toArray();
        long[] longs = random.longs(RANDOM).map(number -> number >> random.nextInt(64)).toArray();
        try (var _ = new PointerScope()) {
            assertSame(Libtorch.numbers(Tensor.create(doubles, doubles.length).to(torchs(half))),
                    org.jacobi.tensor.Tensor.of(doubles).to(half).toDoubleArray());
            assertSame(Libtorch.numbers(Tensor.create(longs, longs.length).to(torchs(half))),
                    org.jacobi.tensor.Tensor.of(longs).to(half).toDoubleArray());
        }
    }

    /** Each number of the type, its middle to the next one, the neighbours of both, and any bits at all. */
    private static float[] numbers(DType half) {
        float[] exact = halves(half);
        float[] numbers = new float[6 * exact.length + RANDOM];
        int n = 0;
        for (int i = 0; i < exact.length; i++) {
            float middle = (float) (((double) exact[i] + exact[(i + 1) % exact.length]) / 2);
            for (float number : new float[] {exact[i], middle}) {
                numbers[n++] = Math.nextDown(number);
                numbers[n++] = number;
                numbers[n++] = Math.nextUp(number);
            }
        }
        SplittableRandom random = new SplittableRandom(1);
        while (n < numbers.length) {
            numbers[n++] = Float.intBitsToFloat(random.nextInt());
        }
        return numbers;
    }

    private static float[] halves(DType half) {
        float[] all = new float[1 << 16];
        for (int i = 0; i < all.length; i++) {
            all[i] = half == DType.F16 ? Float.float16ToFloat((short) i) : Float.intBitsToFloat(i << 16);
        }
        return all;
    }
}
