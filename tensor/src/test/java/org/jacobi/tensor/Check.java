package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Supplier;

/** What the tests of this package share: random operands and comparisons. */
final class Check {
    private Check() {
    }

    /** Returns random elements that suit the type: small integers, or numbers around zero. */
    static Tensor random(Random random, DType dtype, long... sizes) {
        double[] values = new double[ArrayModel.numel(sizes)];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (dtype) {
                case BOOL -> random.nextInt(2);
                case U8 -> random.nextInt(256);
                case I8, I16, I32, I64 -> random.nextInt(-9, 10);
                case F16, BF16, F32, F64 -> (float) random.nextGaussian();
            };
        }
        return sizes.length == 0 ? Tensor.scalar(values[0], dtype) : Tensor.of(values, sizes).to(dtype);
    }

    /** Checks shape and every element, floating-point ones up to a relative difference. */
    static void same(ArrayModel expected, Tensor actual, double tolerance, Supplier<String> what) {
        assertArrayEquals(expected.sizes, actual.shape().toArray(), () -> what.get() + ": shape");
        double[] values = actual.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            double want = expected.values[i];
            double have = values[i];
            int at = i;
            if (tolerance == 0 || !Double.isFinite(want)) {
                // Adding 0 makes -0 and 0 one: integers know no -0.
                assertEquals(want + 0, have + 0, () -> what.get() + ": element " + at);
            } else {
                assertTrue(Math.abs(want - have) <= tolerance * Math.max(1, Math.abs(want)),
                        () -> what.get() + ": element " + at + " is " + have + ", expected " + want);
            }
        }
    }
}
