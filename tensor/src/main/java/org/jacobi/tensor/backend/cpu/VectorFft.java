package org.jacobi.tensor.backend.cpu;

import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.all;
import static org.jacobi.tensor.backend.cpu.VectorMath.load;
import static org.jacobi.tensor.backend.cpu.VectorMath.store;

import jdk.incubator.vector.FloatVector;

/** The passes of {@link PlainFft} by the Vector API: roots are broadcast, vectors run over signals. */
final class VectorFft implements FftLanes {
    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public boolean transform(FftPlan plan, int s, long planes) {
        long plane = (long) plan.n * s * Float.BYTES;
        long x = planes;
        long y = planes + 2 * plane;
        int left = plan.n;
        int passed = 1;
        for (int radix : plan.radices) {
            int m = left / radix;
            switch (radix) {
                case 4 -> pass4(plan, m, passed, s, x, y, plane);
                case 2 -> pass2(plan, m, passed, s, x, y, plane);
                default -> pass(plan, radix, m, passed, s, x, y, plane);
            }
            long swap = x;
            x = y;
            y = swap;
            left = m;
            passed *= radix;
        }
        return x != planes;
    }

    /** A pass of any radix; a number of the result is a sum over all of its operands. */
    private static void pass(FftPlan plan, int r, int m, int passed, int s, long x, long y, long plane) {
        float[] cos = plan.cosF32;
        float[] sin = plan.sinF32;
        long run = (long) passed * s * Float.BYTES;
        for (int p = 0; p < m; p++) {
            for (int k = 0; k < r; k++) {
                float c = cos[p * k * passed];
                float d = sin[p * k * passed];
                int step = k * (plan.n / r);
                long to = y + run * (r * (long) p + k);
                for (long q = 0; q < run; q += VectorMath.BYTES) {
                    FloatVector real = all(0f);
                    FloatVector imaginary = all(0f);
                    int root = 0;
                    for (int j = 0; j < r; j++) {
                        long at = x + run * (p + m * (long) j) + q;
                        FloatVector re = load(at);
                        FloatVector im = load(at + plane);
                        real = re.fma(all(cos[root]), im.fma(all(-sin[root]), real));
                        imaginary = re.fma(all(sin[root]), im.fma(all(cos[root]), imaginary));
                        root = root + step < plan.n ? root + step : root + step - plan.n;
                    }
                    store(to + q, real.mul(c).sub(imaginary.mul(d)));
                    store(to + q + plane, real.mul(d).add(imaginary.mul(c)));
                }
            }
        }
    }

    private static void pass2(FftPlan plan, int m, int passed, int s, long x, long y, long plane) {
        long run = (long) passed * s * Float.BYTES;
        long far = run * m;
        for (int p = 0; p < m; p++) {
            butterflies2(x + run * p, far, y + 2 * run * p, run, plane, plan.cosF32[p * passed],
                    plan.sinF32[p * passed]);
        }
    }

    private static void butterflies2(long x, long far, long y, long run, long plane, float c, float d) {
        for (long q = 0; q < run; q += VectorMath.BYTES) {
            FloatVector aR = load(x + q);
            FloatVector aI = load(x + q + plane);
            FloatVector bR = load(x + q + far);
            FloatVector bI = load(x + q + far + plane);
            store(y + q, aR.add(bR));
            store(y + q + plane, aI.add(bI));
            FloatVector real = aR.sub(bR);
            FloatVector imaginary = aI.sub(bI);
            store(y + q + run, real.mul(c).sub(imaginary.mul(d)));
            store(y + q + run + plane, real.mul(d).add(imaginary.mul(c)));
        }
    }

    private static void pass4(FftPlan plan, int m, int passed, int s, long x, long y, long plane) {
        long run = (long) passed * s * Float.BYTES;
        long far = run * m;
        float[] cos = plan.cosF32;
        float[] sin = plan.sinF32;
        for (int p = 0; p < m; p++) {
            int root = p * passed;
            butterflies4(x + run * p, far, y + 4 * run * p, run, plane, cos[root], sin[root], cos[2 * root],
                    sin[2 * root], cos[3 * root], sin[3 * root]);
        }
    }

    private static void butterflies4(long x, long far, long y, long run, long plane, float c1, float d1, float c2,
            float d2, float c3, float d3) {
        for (long q = 0; q < run; q += VectorMath.BYTES) {
            long at = x + q;
            FloatVector aR = load(at);
            FloatVector aI = load(at + plane);
            FloatVector bR = load(at + far);
            FloatVector bI = load(at + far + plane);
            FloatVector cR = load(at + 2 * far);
            FloatVector cI = load(at + 2 * far + plane);
            FloatVector dR = load(at + 3 * far);
            FloatVector dI = load(at + 3 * far + plane);
            FloatVector sumAcR = aR.add(cR);
            FloatVector sumAcI = aI.add(cI);
            FloatVector sumBdR = bR.add(dR);
            FloatVector sumBdI = bI.add(dI);
            long to = y + q;
            store(to, sumAcR.add(sumBdR));
            store(to + plane, sumAcI.add(sumBdI));
            FloatVector real = sumAcR.sub(sumBdR);
            FloatVector imaginary = sumAcI.sub(sumBdI);
            store(to + 2 * run, real.mul(c2).sub(imaginary.mul(d2)));
            store(to + 2 * run + plane, real.mul(d2).add(imaginary.mul(c2)));
            FloatVector difAcR = aR.sub(cR);
            FloatVector difAcI = aI.sub(cI);
            FloatVector difBdR = bR.sub(dR);
            FloatVector difBdI = bI.sub(dI);
            real = difAcR.add(difBdI);
            imaginary = difAcI.sub(difBdR);
            store(to + run, real.mul(c1).sub(imaginary.mul(d1)));
            store(to + run + plane, real.mul(d1).add(imaginary.mul(c1)));
            real = difAcR.sub(difBdI);
            imaginary = difAcI.add(difBdR);
            store(to + 3 * run, real.mul(c3).sub(imaginary.mul(d3)));
            store(to + 3 * run + plane, real.mul(d3).add(imaginary.mul(c3)));
        }
    }
}
