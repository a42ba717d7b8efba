package org.jacobi.tensor.backend.cpu;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.SPECIES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import org.jacobi.natives.NativeMemory;

/**
 * The inner loops over windows with the Vector API, one output a lane. The last vector of a row overlaps the one before, so
 * that nothing is left over; with a stride of 2, the even lanes of two vectors are taken, the second of which begins one
 * element early, so that nothing beyond the row is read.
 */
final class VectorWindowRows extends WindowRows {
    private static final MemorySegment ALL = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, SPECIES.vectorShape());
    private static final long BYTES = SPECIES.vectorByteSize();
    /** Lanes 0, 2, 4 ... of a vector, then lanes 1, 3, 5 ... of the other one. */
    private static final VectorShuffle<Float> EVENS =
            VectorShuffle.fromOp(SPECIES, i -> i < LANES / 2 ? 2 * i : 2 * i + 1);

    /** Lane i to lane 2 i, then to lane 2 i + 1 of the upper half: the reverse. */
    private static final VectorShuffle<Float> LOW_APART = VectorShuffle.fromOp(SPECIES, i -> i / 2);
    private static final VectorShuffle<Float> HIGH_APART = VectorShuffle.fromOp(SPECIES, i -> LANES / 2 + i / 2);
    private static final VectorMask<Float> EVEN_LANES = VectorMask.fromLong(SPECIES, 0x5555_5555_5555_5555L);
    private static final VectorMask<Float> ODD_LANES = EVEN_LANES.not();

    /** The last vector overlaps the one before; rows of a stride of 2 that are narrower than a vector are masked. */
    @Override
    void max(long out, long where, long base, long x, int stride, int[] offsets, int taps, int n) {
        if (stride > 2 || stride == 1 && n < LANES) {
            super.max(out, where, base, x, stride, offsets, taps, n);
        } else if (n < LANES) {
            maxOfFew(out, where, base, x, offsets, taps, n);
        } else {
            for (int i = 0; i < n; i += LANES) {
                int at = Math.min(i, n - LANES);
                if (where == NONE) {
                    if (stride == 1) {
                        max1(out + 4L * at, x + 4L * at, offsets, taps);
                    } else {
                        max2(out + 4L * at, x + 8L * at, offsets, taps);
                    }
                } else if (stride == 1) {
                    max1(out + 4L * at, where + 8L * at, base + at, x + 4L * at, offsets, taps);
                } else {
                    max2(out + 4L * at, where + 8L * at, base + 2L * at, x + 8L * at, offsets, taps);
                }
            }
        }
    }

    private static void max1(long out, long x, int[] offsets, int taps) {
        FloatVector best = fromMemorySegment(SPECIES, ALL, x + 4L * offsets[0], ORDER);
        for (int tap = 1; tap < taps; tap++) {
            FloatVector value = fromMemorySegment(SPECIES, ALL, x + 4L * offsets[tap], ORDER);
            best = best.blend(value, larger(value, best));
        }
        best.intoMemorySegment(ALL, out, ORDER);
    }

    private static void max2(long out, long x, int[] offsets, int taps) {
        FloatVector best = evens(x + 4L * offsets[0]);
        for (int tap = 1; tap < taps; tap++) {
            FloatVector value = evens(x + 4L * offsets[tap]);
            best = best.blend(value, larger(value, best));
        }
        best.intoMemorySegment(ALL, out, ORDER);
    }

    private static void max1(long out, long where, long base, long x, int[] offsets, int taps) {
        FloatVector best = fromMemorySegment(SPECIES, ALL, x + 4L * offsets[0], ORDER);
        IntVector first = IntVector.broadcast(INTS, offsets[0]);
        for (int tap = 1; tap < taps; tap++) {
            FloatVector value = fromMemorySegment(SPECIES, ALL, x + 4L * offsets[tap], ORDER);
            VectorMask<Float> larger = larger(value, best);
            best = best.blend(value, larger);
            first = first.blend(offsets[tap], larger.cast(INTS));
        }
        best.intoMemorySegment(ALL, out, ORDER);
        locate(where, base, first.addIndex(1), LANES);
    }

    private static void max2(long out, long where, long base, long x, int[] offsets, int taps) {
        FloatVector best = evens(x + 4L * offsets[0]);
        IntVector first = IntVector.broadcast(INTS, offsets[0]);
        for (int tap = 1; tap < taps; tap++) {
            FloatVector value = evens(x + 4L * offsets[tap]);
            VectorMask<Float> larger = larger(value, best);
            best = best.blend(value, larger);
            first = first.blend(offsets[tap], larger.cast(INTS));
        }
        best.intoMemorySegment(ALL, out, ORDER);
        locate(where, base, first.addIndex(2), LANES);
    }

    /** n maxima, fewer than there are lanes, with a stride of 2. */
    private static void maxOfFew(long out, long where, long base, long x, int[] offsets, int taps, int n) {
        VectorMask<Float> left = SPECIES.indexInRange(0, 2 * n - 1);
        VectorMask<Float> right = SPECIES.indexInRange(LANES - 1, 2 * n - 1);
        FloatVector best = evens(x + 4L * offsets[0], left, right);
        IntVector first = IntVector.broadcast(INTS, offsets[0]);
        for (int tap = 1; tap < taps; tap++) {
            FloatVector value = evens(x + 4L * offsets[tap], left, right);
            VectorMask<Float> larger = larger(value, best);
            best = best.blend(value, larger);
            first = first.blend(offsets[tap], larger.cast(INTS));
        }
        best.intoMemorySegment(ALL, out, ORDER, SPECIES.indexInRange(0, n));
        if (where != NONE) {
            locate(where, base, first.addIndex(2), n);
        }
    }

    /** Returns where a number takes the place of the best one so far: a NaN does, unless that is one. */
    private static VectorMask<Float> larger(FloatVector value, FloatVector best) {
        return value.compare(VectorOperators.LE, best).not().and(best.compare(VectorOperators.EQ, best));
    }

    private static FloatVector evens(long x) {
        return fromMemorySegment(SPECIES, ALL, x, ORDER).rearrange(EVENS,
                fromMemorySegment(SPECIES, ALL, x + BYTES - 4, ORDER));
    }

    /** Returns every second number, of those that the masks let through. */
    private static FloatVector evens(long x, VectorMask<Float> left, VectorMask<Float> right) {
        return fromMemorySegment(SPECIES, ALL, x, ORDER, left).rearrange(EVENS,
                fromMemorySegment(SPECIES, ALL, x + BYTES - 4, ORDER, right));
    }

    /** where[i] = base + first[i]. */
    private static void locate(long where, long base, IntVector first, int count) {
        LongVector low = (LongVector) first.convertShape(VectorOperators.I2L, LONGS, 0);
        LongVector high = (LongVector) first.convertShape(VectorOperators.I2L, LONGS, 1);
        low.add(base).intoMemorySegment(ALL, where, ORDER, LONGS.indexInRange(0, count));
        high.add(base).intoMemorySegment(ALL, where + BYTES, ORDER, LONGS.indexInRange(LANES / 2, count));
    }

    @Override
    void sum(long out, long x, int stride, int taps, float factor, int n) {
        if (n < LANES || stride > 2) {
            super.sum(out, x, stride, taps, factor, n);
            return;
        }
        for (int i = 0; i < n; i += LANES) {
            int at = Math.min(i, n - LANES);
            if (stride == 1) {
                sum1(out + 4L * at, x + 4L * at, taps, factor);
            } else {
                sum2(out + 4L * at, x + 8L * at, taps, factor);
            }
        }
    }

    private static void sum1(long out, long x, int taps, float factor) {
        FloatVector sum = fromMemorySegment(SPECIES, ALL, x, ORDER);
        for (int tap = 1; tap < taps; tap++) {
            sum = sum.add(fromMemorySegment(SPECIES, ALL, x + 4L * tap, ORDER));
        }
        sum.mul(factor).intoMemorySegment(ALL, out, ORDER);
    }

    private static void sum2(long out, long x, int taps, float factor) {
        FloatVector sum = evens(x);
        for (int tap = 1; tap < taps; tap++) {
            sum = sum.add(evens(x + 4L * tap));
        }
        sum.mul(factor).intoMemorySegment(ALL, out, ORDER);
    }

    @Override
    void addApart(long x, int stride, long from, int n) {
        int i = 0;
        for (; stride == 2 && i <= n - LANES; i += LANES) {
            FloatVector v = fromMemorySegment(SPECIES, ALL, from + 4L * i, ORDER);
            add(x + 8L * i, v.rearrange(LOW_APART), EVEN_LANES);
            add(x + 8L * i + BYTES - 4, v.rearrange(HIGH_APART), ODD_LANES);
        }
        super.addApart(x + 4L * i * stride, stride, from + 4L * i, n - i);
    }

    private static void add(long x, FloatVector v, VectorMask<Float> lanes) {
        FloatVector before = fromMemorySegment(SPECIES, ALL, x, ORDER);
        before.blend(before.add(v), lanes).intoMemorySegment(ALL, x, ORDER);
    }

    @Override
    void combine(long out, long x, long step, int[] sources, float[] weights, int from, int count, int n) {
        if (n < LANES) {
            super.combine(out, x, step, sources, weights, from, count, n);
            return;
        }
        for (int i = 0; i < n; i += LANES) {
            long at = 4L * Math.min(i, n - LANES);
            FloatVector sum = FloatVector.broadcast(SPECIES, 0);
            for (int k = from; k < from + count; k++) {
                sum = fromMemorySegment(SPECIES, ALL, x + sources[k] * step + at, ORDER)
                        .fma(FloatVector.broadcast(SPECIES, weights[k]), sum);
            }
            sum.intoMemorySegment(ALL, out + at, ORDER);
        }
    }
}
