package org.jacobi.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
    @Test
    void firstClassesAreAsDocumented() {
        long[] expected = {64, 128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280};
        for (int c = 0; c < expected.length; c++) {
            assertEquals(expected[c], SizeClasses.bytes(c));
        }
    }

    @Test
    void everySizeGoesToTheSmallestClassThatHoldsIt() {
        for (int c = 0; c < SizeClasses.COUNT; c++) {
            long bytes = SizeClasses.bytes(c);
            assertEquals(c, SizeClasses.of(bytes));
            assertEquals(bytes, (long) SizeClasses.mantissa(c) * SizeClasses.UNIT << SizeClasses.exponent(c));
            if (c + 1 < SizeClasses.COUNT) {
                assertEquals(c + 1, SizeClasses.of(bytes + 1));
            }
        }
        assertEquals(0, SizeClasses.of(0));
        assertEquals(0, SizeClasses.of(1));
    }

    @Test
    void roundingUpWastesLessThanAFifth() {
        for (int c = 4; c + 1 < SizeClasses.COUNT; c++) {
            long smallest = SizeClasses.bytes(c - 1) + 1;
            assertTrue(SizeClasses.bytes(c) - smallest < SizeClasses.bytes(c) / 5.0, "class " + c);
        }
    }
}
