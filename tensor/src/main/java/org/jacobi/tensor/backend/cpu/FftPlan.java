package org.jacobi.tensor.backend.cpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * What the Fourier transform of one length needs: the radices of its passes and its roots of unity, computed in f64.
 *
 * <p>A length with a prime factor that is too large for a pass becomes a convolution with a chirp (Bluestein, 1970), which
 * transforms of a power of two compute.
 */
final class FftPlan {
    /** The largest prime factor with a pass of its own, which takes time in proportion to it. */
    private static final int LARGEST_RADIX = 13;
    /** Plans that are kept have this many roots of unity in all; the one in use may have more. */
    private static final long KEPT_ROOTS = 1 << 20;
    private static final LinkedHashMap<Integer, FftPlan> PLANS = new LinkedHashMap<>(16, 0.75f, true);
    private static long roots;

    final int n;
    /** The radices of the passes, in order; null for a convolution. */
    final int[] radices;
    /** Root j is e^(-2 pi i j / n) = cos[j] + i sin[j]; those of a convolution are of 2 n. */
    final double[] cos;
    final double[] sin;
    /** The same in f32. */
    final float[] cosF32;
    final float[] sinF32;
    /** The power of two that a convolution is computed in, and the transform of its chirp. */
    final FftPlan convolution;
    final double[] chirpReal;
    final double[] chirpImaginary;

    private FftPlan(int n) {
        this.n = n;
        radices = radices(n);
        int order = radices == null ? 2 * n : n;
        cos = new double[order];
        sin = new double[order];
        cosF32 = new float[order];
        sinF32 = new float[order];
        for (int j = 0; j < order; j++) {
            double angle = 2 * Math.PI * j / order;
            cos[j] = Math.cos(angle);
            sin[j] = -Math.sin(angle);
            cosF32[j] = (float) cos[j];
            sinF32[j] = (float) sin[j];
        }
        if (radices != null) {
            convolution = null;
            chirpReal = null;
            chirpImaginary = null;
            return;
        }
        convolution = of(Integer.highestOneBit(2 * n - 1) * 2);
        chirpReal = new double[convolution.n];
        chirpImaginary = new double[convolution.n];
        for (int t = 0; t < n; t++) {
            int root = chirp(t);
            int mirrored = (convolution.n - t) % convolution.n;
            chirpReal[t] = cos[root];
            chirpReal[mirrored] = cos[root];
            chirpImaginary[t] = -sin[root];
            chirpImaginary[mirrored] = -sin[root];
        }
        PlainFft.transform(convolution, chirpReal, chirpImaginary);
    }

    /** The root that e^(-pi i t^2 / n) is. */
    int chirp(long t) {
        return (int) (t * t % (2L * n));
    }

    /** Fours as far as they go, after the odd factors and a two; null if there is too large a prime. */
    private static int[] radices(int n) {
        List<Integer> found = new ArrayList<>();
        int rest = n;
        for (int radix = 3; radix <= LARGEST_RADIX; radix += 2) {
            for (; rest % radix == 0; rest /= radix) {
                found.add(radix);
            }
        }
        int twos = Integer.numberOfTrailingZeros(rest);
        if (rest >> twos != 1) {
            return null;
        }
        if (twos % 2 == 1) {
            found.add(2);
        }
        for (int i = 0; i < twos / 2; i++) {
            found.add(4);
        }
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Returns the plan of a length of 1 or more: one that is kept, or a new one. */
    static FftPlan of(int n) {
        synchronized (PLANS) {
            FftPlan plan = PLANS.get(n);
            if (plan == null) {
                plan = new FftPlan(n);
                PLANS.put(n, plan);
                roots += plan.cos.length;
                var oldest = PLANS.values().iterator();
                while (roots > KEPT_ROOTS && PLANS.size() > 1) {
                    roots -= oldest.next().cos.length;
                    oldest.remove();
                }
            }
            return plan;
        }
    }
}
