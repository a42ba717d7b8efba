package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.NativeMemory;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

/**
 * The inner loops over windows in f32, in plain Java: what runs without the Vector API, and where rows are shorter than a
 * vector. Maxima have the same bits in every implementation; sums may differ by their roundings.
 */
class WindowRows {
    /** The address of an output that nobody wants. */
    static final long NONE = 0;

    /**
     * out[i] = the largest x[i stride + offsets[tap]] of all taps, a NaN being larger than all else, and where[i] (i64) =
     * base + i stride + the offset of the first largest one, unless where is {@link #NONE}. out and x are apart.
     */
    void max(long out, long where, long base, long x, int stride, int[] offsets, int taps, int n) {
        for (int i = 0; i < n; i++) {
            long at = x + 4L * i * stride;
            float best = FusedRows.get(at + 4L * offsets[0]);
            int first = offsets[0];
            for (int tap = 1; tap < taps; tap++) {
                float value = FusedRows.get(at + 4L * offsets[tap]);
                if (!(value <= best) && best == best) {
                    best = value;
                    first = offsets[tap];
                }
            }
            FusedRows.set(out + 4L * i, best);
            if (where != NONE) {
                NativeMemory.ALL.set(JAVA_LONG_UNALIGNED, where + 8L * i, base + (long) i * stride + first);
            }
        }
    }

    /** out[i] = factor times the sum of taps neighbours from x[i stride] on. out and x are apart. */
    void sum(long out, long x, int stride, int taps, float factor, int n) {
        for (int i = 0; i < n; i++) {
            long at = x + 4L * i * stride;
            float sum = FusedRows.get(at);
            for (int tap = 1; tap < taps; tap++) {
                sum += FusedRows.get(at + 4L * tap);
            }
            FusedRows.set(out + 4L * i, sum * factor);
        }
    }

    /** x[i stride] += from[i]. x and from are apart. */
    void addApart(long x, int stride, long from, int n) {
        for (int i = 0; i < n; i++) {
            long at = x + 4L * i * stride;
            FusedRows.set(at, FusedRows.get(at) + FusedRows.get(from + 4L * i));
        }
    }

    /** out[j] = the sum of weights[k] x[sources[k] step + j] for count taps k from one on; step is in bytes. */
    void combine(long out, long x, long step, int[] sources, float[] weights, int from, int count, int n) {
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int k = from; k < from + count; k++) {
                sum = Math.fma(FusedRows.get(x + sources[k] * step + 4L * j), weights[k], sum);
            }
            FusedRows.set(out + 4L * j, sum);
        }
    }
}
