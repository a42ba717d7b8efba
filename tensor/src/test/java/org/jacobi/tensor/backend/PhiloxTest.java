package org.jacobi.tensor.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    private static int[] block(long seed, long call, long counter) {
        int[] words = new int[4];
        Philox.block(words, seed, call, counter);
        return words;
    }

    /** The known answers for philox4x32-10 of the authors' Random123 distribution (kat_vectors). */
    @Test
    void givesTheAuthorsNumbers() {
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
        // Digits of pi: counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0.
        assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L));
    }

    @Test
    void uniformNumbersFillTheUnitInterval() {
        assertEquals(0, Philox.uniform(0));
        assertEquals(0, Philox.uniform(255));
        assertEquals(0.5f, Philox.uniform(0x80000000));
        assertEquals(1 - 0x1p-24f, Philox.uniform(-1));
    }

    @Test
    void normalNumbersComeInPairsOnACircle() {
        int[] words = block(1, 2, 3);
        double cosine = Philox.normal(words[0], words[1], false);
        double sine = Philox.normal(words[0], words[1], true);
        assertEquals(-2 * Math.log(1 - Philox.uniform(words[0])), cosine * cosine + sine * sine, 1e-12);
        assertEquals(0, Philox.normal(0, 5, false), 0.0);
    }
}
