package org.jacobi.tensor.backend.cpu;

import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.SPECIES;
import static org.jacobi.tensor.backend.cpu.VectorMath.all;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;

import org.jacobi.natives.NativeMemory;

/**
 * The transforms of Winograd's convolution with the Vector API.
 *
 * <p>Their loops are no counted loops on purpose, as {@link VectorGemm}'s: unrolled, they would need too many registers. And
 * they call the Vector API alone, which is always inlined: a helper of our own would be called once the compiler's budget for
 * inlining is spent, with vectors as objects. So they have more than 325 bytecodes each, too, which is how many a method may
 * have that the compiler inlines in its caller, where several of them would share one budget.
 */
final class VectorWinograd implements WinogradLanes {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** What addresses and strides have at most: of smaller ones the compiler sees that they need no check. */
    private static final long ADDRESSES = (1L << 60) - 1;
    private static final long STRIDES = (1L << 40) - 1;
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

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void input(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long s = step & STRIDES;
        long t = stepTo & STRIDES;
        long end = from + count * next & ADDRESSES;
        for (long x = from & ADDRESSES, y = to & ADDRESSES; x != end; x = x + next & ADDRESSES, y =
                y + nextTo & ADDRESSES) {
            FloatVector d1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + s, ORDER);
            FloatVector d2 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 2 * s, ORDER);
            FloatVector d3 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 3 * s, ORDER);
            FloatVector d4 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 4 * s, ORDER);
            MINUS_SUM.fma(d2, FloatVector.fromMemorySegment(SPECIES, MEMORY, x, ORDER).add(d4))
                    .intoMemorySegment(MEMORY, y, ORDER);
            FloatVector even = MINUS_TWO.fma(d2, d4);
            FloatVector odd = MINUS_TWO.fma(d1, d3).mul(POINT_A);
            even.add(odd).intoMemorySegment(MEMORY, y + t, ORDER);
            even.sub(odd).intoMemorySegment(MEMORY, y + 2 * t, ORDER);
            even = MINUS_HALF.fma(d2, d4);
            odd = MINUS_HALF.fma(d1, d3).mul(POINT_B);
            even.add(odd).intoMemorySegment(MEMORY, y + 3 * t, ORDER);
            even.sub(odd).intoMemorySegment(MEMORY, y + 4 * t, ORDER);
            MINUS_SUM.fma(d3, d1.add(FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 5 * s, ORDER)))
                    .intoMemorySegment(MEMORY, y + 5 * t, ORDER);
        }
    }

    @Override
    public void output(long from, long step, long next, long to, long stepTo, long nextTo, int count, long bias) {
        long s = step & STRIDES;
        long t = stepTo & STRIDES;
        long end = from + count * next & ADDRESSES;
        FloatVector start = FloatVector.fromMemorySegment(SPECIES, MEMORY, bias, ORDER);
        for (long x = from & ADDRESSES, y = to & ADDRESSES; x != end; x = x + next & ADDRESSES, y =
                y + nextTo & ADDRESSES) {
            FloatVector m1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + s, ORDER);
            FloatVector m2 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 2 * s, ORDER);
            FloatVector m3 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 3 * s, ORDER);
            FloatVector m4 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 4 * s, ORDER);
            FloatVector sumA = m1.add(m2);
            FloatVector sumB = m3.add(m4);
            FloatVector apartA = m1.sub(m2);
            FloatVector apartB = m3.sub(m4);
            FloatVector.fromMemorySegment(SPECIES, MEMORY, x, ORDER).add(sumA).add(sumB).add(start)
                    .intoMemorySegment(MEMORY, y, ORDER);
            POINT_A.fma(apartA, POINT_B.fma(apartB, start)).intoMemorySegment(MEMORY, y + t, ORDER);
            HALF.fma(sumA, TWO.fma(sumB, start)).intoMemorySegment(MEMORY, y + 2 * t, ORDER);
            FloatVector last = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 5 * s, ORDER).add(start);
            A_CUBED.fma(apartA, B_CUBED.fma(apartB, last)).intoMemorySegment(MEMORY, y + 3 * t, ORDER);
        }
    }

    @Override
    public void outputBack(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long s = step & STRIDES;
        long t = stepTo & STRIDES;
        long end = from + count * next & ADDRESSES;
        for (long x = from & ADDRESSES, y = to & ADDRESSES; x != end; x = x + next & ADDRESSES, y =
                y + nextTo & ADDRESSES) {
            FloatVector y0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x, ORDER);
            FloatVector y1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + s, ORDER);
            FloatVector y2 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 2 * s, ORDER);
            FloatVector y3 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 3 * s, ORDER);
            y0.intoMemorySegment(MEMORY, y, ORDER);
            FloatVector even = HALF.fma(y2, y0);
            FloatVector odd = A_CUBED.fma(y3, y1.mul(POINT_A));
            even.add(odd).intoMemorySegment(MEMORY, y + t, ORDER);
            even.sub(odd).intoMemorySegment(MEMORY, y + 2 * t, ORDER);
            even = TWO.fma(y2, y0);
            odd = B_CUBED.fma(y3, y1.mul(POINT_B));
            even.add(odd).intoMemorySegment(MEMORY, y + 3 * t, ORDER);
            even.sub(odd).intoMemorySegment(MEMORY, y + 4 * t, ORDER);
            y3.intoMemorySegment(MEMORY, y + 5 * t, ORDER);
        }
    }

    @Override
    public void weight(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long end = from + count * next & ADDRESSES;
        for (long x = from & ADDRESSES, y = to & ADDRESSES; x != end; x = x + next & ADDRESSES, y =
                y + nextTo & ADDRESSES) {
            FloatVector g0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x, ORDER);
            FloatVector g1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + step & ADDRESSES, ORDER);
            FloatVector g2 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 2 * step & ADDRESSES, ORDER);
            g0.intoMemorySegment(MEMORY, y, ORDER);
            FloatVector even = HALF.fma(g2, g0).mul(SHARE_A);
            FloatVector odd = g1.mul(SHARE_A_POINT);
            even.add(odd).intoMemorySegment(MEMORY, y + stepTo & ADDRESSES, ORDER);
            even.sub(odd).intoMemorySegment(MEMORY, y + 2 * stepTo & ADDRESSES, ORDER);
            even = TWO.fma(g2, g0).mul(SHARE_B);
            odd = g1.mul(SHARE_B_POINT);
            even.add(odd).intoMemorySegment(MEMORY, y + 3 * stepTo & ADDRESSES, ORDER);
            even.sub(odd).intoMemorySegment(MEMORY, y + 4 * stepTo & ADDRESSES, ORDER);
            g2.intoMemorySegment(MEMORY, y + 5 * stepTo & ADDRESSES, ORDER);
        }
    }

    @Override
    public void weightBack(long from, long step, long next, long to, long stepTo, long nextTo, int count) {
        long end = from + count * next & ADDRESSES;
        for (long x = from & ADDRESSES, y = to & ADDRESSES; x != end; x = x + next & ADDRESSES, y =
                y + nextTo & ADDRESSES) {
            FloatVector u1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + step & ADDRESSES, ORDER);
            FloatVector u2 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 2 * step & ADDRESSES, ORDER);
            FloatVector u3 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 3 * step & ADDRESSES, ORDER);
            FloatVector u4 = FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 4 * step & ADDRESSES, ORDER);
            FloatVector sumA = u1.add(u2);
            FloatVector sumB = u3.add(u4);
            SHARE_A.fma(sumA, SHARE_B.fma(sumB, FloatVector.fromMemorySegment(SPECIES, MEMORY, x, ORDER)))
                    .intoMemorySegment(MEMORY, y, ORDER);
            SHARE_A_POINT.fma(u1.sub(u2), SHARE_B_POINT.mul(u3.sub(u4))).intoMemorySegment(MEMORY,
                    y + stepTo & ADDRESSES, ORDER);
            SHARE_A_HALF
                    .fma(sumA,
                            SHARE_B_TWICE.fma(sumB,
                                    FloatVector.fromMemorySegment(SPECIES, MEMORY, x + 5 * step & ADDRESSES, ORDER)))
                    .intoMemorySegment(MEMORY, y + 2 * stepTo & ADDRESSES, ORDER);
        }
    }

    @Override
    public void transpose(long to, long rowTo, long from, long rowFrom, int rows, int columns) {
        VectorTranspose.transpose(to, rowTo, from, rowFrom, rows, columns);
    }
}
