package org.jacobi.tensor.backend.cpu;

import java.util.Arrays;

import org.jacobi.tensor.Taps;

/**
 * The outputs of an axis in runs of neighbours whose taps are alike: as many, as far apart, with the same weights, and each
 * output's a fixed number of elements after those of the one before.
 */
final class TapRuns {
    /** How many runs there are. */
    final int count;
    /** Each run's first output. */
    final int[] first;
    /** How many outputs each run has. */
    final int[] length;
    /** How many elements the taps of neighbours are apart. */
    final int[] stride;

    private TapRuns(int count, int[] first, int[] length, int[] stride) {
        this.count = count;
        this.first = first;
        this.length = length;
        this.stride = stride;
    }

    static TapRuns of(Taps taps) {
        int outputs = taps.outputs();
        int[] first = new int[outputs];
        int[] length = new int[outputs];
        int[] stride = new int[outputs];
        int count = 0;
        for (int o = 0; o < outputs; o++) {
            int run = count - 1;
            int step = o == 0 || taps.count(o) == 0 ? 0 : taps.source(taps.start(o)) - taps.source(taps.start(o - 1));
            if (run >= 0 && step > 0 && (length[run] == 1 || stride[run] == step) && alike(taps, first[run], o)) {
                stride[run] = step;
                length[run]++;
            } else {
                first[count] = o;
                length[count] = 1;
                stride[count++] = 1;
            }
        }
        return new TapRuns(count, Arrays.copyOf(first, count), Arrays.copyOf(length, count),
                Arrays.copyOf(stride, count));
    }

    private static boolean alike(Taps taps, int a, int b) {
        if (taps.count(a) != taps.count(b)) {
            return false;
        }
        int shift = taps.source(taps.start(b)) - taps.source(taps.start(a));
        for (int tap = 0; tap < taps.count(a); tap++) {
            int at = taps.start(a) + tap;
            int other = taps.start(b) + tap;
            if (taps.source(other) - taps.source(at) != shift || taps.weight(at) != taps.weight(other)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the taps of an output are neighbours of equal weight. */
    static boolean isEven(Taps taps, int output) {
        for (int tap = taps.start(output) + 1; tap < taps.start(output + 1); tap++) {
            if (taps.source(tap) != taps.source(tap - 1) + 1 || taps.weight(tap) != taps.weight(tap - 1)) {
                return false;
            }
        }
        return taps.count(output) > 0;
    }
}
