package org.jacobi.tensor.backend.cpu;

/** The inner loops of Fourier transforms in f32 over several signals at once, whose numbers lie side by side. */
interface FftLanes {
    /** Returns how many signals, or a multiple of it, are transformed at once. */
    int lanes();

    /**
     * Transforms s complex signals of the plan's length, whose numbers t lie next to each other.
     *
     * @param planes four arrays of n s numbers: re and im of the signals, and as much to work in
     * @return whether re and im of the result are the last two arrays, not the first two
     */
    boolean transform(FftPlan plan, int s, long planes);
}
