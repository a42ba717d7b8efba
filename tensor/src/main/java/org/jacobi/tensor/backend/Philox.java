package org.jacobi.tensor.backend;

/**
 * The counter-based random generator Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011).
 *
 * <p>A number is a function of the seed, the number of the call and the element's position alone. So any thread can make
 * any element's number, in any order, and a backward pass can make the forward pass's numbers again instead of storing them.
 * The counter's lower 64 bits are the element's position divided by 4, the upper 64 the call; the key is the seed.
 */
public final class Philox {
    private static final long M0 = 0xD2511F53L;
    private static final long M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    private Philox() {
    }

    /** Writes the four 32-bit words of one counter value to out[0..3]. */
    public static void block(int[] out, long seed, long call, long counter) {
        int c0 = (int) counter;
        int c1 = (int) (counter >>> 32);
        int c2 = (int) call;
        int c3 = (int) (call >>> 32);
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = M0 * (c0 & 0xFFFFFFFFL);
            long p1 = M1 * (c2 & 0xFFFFFFFFL);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += W0;
            k1 += W1;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    /** Returns one of the two 64-bit numbers that the words of a block make. */
    public static long bits(int[] block, int which) {
        return (long) block[2 * which] << 32 | block[2 * which + 1] & 0xFFFFFFFFL;
    }

    /** Returns the uniform number in [0, 1) of a word: its upper 24 bits, exact in f32. */
    public static float uniform(int word) {
        return (word >>> 8) * 0x1p-24f;
    }

    /**
     * Returns one of the two normally distributed numbers that two words make (Box and Muller, 1958): the cosine branch
     * for the first, the sine branch for the second. StrictMath gives the same bits on every machine.
     */
    public static double normal(int first, int second, boolean sine) {
        // 1 - u lies in (0, 1], where the logarithm is finite.
        double radius = Math.sqrt(-2 * StrictMath.log(1 - uniform(first)));
        double angle = 2 * Math.PI * uniform(second);
        return radius * (sine ? StrictMath.sin(angle) : StrictMath.cos(angle));
    }
}
