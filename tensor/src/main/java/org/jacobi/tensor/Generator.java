package org.jacobi.tensor;

import org.jacobi.tensor.backend.Philox;

/**
 * A source of random numbers: a seed and how many calls were made with it.
 *
 * <p>Every op that draws numbers takes one call; the numbers themselves come from
 * {@link Philox}, so that two longs are the generator's whole state. Thread safe.
 */
public final class Generator {
    private static final Generator GLOBAL = new Generator(0);

    private long seed;
    private long calls;

    /** Makes a generator whose numbers follow from the seed alone. */
    public Generator(long seed) {
        this.seed = seed;
    }

    /** Returns the generator that ops use when none is given. */
    public static Generator global() {
        return GLOBAL;
    }

    /** Starts anew from a seed, as torch.manual_seed does. */
    public Generator manualSeed(long newSeed) {
        return restore(newSeed, 0);
    }

    /** Sets the whole state, as a checkpoint saved it. */
    public synchronized Generator restore(long savedSeed, long savedCalls) {
        seed = savedSeed;
        calls = savedCalls;
        return this;
    }

    public synchronized long seed() {
        return seed;
    }

    /** Returns how many calls were made since the seed was set. */
    public synchronized long calls() {
        return calls;
    }

    /** Takes one call and returns its number. */
    public synchronized long nextCall() {
        Draws.note(this, seed, calls);
        Capture capture = Capture.current();
        if (capture != null) {
            capture.draws(this);
        }
        return calls++;
    }

    /** Takes one call and returns a uniform number in [0, 1), of 53 bits. */
    public double nextDouble() {
        return (nextBits() >>> 11) * 0x1p-53;
    }

    /**
     * Takes one call and returns a whole number from 0 to bound - 1, all equally likely.
     *
     * @throws IllegalArgumentException unless bound is positive
     */
    public long nextLong(long bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("nextLong: bound is " + bound + ", expected at least 1");
        }
        return Math.unsignedMultiplyHigh(nextBits(), bound);
    }

    private long nextBits() {
        Capture.refuse("a random number of the host");
        long drawnSeed;
        long call;
        synchronized (this) {
            drawnSeed = seed;
            call = nextCall();
        }
        int[] block = new int[4];
        Philox.block(block, drawnSeed, call, 0);
        return Philox.bits(block, 0);
    }
}
