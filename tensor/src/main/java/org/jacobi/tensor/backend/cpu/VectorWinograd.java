package org.jacobi.tensor.backend.cpu;

import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.all;
import static org.jacobi.tensor.backend.cpu.VectorMath.load;
import static org.jacobi.tensor.backend.cpu.VectorMath.store;

import jdk.incubator.vector.FloatVector;

/**
 * The transforms of Winograd's convolution with the Vector API.
 *
 * <p>Their loops are no counted loops on purpose, as {@link VectorGemm}'s: unrolled, they would need too many registers.
 */
final class VectorWinograd implements WinogradLanes {
    /** What addresses have at most: of smaller ones the compiler sees that they need no check. */
    private static final long ADDRESSES = (1L << 60) - 1;
    // a and b are the points, beside 0 and infinity, at which polynomials are evaluated, with either sign.
    private static final float A = (float) Math.sqrt(0.5);
    private static final float B = (float) Math.sqrt(2);
    private static final FloatVector POINT_A = all(A);
    private static final FloatVector POINT_B = all(B);
    private static final FloatVector A_CUBED = all((float) (Math.sqrt(2) / 4));
    private static final FloatVector B_CUBED = all((float) (2 * Math.sqrt(2)));
    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector TWO = all(2f);
    private static final FloatVector MINUS_HALF = all(-0.5f);
    private static final FloatVector MINUS_TWO = all(-2f);
    private static final FloatVector MINUS_SUM = all(-2.5f);
    private static final FloatVector SHARE_A = all(-1 / 1.5f);
    private static final FloatVector SHARE_B = all(1 / 6f);
    private static final FloatVector SHARE_A_HALF = all(-0.5f / 1.5f);
    private static final FloatVector SHARE_B_TWICE = all(2 / 6f);
    private static final FloatVector SHARE_A_POINT = all((float) (-Math.sqrt(0.5) / 1.5));
    private static final FloatVector SHARE_B_POINT = all((float) (Math.sqrt(2) / 6));

    private static long known(long address) {
        return address & ADDRESSES;
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void input(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long end = from + count * next;
        for (long x = from, y = to; x != end; x += next, y += nextTo) {
            FloatVector d1 = load(known(x + step));
            FloatVector d2 = load(known(x + 2 * step));
            FloatVector d3 = load(known(x + 3 * step));
            FloatVector d4 = load(known(x + 4 * step));
            store(known(y), MINUS_SUM.fma(d2, load(known(x)).add(d4)));
            FloatVector even = MINUS_TWO.fma(d2, d4);
            FloatVector odd = MINUS_TWO.fma(d1, d3).mul(POINT_A);
            store(known(y + stepTo), even.add(odd));
            store(known(y + 2 * stepTo), even.sub(odd));
            even = MINUS_HALF.fma(d2, d4);
            odd = MINUS_HALF.fma(d1, d3).mul(POINT_B);
            store(known(y + 3 * stepTo), even.add(odd));
            store(known(y + 4 * stepTo), even.sub(odd));
            store(known(y + 5 * stepTo), MINUS_SUM.fma(d3, d1.add(load(known(x + 5 * step)))));
        }
    }

    @Override
    public void output(long from, long step, long next, long to, long stepTo, long nextTo, int count, long bias) {
        long end = from + count * next;
        FloatVector start = load(known(bias));
        for (long x = from, y = to; x != end; x += next, y += nextTo) {
            FloatVector m1 = load(known(x + step));
            FloatVector m2 = load(known(x + 2 * step));
            FloatVector m3 = load(known(x + 3 * step));
            FloatVector m4 = load(known(x + 4 * step));
            FloatVector sumA = m1.add(m2);
            FloatVector sumB = m3.add(m4);
            FloatVector apartA = m1.sub(m2);
            FloatVector apartB = m3.sub(m4);
            store(known(y), load(known(x)).add(sumA).add(sumB).add(start));
            store(known(y + stepTo), POINT_A.fma(apartA, POINT_B.fma(apartB, start)));
            store(known(y + 2 * stepTo), HALF.fma(sumA, TWO.fma(sumB, start)));
            FloatVector last = load(known(x + 5 * step)).add(start);
            store(known(y + 3 * stepTo), A_CUBED.fma(apartA, B_CUBED.fma(apartB, last)));
        }
    }

    @Override
    public void outputBack(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long end = from + count * next;
        for (long x = from, y = to; x != end; x += next, y += nextTo) {
            FloatVector y0 = load(known(x));
            FloatVector y1 = load(known(x + step));
            FloatVector y2 = load(known(x + 2 * step));
            FloatVector y3 = load(known(x + 3 * step));
            store(known(y), y0);
            FloatVector even = HALF.fma(y2, y0);
            FloatVector odd = A_CUBED.fma(y3, y1.mul(POINT_A));
            store(known(y + stepTo), even.add(odd));
            store(known(y + 2 * stepTo), even.sub(odd));
            even = TWO.fma(y2, y0);
            odd = B_CUBED.fma(y3, y1.mul(POINT_B));
            store(known(y + 3 * stepTo), even.add(odd));
            store(known(y + 4 * stepTo), even.sub(odd));
            store(known(y + 5 * stepTo), y3);
        }
    }

    @Override
    public void weight(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long end = from + count * next;
        for (long x = from, y = to; x != end; x += next, y += nextTo) {
            FloatVector g0 = load(known(x));
            FloatVector g1 = load(known(x + step));
            FloatVector g2 = load(known(x + 2 * step));
            store(known(y), g0);
            FloatVector even = HALF.fma(g2, g0).mul(SHARE_A);
            FloatVector odd = g1.mul(SHARE_A_POINT);
            store(known(y + stepTo), even.add(odd));
            store(known(y + 2 * stepTo), even.sub(odd));
            even = TWO.fma(g2, g0).mul(SHARE_B);
            odd = g1.mul(SHARE_B_POINT);
            store(known(y + 3 * stepTo), even.add(odd));
            store(known(y + 4 * stepTo), even.sub(odd));
            store(known(y + 5 * stepTo), g2);
        }
    }

    @Override
    public void weightBack(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long end = from + count * next;
        for (long x = from, y = to; x != end; x += next, y += nextTo) {
            FloatVector u1 = load(known(x + step));
            FloatVector u2 = load(known(x + 2 * step));
            FloatVector u3 = load(known(x + 3 * step));
            FloatVector u4 = load(known(x + 4 * step));
            FloatVector sumA = u1.add(u2);
            FloatVector sumB = u3.add(u4);
            store(known(y), SHARE_A.fma(sumA, SHARE_B.fma(sumB, load(known(x)))));
            store(known(y + stepTo), SHARE_A_POINT.fma(u1.sub(u2), SHARE_B_POINT.mul(u3.sub(u4))));
            store(known(y + 2 * stepTo),
                    SHARE_A_HALF.fma(sumA, SHARE_B_TWICE.fma(sumB, load(known(x + 5 * step)))));
        }
    }

    @Override
    public void transpose(long to, long rowTo, long from, long rowFrom, int rows, int columns) {
        VectorTranspose.transpose(to, rowTo, from, rowFrom, rows, columns);
    }
}
