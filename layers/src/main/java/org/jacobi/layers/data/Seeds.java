package org.jacobi.layers.data;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.Philox;

/** Random numbers of one seed for different purposes, as functions of it: nothing is kept between calls. */
final class Seeds {
    /** What numbers are for: no two purposes share any. */
    enum Purpose {
        ORDER, EXAMPLE, BATCH, SPLIT
    }

    private Seeds() {
    }

    /** Returns a seed that follows from another one, an epoch and a position. */
    static long derive(long seed, Purpose purpose, long epoch, long position) {
        int[] block = new int[4];
        // The call is the purpose and the epoch, of which 2^62 are enough.
        Philox.block(block, seed, epoch * Purpose.values().length + purpose.ordinal(), position);
        return Philox.bits(block, 0);
    }

    /** Returns a uniform number in [0, 1), of 53 bits. */
    static double uniform(long seed, Purpose purpose, long epoch, long position) {
        return (derive(seed, purpose, epoch, position) >>> 11) * 0x1p-53;
    }

    /** Returns a number from 0 to bound - 1. */
    static long below(long bound, long seed, Purpose purpose, long epoch, long position) {
        return Math.unsignedMultiplyHigh(derive(seed, purpose, epoch, position), bound);
    }

    /** Returns a generator of its own for a position of an epoch. */
    static Generator generator(long seed, Purpose purpose, long epoch, long position) {
        return new Generator(derive(seed, purpose, epoch, position));
    }

    /** Shuffles an array in place (Fisher and Yates; Durstenfeld, 1964). */
    static void shuffle(long[] values, long seed, Purpose purpose, long epoch) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = (int) below(i + 1, seed, purpose, epoch, i);
            long swapped = values[i];
            values[i] = values[j];
            values[j] = swapped;
        }
    }
}
