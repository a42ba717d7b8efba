package org.jacobi.tensor.backend.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;
import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.SPECIES;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
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
 * The inner loops with the Vector API: whole vectors here, the rest of a row in the plain loops.
 *
 * <p>Sums go on in two vectors at once, because an addition takes longer than the loads for it. Vectors are read and
 * written by the Vector API's own methods: those the compiler inlines always, helpers of ours only as long as the
 * whole compiled method is not too large, and a vector that is handed to a helper by a real call is an object on the
 * heap.
 */
final class VectorFusedRows extends PlainFusedRows {
    private static final MemorySegment ALL = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Integer> WORDS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final VectorSpecies<Long> BLOCKS = VectorSpecies.of(long.class, SPECIES.vectorShape());
    private static final VectorShuffle<Long> LOWER_HALVES = VectorShuffle.makeZip(BLOCKS, 0);
    private static final VectorShuffle<Long> UPPER_HALVES = VectorShuffle.makeZip(BLOCKS, 1);
    private static final long LOWER_32 = 0xFFFFFFFFL;
    private static final long BYTES = SPECIES.vectorByteSize();

    // ---- rows in general -------------------------------------------------------------------------------------------

    @Override
    public float max(long x, int n) {
        FloatVector a = broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        int i = 0;
        // Comparing and choosing is shorter than max, which minds NaN and the sign of 0.
        for (; i <= n - 2 * LANES; i += 2 * LANES) {
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER);
            FloatVector q = fromMemorySegment(SPECIES, ALL, x + 4L * i + BYTES, ORDER);
            a = a.blend(p, p.compare(GT, a));
            b = b.blend(q, q.compare(GT, b));
        }
        for (; i <= n - LANES; i += LANES) {
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER);
            a = a.blend(p, p.compare(GT, a));
        }
        return Math.max(VectorMath.max(a.max(b)), super.max(x + 4L * i, n - i));
    }

    @Override
    public float dot(long x, long y, int n) {
        FloatVector a = broadcast(SPECIES, 0);
        FloatVector b = a;
        int i = 0;
        for (; i <= n - 2 * LANES; i += 2 * LANES) {
            long at = 4L * i;
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + at, ORDER);
            FloatVector q = fromMemorySegment(SPECIES, ALL, x + at + BYTES, ORDER);
            a = p.fma(fromMemorySegment(SPECIES, ALL, y + at, ORDER), a);
            b = q.fma(fromMemorySegment(SPECIES, ALL, y + at + BYTES, ORDER), b);
        }
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + at, ORDER);
            a = p.fma(fromMemorySegment(SPECIES, ALL, y + at, ORDER), a);
        }
        return VectorMath.sum(a.add(b)) + super.dot(x + 4L * i, y + 4L * i, n - i);
    }

    @Override
    public void scale(long x, float factor, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = x + 4L * i;
            fromMemorySegment(SPECIES, ALL, at, ORDER).mul(factor).intoMemorySegment(ALL, at, ORDER);
        }
        super.scale(x + 4L * i, factor, n - i);
    }

    // ---- softmax ---------------------------------------------------------------------------------------------------

    @Override
    public float exp(long out, long x, float shift, int n) {
        FloatVector sum = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector value = VectorMath.exp(fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(shift));
            value.intoMemorySegment(ALL, out + at, ORDER);
            sum = sum.add(value);
        }
        return VectorMath.sum(sum) + super.exp(out + 4L * i, x + 4L * i, shift, n - i);
    }

    @Override
    public float sumOfExp(long x, float shift, int n) {
        FloatVector sum = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            sum = sum.add(VectorMath.exp(fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER).sub(shift)));
        }
        return VectorMath.sum(sum) + super.sumOfExp(x + 4L * i, shift, n - i);
    }

    @Override
    public void logSoftmax(long out, long x, float max, float logSum, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector value = fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(max).sub(logSum);
            value.intoMemorySegment(ALL, out + at, ORDER);
        }
        super.logSoftmax(out + 4L * i, x + 4L * i, max, logSum, n - i);
    }

    @Override
    public void softmaxBackward(long dx, long dout, long out, float mean, float scale, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector centered = fromMemorySegment(SPECIES, ALL, dout + at, ORDER).sub(mean);
            FloatVector value = fromMemorySegment(SPECIES, ALL, out + at, ORDER).mul(centered).mul(scale);
            value.intoMemorySegment(ALL, dx + at, ORDER);
        }
        super.softmaxBackward(dx + 4L * i, dout + 4L * i, out + 4L * i, mean, scale, n - i);
    }

    @Override
    public void logSoftmaxBackward(long dx, long dout, long out, float sum, int n) {
        FloatVector minusSum = broadcast(SPECIES, -sum);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector probability = VectorMath.exp(fromMemorySegment(SPECIES, ALL, out + at, ORDER));
            FloatVector value = probability.fma(minusSum, fromMemorySegment(SPECIES, ALL, dout + at, ORDER));
            value.intoMemorySegment(ALL, dx + at, ORDER);
        }
        super.logSoftmaxBackward(dx + 4L * i, dout + 4L * i, out + 4L * i, sum, n - i);
    }

    @Override
    public void crossEntropyBackward(long dlogits, long logits, float lse, float share, float dout, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector probability = VectorMath.exp(fromMemorySegment(SPECIES, ALL, logits + at, ORDER).sub(lse));
            probability.sub(share).mul(dout).intoMemorySegment(ALL, dlogits + at, ORDER);
        }
        super.crossEntropyBackward(dlogits + 4L * i, logits + 4L * i, lse, share, dout, n - i);
    }

    // ---- normalization ---------------------------------------------------------------------------------------------

    @Override
    public float sumOfSquares(long x, float mean, int n) {
        FloatVector a = broadcast(SPECIES, 0);
        FloatVector b = a;
        int i = 0;
        for (; i <= n - 2 * LANES; i += 2 * LANES) {
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER).sub(mean);
            FloatVector q = fromMemorySegment(SPECIES, ALL, x + 4L * i + BYTES, ORDER).sub(mean);
            a = p.fma(p, a);
            b = q.fma(q, b);
        }
        for (; i <= n - LANES; i += LANES) {
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER).sub(mean);
            a = p.fma(p, a);
        }
        return VectorMath.sum(a.add(b)) + super.sumOfSquares(x + 4L * i, mean, n - i);
    }

    @Override
    public void normalize(long out, long x, float mean, float rstd, long weight, long bias, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector normalized = fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(mean).mul(rstd);
            FloatVector w = fromMemorySegment(SPECIES, ALL, weight + at, ORDER);
            FloatVector b = fromMemorySegment(SPECIES, ALL, bias + at, ORDER);
            normalized.fma(w, b).intoMemorySegment(ALL, out + at, ORDER);
        }
        long done = 4L * i;
        super.normalize(out + done, x + done, mean, rstd, weight + done, bias + done, n - i);
    }

    @Override
    public float normBackwardSums(long dweight, long dbias, long dout, long x, float mean, float rstd, long weight,
            int n) {
        FloatVector sum = broadcast(SPECIES, 0);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector d = fromMemorySegment(SPECIES, ALL, dout + at, ORDER);
            FloatVector product = d.mul(fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(mean).mul(rstd));
            FloatVector dw = fromMemorySegment(SPECIES, ALL, dweight + at, ORDER);
            FloatVector db = fromMemorySegment(SPECIES, ALL, dbias + at, ORDER);
            dw.add(product).intoMemorySegment(ALL, dweight + at, ORDER);
            db.add(d).intoMemorySegment(ALL, dbias + at, ORDER);
            sum = product.fma(fromMemorySegment(SPECIES, ALL, weight + at, ORDER), sum);
        }
        long done = 4L * i;
        return VectorMath.sum(sum)
                + super.normBackwardSums(dweight + done, dbias + done, dout + done, x + done, mean, rstd,
                        weight + done, n - i);
    }

    @Override
    public void normBackward(long dx, long dout, long x, float mean, float rstd, long weight, float meanG, float meanGX,
            int n) {
        FloatVector minusMeanG = broadcast(SPECIES, -meanG);
        FloatVector minusMeanGX = broadcast(SPECIES, -meanGX);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector normalized = fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(mean).mul(rstd);
            FloatVector w = fromMemorySegment(SPECIES, ALL, weight + at, ORDER);
            FloatVector g = fromMemorySegment(SPECIES, ALL, dout + at, ORDER).fma(w, minusMeanG);
            normalized.fma(minusMeanGX, g).mul(rstd).intoMemorySegment(ALL, dx + at, ORDER);
        }
        long done = 4L * i;
        super.normBackward(dx + done, dout + done, x + done, mean, rstd, weight + done, meanG, meanGX, n - i);
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    @Override
    public void shiftAndScale(long out, long x, float center, float factor, float summand, int n) {
        FloatVector factors = broadcast(SPECIES, factor);
        FloatVector summands = broadcast(SPECIES, summand);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(center).fma(factors, summands)
                    .intoMemorySegment(ALL, out + at, ORDER);
        }
        super.shiftAndScale(out + 4L * i, x + 4L * i, center, factor, summand, n - i);
    }

    @Override
    public float centeredDot(long dout, long x, float center, int n) {
        FloatVector a = broadcast(SPECIES, 0);
        FloatVector b = a;
        int i = 0;
        for (; i <= n - 2 * LANES; i += 2 * LANES) {
            long at = 4L * i;
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(center);
            FloatVector q = fromMemorySegment(SPECIES, ALL, x + at + BYTES, ORDER).sub(center);
            a = p.fma(fromMemorySegment(SPECIES, ALL, dout + at, ORDER), a);
            b = q.fma(fromMemorySegment(SPECIES, ALL, dout + at + BYTES, ORDER), b);
        }
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector p = fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(center);
            a = p.fma(fromMemorySegment(SPECIES, ALL, dout + at, ORDER), a);
        }
        return VectorMath.sum(a.add(b)) + super.centeredDot(dout + 4L * i, x + 4L * i, center, n - i);
    }

    @Override
    public void channelBackward(long dx, long dout, long x, float center, float share, float slope, float factor,
            int n) {
        FloatVector slopes = broadcast(SPECIES, -slope);
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector centered = fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(center);
            FloatVector value = centered.fma(slopes, fromMemorySegment(SPECIES, ALL, dout + at, ORDER).sub(share));
            value.mul(factor).intoMemorySegment(ALL, dx + at, ORDER);
        }
        long done = 4L * i;
        super.channelBackward(dx + done, dout + done, x + done, center, share, slope, factor, n - i);
    }

    @Override
    public void philox(long out, long seed, long call, long counter, int blocks) {
        int i = 0;
        for (; i <= blocks - BLOCKS.length(); i += BLOCKS.length()) {
            philox(out + 16L * i, seed, call, counter + i);
        }
        super.philox(out + 16L * i, seed, call, counter + i, blocks - i);
    }

    /**
     * One block of {@link org.jacobi.tensor.backend.Philox} a lane, each 32-bit word in the lower half of its 64-bit
     * lane.
     *
     * <p>Upper halves are left dirty and cleared right before they would count. So the compiler sees that the
     * products are those of 32-bit numbers, for which processors have an instruction much faster than the general
     * one; it takes the constants for such numbers, too, only when they are cleared.
     */
    private static void philox(long out, long seed, long call, long counter) {
        LongVector m0 = LongVector.broadcast(BLOCKS, 0xD2511F53L).and(LOWER_32);
        LongVector m1 = LongVector.broadcast(BLOCKS, 0xCD9E8D57L).and(LOWER_32);
        LongVector c0 = LongVector.broadcast(BLOCKS, counter).addIndex(1);
        LongVector c1 = c0.lanewise(LSHR, 32);
        LongVector c2 = LongVector.broadcast(BLOCKS, call);
        LongVector c3 = LongVector.broadcast(BLOCKS, call >>> 32);
        LongVector k0 = LongVector.broadcast(BLOCKS, seed);
        LongVector k1 = LongVector.broadcast(BLOCKS, seed >>> 32);
        for (int round = 0; round < 10; round++) {
            LongVector p0 = c0.and(LOWER_32).mul(m0);
            LongVector p1 = c2.and(LOWER_32).mul(m1);
            c0 = p1.lanewise(LSHR, 32).lanewise(XOR, c1).lanewise(XOR, k0);
            c2 = p0.lanewise(LSHR, 32).lanewise(XOR, c3).lanewise(XOR, k1);
            c1 = p1;
            c3 = p0;
            k0 = k0.add(0x9E3779B9L);
            k1 = k1.add(0xBB67AE85L);
        }
        LongVector first = c0.and(LOWER_32).or(c1.lanewise(LSHL, 32));
        LongVector second = c2.and(LOWER_32).or(c3.lanewise(LSHL, 32));
        first.rearrange(LOWER_HALVES, second).intoMemorySegment(ALL, out, ORDER);
        first.rearrange(UPPER_HALVES, second).intoMemorySegment(ALL, out + BYTES, ORDER);
    }

    @Override
    public void uniform(long out, long words, float from, float range, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            IntVector upper = IntVector.fromMemorySegment(WORDS, ALL, words + 4L * i, ORDER).lanewise(LSHR, 8);
            FloatVector u = ((FloatVector) upper.convert(VectorOperators.I2F, 0)).mul(0x1p-24f);
            u.mul(range).add(from).intoMemorySegment(ALL, out + 4L * i, ORDER);
        }
        super.uniform(out + 4L * i, words + 4L * i, from, range, n - i);
    }

    @Override
    public void dropout(long out, long x, long words, int threshold, float scale, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            IntVector upper = IntVector.fromMemorySegment(WORDS, ALL, words + at, ORDER).lanewise(LSHR, 8);
            VectorMask<Float> dropped = upper.compare(LT, threshold).cast(SPECIES);
            FloatVector kept = fromMemorySegment(SPECIES, ALL, x + at, ORDER).mul(scale);
            kept.blend(0, dropped).intoMemorySegment(ALL, out + at, ORDER);
        }
        super.dropout(out + 4L * i, x + 4L * i, words + 4L * i, threshold, scale, n - i);
    }

    // ---- attention with few queries --------------------------------------------------------------------------------

    @Override
    public void weightedSum(long out, long p, long v, long step, int rows, int n) {
        int i = 0;
        for (; i <= n - 4 * LANES; i += 4 * LANES) {
            weightedSumOfFour(out + 4L * i, p, v + 4L * i, step, rows);
        }
        for (; i <= n - LANES; i += LANES) {
            FloatVector sum = broadcast(SPECIES, 0);
            for (int s = 0; s < rows; s++) {
                FloatVector weight = broadcast(SPECIES, FusedRows.get(p + 4L * s));
                sum = fromMemorySegment(SPECIES, ALL, v + s * step + 4L * i, ORDER).fma(weight, sum);
            }
            sum.intoMemorySegment(ALL, out + 4L * i, ORDER);
        }
        super.weightedSum(out + 4L * i, p, v + 4L * i, step, rows, n - i);
    }

    /** Four vectors of the result, held in registers. */
    private static void weightedSumOfFour(long out, long p, long v, long step, int rows) {
        FloatVector a = broadcast(SPECIES, 0);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int s = 0; s < rows; s++) {
            FloatVector weight = broadcast(SPECIES, FusedRows.get(p + 4L * s));
            long row = v + s * step;
            a = fromMemorySegment(SPECIES, ALL, row, ORDER).fma(weight, a);
            b = fromMemorySegment(SPECIES, ALL, row + BYTES, ORDER).fma(weight, b);
            c = fromMemorySegment(SPECIES, ALL, row + 2 * BYTES, ORDER).fma(weight, c);
            d = fromMemorySegment(SPECIES, ALL, row + 3 * BYTES, ORDER).fma(weight, d);
        }
        a.intoMemorySegment(ALL, out, ORDER);
        b.intoMemorySegment(ALL, out + BYTES, ORDER);
        c.intoMemorySegment(ALL, out + 2 * BYTES, ORDER);
        d.intoMemorySegment(ALL, out + 3 * BYTES, ORDER);
    }

    // ---- AdamW -----------------------------------------------------------------------------------------------------

    @Override
    public void adamW(long parameter, long grad, long m, long v, long vMax, AdamW step, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector g = fromMemorySegment(SPECIES, ALL, grad + at, ORDER).mul(step.gradScale());
            FloatVector first =
                    fromMemorySegment(SPECIES, ALL, m + at, ORDER).mul(step.beta1()).add(g.mul(step.rest1()));
            FloatVector second = fromMemorySegment(SPECIES, ALL, v + at, ORDER).mul(step.beta2())
                    .add(g.mul(g).mul(step.rest2()));
            FloatVector largest = second;
            if (vMax != NONE) {
                largest = fromMemorySegment(SPECIES, ALL, vMax + at, ORDER).max(second);
                largest.intoMemorySegment(ALL, vMax + at, ORDER);
            }
            FloatVector root = largest.sqrt().mul(step.rootCorrection()).add(step.eps());
            FloatVector decayed = fromMemorySegment(SPECIES, ALL, parameter + at, ORDER).mul(step.decay());
            first.intoMemorySegment(ALL, m + at, ORDER);
            second.intoMemorySegment(ALL, v + at, ORDER);
            decayed.sub(first.div(root).mul(step.stepSize())).intoMemorySegment(ALL, parameter + at, ORDER);
        }
        long done = 4L * i;
        super.adamW(parameter + done, grad + done, m + done, v + done, vMax == NONE ? NONE : vMax + done, step, n - i);
    }

    // ---- recurrent cells -----------------------------------------------------------------------------------------------

    // Functions made of polynomials are reached through handles that are no constants to the compiler, which therefore compiles
    // each by itself. Two of them inlined in a cell exceed its budget: in some JVMs all vectors were objects, at half the speed.

    private static final MethodHandle[] FUNCTIONS = {function("sigmoid"), function("tanh")};
    private static final int SIGMOID = 0;
    private static final int TANH = 1;

    private static MethodHandle function(String name) {
        try {
            return MethodHandles.lookup().findStatic(VectorFusedRows.class, name,
                    MethodType.methodType(void.class, long.class, long.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** out = the function of x, of n numbers that fill whole vectors. */
    private static void apply(int function, long out, long x, int n) {
        try {
            FUNCTIONS[function].invokeExact(out, x, n);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void rnn(long h, long x, long bias, boolean relu, int n) {
        int done = sum(h, x, bias, n);
        if (relu) {
            relu(h, done);
        } else {
            apply(TANH, h, h, done);
        }
        super.rnn(h + 4L * done, x + 4L * done, bias + 4L * done, relu, n - done);
    }

    /** gates += x + bias; returns how many were done. */
    private static int sum(long gates, long x, long bias, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            fromMemorySegment(SPECIES, ALL, gates + at, ORDER).add(fromMemorySegment(SPECIES, ALL, x + at, ORDER))
                    .add(fromMemorySegment(SPECIES, ALL, bias + at, ORDER)).intoMemorySegment(ALL, gates + at, ORDER);
        }
        return i;
    }

    private static void relu(long h, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.relu(fromMemorySegment(SPECIES, ALL, h + 4L * i, ORDER)).intoMemorySegment(ALL, h + 4L * i,
                    ORDER);
        }
    }

    private static void tanh(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.tanh(fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER)).intoMemorySegment(ALL, out + 4L * i,
                    ORDER);
        }
    }

    private static void sigmoid(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            VectorMath.sigmoid(fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER)).intoMemorySegment(ALL, out + 4L * i,
                    ORDER);
        }
    }

    @Override
    public void lstm(long h, long c, long gates, long x, long bias, long cBefore, long gate, int n) {
        int done = 0;
        for (int part = 0; part < 4; part++) {
            long from = gates + part * gate;
            done = sum(from, x + part * gate, bias + part * gate, n);
            apply(part == 2 ? TANH : SIGMOID, from, from, done);
        }
        cells(c, gates, cBefore, gate, done);
        apply(TANH, h, c, done);
        for (int i = 0; i < done; i += LANES) {
            fromMemorySegment(SPECIES, ALL, h + 4L * i, ORDER)
                    .mul(fromMemorySegment(SPECIES, ALL, gates + 4L * i + 3 * gate, ORDER))
                    .intoMemorySegment(ALL, h + 4L * i, ORDER);
        }
        long at = 4L * done;
        super.lstm(h + at, c + at, gates + at, x + at, bias + at, cBefore + at, gate, n - done);
    }

    private static void cells(long c, long gates, long cBefore, long gate, int n) {
        for (int i = 0; i < n; i += LANES) {
            long at = gates + 4L * i;
            FloatVector in = fromMemorySegment(SPECIES, ALL, at, ORDER)
                    .mul(fromMemorySegment(SPECIES, ALL, at + 2 * gate, ORDER));
            fromMemorySegment(SPECIES, ALL, at + gate, ORDER)
                    .fma(fromMemorySegment(SPECIES, ALL, cBefore + 4L * i, ORDER), in)
                    .intoMemorySegment(ALL, c + 4L * i, ORDER);
        }
    }

    @Override
    public void lstmBackward(long dx, long dc, long dh, long gates, long c, long cBefore, long gate, int n) {
        int done = outputGradients(dx, dc, dh, gates, c, gate, n);
        inputGradients(dx, dc, gates, cBefore, gate, done);
        long at = 4L * done;
        super.lstmBackward(dx + at, dc + at, dh + at, gates + at, c + at, cBefore + at, gate, n - done);
    }

    /** The output gate's gradient, and the whole of the cell's, in dc; returns how many were done. */
    private static int outputGradients(long dx, long dc, long dh, long gates, long c, long gate, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector tanh = VectorMath.tanh(fromMemorySegment(SPECIES, ALL, c + at, ORDER));
            FloatVector d = fromMemorySegment(SPECIES, ALL, dh + at, ORDER);
            FloatVector o = fromMemorySegment(SPECIES, ALL, gates + at + 3 * gate, ORDER);
            d.mul(o).fma(VectorMath.tanhDerivative(tanh), fromMemorySegment(SPECIES, ALL, dc + at, ORDER))
                    .intoMemorySegment(ALL, dc + at, ORDER);
            VectorMath.sigmoidBackward(d.mul(tanh), o).intoMemorySegment(ALL, dx + at + 3 * gate, ORDER);
        }
        return i;
    }

    /** The other gates' gradients from the cell's, in dc, and there the one of the cell before. */
    private static void inputGradients(long dx, long dc, long gates, long cBefore, long gate, int n) {
        for (int i = 0; i < n; i += LANES) {
            long at = 4L * i;
            FloatVector cell = fromMemorySegment(SPECIES, ALL, dc + at, ORDER);
            FloatVector in = fromMemorySegment(SPECIES, ALL, gates + at, ORDER);
            FloatVector g = fromMemorySegment(SPECIES, ALL, gates + at + 2 * gate, ORDER);
            VectorMath.sigmoidBackward(cell.mul(g), in).intoMemorySegment(ALL, dx + at, ORDER);
            cell.mul(in).mul(VectorMath.tanhDerivative(g)).intoMemorySegment(ALL, dx + at + 2 * gate, ORDER);
            FloatVector f = fromMemorySegment(SPECIES, ALL, gates + at + gate, ORDER);
            FloatVector before = fromMemorySegment(SPECIES, ALL, cBefore + at, ORDER);
            VectorMath.sigmoidBackward(cell.mul(before), f).intoMemorySegment(ALL, dx + at + gate, ORDER);
            cell.mul(f).intoMemorySegment(ALL, dc + at, ORDER);
        }
    }

    @Override
    public void gru(long h, long inner, long gates, long x, long bias, long hBefore, long gate, int n) {
        int done = 0;
        for (int part = 0; part < 2; part++) {
            done = sum(gates + part * gate, x + part * gate, bias + part * gate, n);
            apply(SIGMOID, gates + part * gate, gates + part * gate, done);
        }
        for (int i = 0; i < done; i += LANES) {
            long at = 4L * i;
            FloatVector z = fromMemorySegment(SPECIES, ALL, gates + at + 2 * gate, ORDER)
                    .add(fromMemorySegment(SPECIES, ALL, bias + at + 2 * gate, ORDER));
            z.intoMemorySegment(ALL, inner + at, ORDER);
            fromMemorySegment(SPECIES, ALL, gates + at, ORDER)
                    .fma(z, fromMemorySegment(SPECIES, ALL, x + at + 2 * gate, ORDER))
                    .intoMemorySegment(ALL, gates + at + 2 * gate, ORDER);
        }
        apply(TANH, gates + 2 * gate, gates + 2 * gate, done);
        for (int i = 0; i < done; i += LANES) {
            long at = 4L * i;
            FloatVector state = fromMemorySegment(SPECIES, ALL, gates + at + 2 * gate, ORDER);
            fromMemorySegment(SPECIES, ALL, gates + at + gate, ORDER)
                    .fma(fromMemorySegment(SPECIES, ALL, hBefore + at, ORDER).sub(state), state)
                    .intoMemorySegment(ALL, h + at, ORDER);
        }
        long at = 4L * done;
        super.gru(h + at, inner + at, gates + at, x + at, bias + at, hBefore + at, gate, n - done);
    }

    @Override
    public void gruBackward(long dx, long dz, long dh, long gates, long inner, long hBefore, long gate, int n) {
        int i = 0;
        for (; i <= n - LANES; i += LANES) {
            long at = 4L * i;
            FloatVector u = fromMemorySegment(SPECIES, ALL, gates + at + gate, ORDER);
            FloatVector state = fromMemorySegment(SPECIES, ALL, gates + at + 2 * gate, ORDER);
            FloatVector d = fromMemorySegment(SPECIES, ALL, dh + at, ORDER);
            FloatVector before = fromMemorySegment(SPECIES, ALL, hBefore + at, ORDER);
            FloatVector kept = d.mul(u);
            FloatVector du = VectorMath.sigmoidBackward(d.mul(before.sub(state)), u);
            du.intoMemorySegment(ALL, dx + at + gate, ORDER);
            du.intoMemorySegment(ALL, dz + at + gate, ORDER);
            FloatVector dn = d.sub(kept).mul(VectorMath.tanhDerivative(state));
            dn.intoMemorySegment(ALL, dx + at + 2 * gate, ORDER);
            FloatVector r = fromMemorySegment(SPECIES, ALL, gates + at, ORDER);
            dn.mul(r).intoMemorySegment(ALL, dz + at + 2 * gate, ORDER);
            FloatVector dr = VectorMath.sigmoidBackward(
                    dn.mul(fromMemorySegment(SPECIES, ALL, inner + at, ORDER)), r);
            dr.intoMemorySegment(ALL, dx + at, ORDER);
            dr.intoMemorySegment(ALL, dz + at, ORDER);
            kept.intoMemorySegment(ALL, dh + at, ORDER);
        }
        long at = 4L * i;
        super.gruBackward(dx + at, dz + at, dh + at, gates + at, inner + at, hBefore + at, gate, n - i);
    }
}
