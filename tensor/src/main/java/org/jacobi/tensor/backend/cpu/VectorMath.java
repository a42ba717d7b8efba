package org.jacobi.tensor.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import org.jacobi.natives.NativeMemory;

/**
 * The elementwise functions in single precision, one vector at a time; lane for lane the bits of {@link ScalarMath},
 * where the formulas are explained.
 *
 * <p>The Vector API's own exp, log and tanh and its lane sums are not used: they give other bits before the JIT
 * compiler has run than after it.
 */
final class VectorMath {
    private static final int WIDEST = 16;
    /** The machine's vectors, of 4, 8 or 16 lanes; wider ones exist on no machine that this was tried on. */
    static final VectorSpecies<Float> SPECIES =
            FloatVector.SPECIES_PREFERRED.length() > WIDEST ? FloatVector.SPECIES_512
                    : FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();
    static final int BYTES = LANES * Float.BYTES;

    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    // Vectors in fields are slow, unless they are constants: these the compiler keeps in registers. Broadcasting in the
    // formulas instead makes them so large that it gives up inlining them.
    private static final FloatVector ZERO = all(0f);
    private static final FloatVector ONE = all(1f);
    private static final FloatVector TWO = all(2f);
    private static final FloatVector HALF = all(0.5f);
    private static final FloatVector MINUS_HALF = all(-0.5f);
    private static final FloatVector INFINITY = all(Float.POSITIVE_INFINITY);
    private static final FloatVector MINUS_INFINITY = all(Float.NEGATIVE_INFINITY);
    private static final FloatVector NAN = all(Float.NaN);
    private static final FloatVector MIN_NORMAL = all(Float.MIN_NORMAL);
    private static final FloatVector ROUND = all(ScalarMath.ROUND);
    private static final FloatVector LOG2_E = all(ScalarMath.LOG2_E);
    private static final FloatVector MINUS_LN2_HIGH = all(-ScalarMath.LN2_HIGH);
    private static final FloatVector MINUS_LN2_LOW = all(-ScalarMath.LN2_LOW);
    private static final FloatVector LN2_HIGH = all(ScalarMath.LN2_HIGH);
    private static final FloatVector LN2_LOW = all(ScalarMath.LN2_LOW);
    private static final FloatVector EXP_MAX = all(ScalarMath.EXP_MAX);
    private static final FloatVector EXP_MIN = all(ScalarMath.EXP_MIN);
    private static final FloatVector E2 = all(ScalarMath.E2);
    private static final FloatVector E3 = all(ScalarMath.E3);
    private static final FloatVector E4 = all(ScalarMath.E4);
    private static final FloatVector E5 = all(ScalarMath.E5);
    private static final FloatVector E6 = all(ScalarMath.E6);
    private static final FloatVector SUBNORMAL_SCALE = all(ScalarMath.SUBNORMAL_SCALE);
    private static final FloatVector SUBNORMAL_EXPONENT = all((float) ScalarMath.MANTISSA_BITS);
    private static final FloatVector L3 = all(ScalarMath.L3);
    private static final FloatVector L4 = all(ScalarMath.L4);
    private static final FloatVector L5 = all(ScalarMath.L5);
    private static final FloatVector L6 = all(ScalarMath.L6);
    private static final FloatVector L7 = all(ScalarMath.L7);
    private static final FloatVector L8 = all(ScalarMath.L8);
    private static final FloatVector L9 = all(ScalarMath.L9);
    private static final FloatVector L10 = all(ScalarMath.L10);
    private static final FloatVector TANH_IS_ONE = all(ScalarMath.TANH_IS_ONE);
    private static final FloatVector ERF_IS_ONE = all(ScalarMath.ERF_IS_ONE);
    private static final FloatVector R0 = all(ScalarMath.R0);
    private static final FloatVector R1 = all(ScalarMath.R1);
    private static final FloatVector R2 = all(ScalarMath.R2);
    private static final FloatVector R3 = all(ScalarMath.R3);
    private static final FloatVector R4 = all(ScalarMath.R4);
    private static final FloatVector R5 = all(ScalarMath.R5);
    private static final FloatVector R6 = all(ScalarMath.R6);
    private static final FloatVector R7 = all(ScalarMath.R7);
    private static final FloatVector R8 = all(ScalarMath.R8);
    private static final FloatVector P = all(ScalarMath.P);
    private static final FloatVector P0 = all(ScalarMath.P0);
    private static final FloatVector P1 = all(ScalarMath.P1);
    private static final FloatVector P2 = all(ScalarMath.P2);
    private static final FloatVector P3 = all(ScalarMath.P3);
    private static final FloatVector P4 = all(ScalarMath.P4);
    private static final FloatVector P5 = all(ScalarMath.P5);
    private static final FloatVector P6 = all(ScalarMath.P6);
    private static final FloatVector P7 = all(ScalarMath.P7);
    private static final FloatVector INV_SQRT_2_PI = all(ScalarMath.INV_SQRT_2_PI);
    private static final FloatVector G1 = all(ScalarMath.G1);
    private static final FloatVector G3 = all(ScalarMath.G3);
    private static final FloatVector G3_TIMES_3 = all(ScalarMath.G3_TIMES_3);
    private static final FloatVector GELU_SQUARE_MAX = all(ScalarMath.GELU_SQUARE_MAX);
    private static final FloatVector LN2 = all(ScalarMath.LN2);
    private static final FloatVector EXP2_MAX = all(ScalarMath.EXP2_MAX);
    private static final FloatVector EXP2_MIN = all(ScalarMath.EXP2_MIN);
    private static final FloatVector LOG10_E = all(ScalarMath.LOG10_E);
    private static final FloatVector LOG10_2_HIGH = all(ScalarMath.LOG10_2_HIGH);
    private static final FloatVector LOG10_2_LOW = all(ScalarMath.LOG10_2_LOW);
    private static final FloatVector EXPM1_MAX = all(ScalarMath.EXPM1_MAX);
    private static final FloatVector SINE_MAX = all(ScalarMath.SINE_MAX);
    private static final FloatVector TWO_OVER_PI = all(ScalarMath.TWO_OVER_PI);
    private static final FloatVector S1 = all(ScalarMath.S1);
    private static final FloatVector S2 = all(ScalarMath.S2);
    private static final FloatVector S3 = all(ScalarMath.S3);
    private static final FloatVector C1 = all(ScalarMath.C1);
    private static final FloatVector C2 = all(ScalarMath.C2);
    private static final FloatVector C3 = all(ScalarMath.C3);
    private static final FloatVector SELU_SCALE = all(ScalarMath.SELU_SCALE);
    private static final FloatVector SELU_ALPHA = all(ScalarMath.SELU_ALPHA);
    private static final FloatVector MISH_MAX = all(ScalarMath.MISH_MAX);
    private static final FloatVector QUOTIENT_MAX = all(ScalarMath.QUOTIENT_MAX);
    private static final FloatVector MINUS_HALF_PI_1 = all(-ScalarMath.HALF_PI_1);
    private static final FloatVector MINUS_HALF_PI_2 = all(-ScalarMath.HALF_PI_2);
    private static final FloatVector MINUS_HALF_PI_3 = all(-ScalarMath.HALF_PI_3);
    private static final FloatVector MINUS_EXPM1_MAX = all(-ScalarMath.EXPM1_MAX);
    private static final FloatVector MINUS_ONE = all(-1f);
    private static final FloatVector THREE = all(3f);
    private static final FloatVector SIX = all(6f);
    private static final FloatVector NO_FRACTION = all(ScalarMath.NO_FRACTION);
    private static final IntVector ONE_BITS = all(ScalarMath.ONE_BITS);
    private static final IntVector ROUND_BITS = all(ScalarMath.ROUND_BITS);
    private static final IntVector SQRT_HALF_BITS = all(ScalarMath.SQRT_HALF_BITS);
    private static final IntVector MANTISSA_MASK = all(ScalarMath.MANTISSA_MASK);
    private static final IntVector SIGN_BIT = all(ScalarMath.SIGN_BIT);

    // Doubles, as many as there are floats in half a vector.
    static final VectorSpecies<Double> WIDE_SPECIES = SPECIES.withLanes(double.class);
    private static final VectorSpecies<Float> HALF_SPECIES =
            VectorSpecies.of(float.class, VectorShape.forBitSize(BYTES * Byte.SIZE / 2));
    static final int WIDE_LANES = WIDE_SPECIES.length();
    private static final DoubleVector WIDE_ZERO = all(0.0);
    private static final DoubleVector WIDE_ONE = all(1.0);
    private static final DoubleVector WIDE_HALF = all(0.5);
    private static final DoubleVector WIDE_INFINITY = all(Double.POSITIVE_INFINITY);
    private static final DoubleVector WIDE_MINUS_INFINITY = all(Double.NEGATIVE_INFINITY);
    private static final DoubleVector WIDE_NAN = all(Double.NaN);
    private static final DoubleVector WIDE_ROUND = all(ScalarMath.WIDE_ROUND);
    private static final DoubleVector WIDE_NO_FRACTION = all(ScalarMath.WIDE_NO_FRACTION);
    private static final DoubleVector POW_MAX = all(ScalarMath.POW_MAX);
    private static final DoubleVector MINUS_POW_MAX = all(-ScalarMath.POW_MAX);
    private static final DoubleVector Q0 = all(ScalarMath.Q0);
    private static final DoubleVector Q1 = all(ScalarMath.Q1);
    private static final DoubleVector Q2 = all(ScalarMath.Q2);
    private static final DoubleVector Q3 = all(ScalarMath.Q3);
    private static final DoubleVector Q4 = all(ScalarMath.Q4);
    private static final DoubleVector Q5 = all(ScalarMath.Q5);
    private static final DoubleVector Q6 = all(ScalarMath.Q6);
    private static final DoubleVector Q7 = all(ScalarMath.Q7);
    private static final DoubleVector T1 = all(ScalarMath.T1);
    private static final DoubleVector T2 = all(ScalarMath.T2);
    private static final DoubleVector T3 = all(ScalarMath.T3);
    private static final DoubleVector T4 = all(ScalarMath.T4);
    private static final DoubleVector T5 = all(ScalarMath.T5);
    private static final DoubleVector T6 = all(ScalarMath.T6);
    private static final DoubleVector T7 = all(ScalarMath.T7);
    private static final DoubleVector T8 = all(ScalarMath.T8);
    private static final DoubleVector T9 = all(ScalarMath.T9);
    private static final LongVector WIDE_SQRT_HALF_BITS = all(ScalarMath.WIDE_SQRT_HALF_BITS);
    private static final LongVector WIDE_MANTISSA_MASK = all(ScalarMath.WIDE_MANTISSA_MASK);
    private static final LongVector WIDE_ROUND_BITS = all(ScalarMath.WIDE_ROUND_BITS);

    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_1 = swap(1);

    private VectorMath() {
    }

    /** Lane i takes the value of lane i xor distance. */
    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(SPECIES, i -> (i ^ distance) % LANES);
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, MEMORY, address, ORDER);
    }

    static void store(long address, FloatVector v) {
        v.intoMemorySegment(MEMORY, address, ORDER);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    /** Loads as many numbers as a vector of doubles has lanes. */
    static DoubleVector loadWide(long address) {
        return (DoubleVector) FloatVector.fromMemorySegment(HALF_SPECIES, MEMORY, address, ORDER)
                .convertShape(VectorOperators.F2D, WIDE_SPECIES, 0);
    }

    static void storeNarrow(long address, DoubleVector v) {
        ((FloatVector) v.convertShape(VectorOperators.D2F, HALF_SPECIES, 0)).intoMemorySegment(MEMORY, address, ORDER);
    }

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(WIDE_SPECIES, value);
    }

    private static LongVector all(long value) {
        return LongVector.broadcast(WIDE_SPECIES.withLanes(long.class), value);
    }

    private static IntVector all(int value) {
        return IntVector.broadcast(SPECIES.withLanes(int.class), value);
    }

    // ---- lanes into one number, in an order that depends on the number of lanes only --------------------------------

    static float sum(FloatVector v) {
        FloatVector s = v;
        if (LANES > 8) {
            s = s.add(s.rearrange(SWAP_8));
        }
        if (LANES > 4) {
            s = s.add(s.rearrange(SWAP_4));
        }
        if (LANES > 2) {
            s = s.add(s.rearrange(SWAP_2));
        }
        return s.add(s.rearrange(SWAP_1)).lane(0);
    }

    /** Returns the largest lane; NaN if any is NaN. */
    static float max(FloatVector v) {
        FloatVector s = v;
        if (LANES > 8) {
            s = s.max(s.rearrange(SWAP_8));
        }
        if (LANES > 4) {
            s = s.max(s.rearrange(SWAP_4));
        }
        if (LANES > 2) {
            s = s.max(s.rearrange(SWAP_2));
        }
        return s.max(s.rearrange(SWAP_1)).lane(0);
    }

    /** Returns the smallest lane; NaN if any is NaN. */
    static float min(FloatVector v) {
        FloatVector s = v;
        if (LANES > 8) {
            s = s.min(s.rearrange(SWAP_8));
        }
        if (LANES > 4) {
            s = s.min(s.rearrange(SWAP_4));
        }
        if (LANES > 2) {
            s = s.min(s.rearrange(SWAP_2));
        }
        return s.min(s.rearrange(SWAP_1)).lane(0);
    }

    // ---- functions -------------------------------------------------------------------------------------------------

    static FloatVector exp(FloatVector x) {
        FloatVector t = x.fma(LOG2_E, ROUND);
        FloatVector n = t.sub(ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
        FloatVector p = r.mul(r).fma(exponentialTail(r), r).add(ONE);
        FloatVector y = p.reinterpretAsInts().add(exponent(t)).reinterpretAsFloats();
        return x.add(INFINITY).blend(y, x.compare(VectorOperators.LE, EXP_MAX))
                .blend(ZERO, x.compare(VectorOperators.LT, EXP_MIN));
    }

    private static FloatVector exponentialTail(FloatVector r) {
        return r.fma(E6, E5).fma(r, E4).fma(r, E3).fma(r, E2);
    }

    private static IntVector exponent(FloatVector t) {
        return t.reinterpretAsInts().lanewise(VectorOperators.LSHL, ScalarMath.MANTISSA_BITS);
    }

    static FloatVector expm1(FloatVector x) {
        FloatVector t = x.fma(LOG2_E, ROUND);
        FloatVector n = t.sub(ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
        FloatVector p = r.mul(r).fma(exponentialTail(r), r);
        FloatVector scale = exponent(t).add(ONE_BITS).reinterpretAsFloats();
        return scale.fma(p, scale.sub(ONE));
    }

    static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(VectorOperators.LT, MIN_NORMAL);
        IntVector bits = x.blend(x.mul(SUBNORMAL_SCALE), subnormal).reinterpretAsInts().sub(SQRT_HALF_BITS);
        FloatVector m = bits.and(MANTISSA_MASK).add(SQRT_HALF_BITS).reinterpretAsFloats();
        FloatVector e = bits.lanewise(VectorOperators.ASHR, ScalarMath.MANTISSA_BITS).add(ROUND_BITS)
                .reinterpretAsFloats().sub(ROUND);
        e = e.blend(e.sub(SUBNORMAL_EXPONENT), subnormal);
        FloatVector f = m.sub(ONE);
        FloatVector z = f.mul(f);
        FloatVector p = f.fma(L10, L9).fma(f, L8).fma(f, L7).fma(f, L6).fma(f, L5).fma(f, L4).fma(f, L3);
        FloatVector y = e.fma(LN2_LOW, z.mul(f).mul(p));
        y = z.fma(MINUS_HALF, y);
        y = e.fma(LN2_HIGH, f.add(y));
        return x.blend(y, x.compare(VectorOperators.LT, INFINITY))
                .blend(NAN, x.compare(VectorOperators.LT, ZERO))
                .blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, ZERO));
    }

    static FloatVector tanh(FloatVector x) {
        FloatVector e = expm1(x.abs().min(TANH_IS_ONE).mul(TWO));
        return withSignOf(x, e.div(e.add(TWO)));
    }

    static FloatVector sigmoid(FloatVector x) {
        return ONE.div(exp(x.neg()).add(ONE));
    }

    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(ONE));
    }

    static FloatVector siluDerivative(FloatVector x) {
        FloatVector e = exp(x.neg());
        FloatVector s = ONE.div(e.add(ONE));
        return s.mul(complement(s, e)).fma(x, s);
    }

    private static FloatVector complement(FloatVector s, FloatVector e) {
        return ONE.sub(s).blend(e.mul(s), e.compare(VectorOperators.LT, ONE));
    }

    static FloatVector erf(FloatVector x) {
        FloatVector t = x.abs().min(ERF_IS_ONE);
        FloatVector h = t.fma(R8, R7).fma(t, R6).fma(t, R5).fma(t, R4).fma(t, R3).fma(t, R2)
                .fma(t, R1).fma(t, R0);
        return withSignOf(x, expm1(t.mul(h).neg()).neg());
    }

    private static FloatVector normal(FloatVector x, FloatVector density) {
        FloatVector w = ONE.div(x.abs().fma(P, ONE));
        FloatVector q = w.fma(P7, P6).fma(w, P5).fma(w, P4).fma(w, P3).fma(w, P2).fma(w, P1)
                .fma(w, P0);
        FloatVector tail = density.mul(q);
        return tail.blend(ONE.sub(tail), x.compare(VectorOperators.GT, ZERO));
    }

    static FloatVector gelu(FloatVector x) {
        return x.mul(normal(x, exp(x.mul(x).mul(MINUS_HALF))));
    }

    static FloatVector geluDerivative(FloatVector x) {
        FloatVector density = exp(x.mul(x).mul(MINUS_HALF));
        return x.mul(INV_SQRT_2_PI).fma(density, normal(x, density));
    }

    static FloatVector geluTanh(FloatVector x) {
        FloatVector square = x.mul(x).min(GELU_SQUARE_MAX);
        return x.div(exp(x.mul(square.fma(G3, G1)).neg()).add(ONE));
    }

    static FloatVector geluTanhDerivative(FloatVector x) {
        FloatVector square = x.mul(x).min(GELU_SQUARE_MAX);
        FloatVector e = exp(x.mul(square.fma(G3, G1)).neg());
        FloatVector s = ONE.div(e.add(ONE));
        return s.mul(complement(s, e)).mul(x).fma(square.fma(G3_TIMES_3, G1), s);
    }

    static FloatVector relu(FloatVector x) {
        return x.blend(ZERO, x.compare(VectorOperators.LT, ZERO));
    }

    static FloatVector reluBackward(FloatVector dout, FloatVector x) {
        return ZERO.blend(dout, x.compare(VectorOperators.GT, ZERO));
    }

    static FloatVector tanhDerivative(FloatVector y) {
        return y.neg().fma(y, ONE);
    }

    static FloatVector sigmoidBackward(FloatVector dout, FloatVector y) {
        return dout.mul(y).mul(ONE.sub(y));
    }

    static FloatVector lerp(FloatVector a, FloatVector b, FloatVector weight) {
        FloatVector way = b.sub(a);
        return b.sub(way.mul(ONE.sub(weight)))
                .blend(weight.fma(way, a), weight.abs().compare(VectorOperators.LT, HALF));
    }

    static FloatVector wholeExpm1(FloatVector x) {
        FloatVector y = expm1(x.max(MINUS_EXPM1_MAX).min(EXPM1_MAX));
        return y.blend(exp(x), x.compare(VectorOperators.GT, EXPM1_MAX));
    }

    static FloatVector exp2(FloatVector x) {
        FloatVector t = x.add(ROUND);
        FloatVector r = x.sub(t.sub(ROUND)).mul(LN2);
        FloatVector p = r.mul(r).fma(exponentialTail(r), r).add(ONE);
        FloatVector y = p.reinterpretAsInts().add(exponent(t)).reinterpretAsFloats();
        return x.add(INFINITY).blend(y, x.compare(VectorOperators.LE, EXP2_MAX))
                .blend(ZERO, x.compare(VectorOperators.LT, EXP2_MIN));
    }

    static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(ONE);
        FloatVector lost = x.sub(u.sub(ONE)).div(u);
        return x.blend(log(u).add(lost), x.compare(VectorOperators.LT, INFINITY))
                .blend(NAN, x.compare(VectorOperators.LT, MINUS_ONE))
                .blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, MINUS_ONE));
    }

    private static FloatVector logOfSignificand(FloatVector x) {
        FloatVector m = scaledBits(x).and(MANTISSA_MASK).add(SQRT_HALF_BITS).reinterpretAsFloats();
        FloatVector f = m.sub(ONE);
        FloatVector z = f.mul(f);
        FloatVector p = f.fma(L10, L9).fma(f, L8).fma(f, L7).fma(f, L6).fma(f, L5).fma(f, L4).fma(f, L3);
        return f.add(z.fma(MINUS_HALF, z.mul(f).mul(p)));
    }

    private static FloatVector exponentOf(FloatVector x) {
        FloatVector e = scaledBits(x).lanewise(VectorOperators.ASHR, ScalarMath.MANTISSA_BITS).add(ROUND_BITS)
                .reinterpretAsFloats().sub(ROUND);
        return e.blend(e.sub(SUBNORMAL_EXPONENT), x.compare(VectorOperators.LT, MIN_NORMAL));
    }

    private static IntVector scaledBits(FloatVector x) {
        return x.blend(x.mul(SUBNORMAL_SCALE), x.compare(VectorOperators.LT, MIN_NORMAL)).reinterpretAsInts()
                .sub(SQRT_HALF_BITS);
    }

    private static FloatVector orSpecial(FloatVector x, FloatVector log) {
        return x.blend(log, x.compare(VectorOperators.LT, INFINITY))
                .blend(NAN, x.compare(VectorOperators.LT, ZERO))
                .blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, ZERO));
    }

    static FloatVector log2(FloatVector x) {
        return orSpecial(x, logOfSignificand(x).fma(LOG2_E, exponentOf(x)));
    }

    static FloatVector log10(FloatVector x) {
        FloatVector e = exponentOf(x);
        return orSpecial(x, e.fma(LOG10_2_HIGH, e.fma(LOG10_2_LOW, logOfSignificand(x).mul(LOG10_E))));
    }

    /** Returns whether {@link #sine} is for all of these numbers. */
    static boolean allReduce(FloatVector x) {
        return !x.abs().compare(VectorOperators.GT, SINE_MAX).anyTrue();
    }

    static FloatVector sine(FloatVector x, int quarters) {
        FloatVector t = x.fma(TWO_OVER_PI, ROUND);
        FloatVector n = t.sub(ROUND);
        FloatVector r = n.fma(MINUS_HALF_PI_3, n.fma(MINUS_HALF_PI_2, n.fma(MINUS_HALF_PI_1, x)));
        FloatVector z = r.mul(r);
        FloatVector sine = x.blend(z.mul(r).fma(z.fma(S3, S2).fma(z, S1), r), x.compare(VectorOperators.NE, ZERO));
        FloatVector cosine = z.mul(z).fma(z.fma(C3, C2).fma(z, C1), z.fma(MINUS_HALF, ONE));
        IntVector turns = t.reinterpretAsInts().add(quarters);
        FloatVector y = sine.blend(cosine, turns.and(1).compare(VectorOperators.EQ, 1).cast(SPECIES));
        return y.reinterpretAsInts().lanewise(VectorOperators.XOR, turns.and(2).lanewise(VectorOperators.LSHL, 30))
                .reinterpretAsFloats();
    }

    /** Returns 2^(b log). */
    static DoubleVector power(DoubleVector log, DoubleVector b) {
        return exp2(b.mul(log).max(MINUS_POW_MAX).min(POW_MAX));
    }

    /** Returns a to the power of b, from |a|^b where that is an ordinary number. */
    static DoubleVector signedPower(DoubleVector power, DoubleVector a, DoubleVector b) {
        DoubleVector x = a.abs();
        DoubleVector exponent = b.abs();
        DoubleVector y = power.blend(WIDE_ONE,
                b.compare(VectorOperators.EQ, WIDE_ZERO).or(a.compare(VectorOperators.EQ, WIDE_ONE)).or(
                        x.compare(VectorOperators.EQ, WIDE_ONE)
                                .and(exponent.compare(VectorOperators.EQ, WIDE_INFINITY))));
        DoubleVector half = exponent.mul(WIDE_HALF);
        VectorMask<Double> whole = isWhole(exponent);
        VectorMask<Double> odd = whole.andNot(isWhole(half));
        y = y.blend(y.neg(), odd.and(a.reinterpretAsLongs().compare(VectorOperators.LT, 0).cast(WIDE_SPECIES)));
        return y.blend(WIDE_NAN, a.compare(VectorOperators.LT, WIDE_ZERO)
                .and(x.compare(VectorOperators.LT, WIDE_INFINITY)).andNot(whole));
    }

    private static VectorMask<Double> isWhole(DoubleVector x) {
        return x.add(WIDE_NO_FRACTION).sub(WIDE_NO_FRACTION).compare(VectorOperators.EQ, x);
    }

    static DoubleVector wideLog2(DoubleVector x) {
        LongVector bits = x.reinterpretAsLongs().sub(WIDE_SQRT_HALF_BITS);
        DoubleVector m = bits.and(WIDE_MANTISSA_MASK).add(WIDE_SQRT_HALF_BITS).reinterpretAsDoubles();
        DoubleVector e = bits.lanewise(VectorOperators.ASHR, ScalarMath.WIDE_MANTISSA_BITS).add(WIDE_ROUND_BITS)
                .reinterpretAsDoubles().sub(WIDE_ROUND);
        DoubleVector s = m.sub(WIDE_ONE).div(m.add(WIDE_ONE));
        DoubleVector z = s.mul(s);
        DoubleVector q = z.fma(Q7, Q6).fma(z, Q5).fma(z, Q4).fma(z, Q3).fma(z, Q2).fma(z, Q1).fma(z, Q0);
        return x.blend(s.fma(q, e), x.compare(VectorOperators.LT, WIDE_INFINITY))
                .blend(WIDE_MINUS_INFINITY, x.compare(VectorOperators.EQ, WIDE_ZERO));
    }

    private static DoubleVector exp2(DoubleVector x) {
        DoubleVector t = x.add(WIDE_ROUND);
        DoubleVector r = x.sub(t.sub(WIDE_ROUND));
        DoubleVector p = r.fma(T9, T8).fma(r, T7).fma(r, T6).fma(r, T5).fma(r, T4).fma(r, T3).fma(r, T2).fma(r, T1)
                .fma(r, WIDE_ONE);
        LongVector scale = t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, ScalarMath.WIDE_MANTISSA_BITS);
        return p.reinterpretAsLongs().add(scale).reinterpretAsDoubles();
    }

    static FloatVector trunc(FloatVector x) {
        return withSignOf(x, floor(x.abs()));
    }

    static FloatVector elu(FloatVector x, FloatVector alpha) {
        return alpha.mul(expm1(x.max(MINUS_EXPM1_MAX).min(ZERO))).blend(x, x.compare(VectorOperators.GT, ZERO));
    }

    static FloatVector selu(FloatVector x) {
        return SELU_SCALE.mul(elu(x, SELU_ALPHA));
    }

    static FloatVector softplus(FloatVector x, FloatVector threshold) {
        return x.max(ZERO).add(log1p(exp(x.abs().neg()))).blend(x, x.compare(VectorOperators.GT, threshold));
    }

    static FloatVector logSigmoid(FloatVector x) {
        return x.min(ZERO).sub(log1p(exp(x.abs().neg())));
    }

    static FloatVector mish(FloatVector x) {
        FloatVector e = exp(x.min(MISH_MAX));
        FloatVector n = e.mul(e.add(TWO));
        return x.mul(n.div(n.add(TWO)));
    }

    static FloatVector hardsigmoid(FloatVector x) {
        return x.add(THREE).max(ZERO).min(SIX).div(SIX);
    }

    static FloatVector hardswish(FloatVector x) {
        return x.mul(hardsigmoid(x));
    }

    static FloatVector leakyRelu(FloatVector x, FloatVector slope) {
        return x.mul(slope).blend(x, x.compare(VectorOperators.GT, ZERO));
    }

    /** Returns whether {@link #fmod} and its kin are for all of these numbers. */
    static boolean allDivide(FloatVector a, FloatVector b) {
        return a.div(b).abs().compare(VectorOperators.LT, QUOTIENT_MAX)
                .and(b.abs().compare(VectorOperators.LT, INFINITY)).allTrue();
    }

    /**
     * Returns a - b trunc(a / b), exactly: a product and a sum that round once give what is left, and where the rounded
     * quotient reached the next integer, what is left has the wrong sign and lacks one b.
     */
    static FloatVector fmod(FloatVector a, FloatVector b) {
        FloatVector rest = trunc(a.div(b)).neg().fma(b, a);
        VectorMask<Float> beyond = rest.compare(VectorOperators.LT, ZERO).and(a.compare(VectorOperators.GT, ZERO))
                .or(rest.compare(VectorOperators.GT, ZERO).and(a.compare(VectorOperators.LT, ZERO)));
        return withSignOf(a, rest.blend(rest.add(withSignOf(a, b.abs())), beyond).abs());
    }

    /** Returns where what is left of a division has another sign than the divisor. */
    private static VectorMask<Float> otherSign(FloatVector rest, FloatVector b) {
        return rest.compare(VectorOperators.LT, ZERO).and(b.compare(VectorOperators.GT, ZERO))
                .or(rest.compare(VectorOperators.GT, ZERO).and(b.compare(VectorOperators.LT, ZERO)));
    }

    static FloatVector remainder(FloatVector a, FloatVector b) {
        FloatVector rest = fmod(a, b);
        return rest.blend(rest.add(b), otherSign(rest, b));
    }

    static FloatVector floorDivide(FloatVector a, FloatVector b) {
        FloatVector rest = fmod(a, b);
        FloatVector quotient = a.sub(rest).div(b);
        quotient = quotient.blend(quotient.sub(ONE), otherSign(rest, b));
        return round(quotient).blend(withSignOf(a.div(b), ZERO), quotient.compare(VectorOperators.EQ, ZERO));
    }

    static FloatVector sign(FloatVector x) {
        return x.blend(withSignOf(x, ONE), x.abs().compare(VectorOperators.GT, ZERO));
    }

    static FloatVector round(FloatVector x) {
        FloatVector a = x.abs();
        return withSignOf(x, a.blend(a.add(NO_FRACTION).sub(NO_FRACTION), a.compare(VectorOperators.LT, NO_FRACTION)));
    }

    static FloatVector floor(FloatVector x) {
        FloatVector r = round(x);
        return r.blend(r.sub(ONE), r.compare(VectorOperators.GT, x));
    }

    static FloatVector ceil(FloatVector x) {
        FloatVector r = round(x);
        return withSignOf(x, r.blend(r.add(ONE), r.compare(VectorOperators.LT, x)).abs());
    }

    private static FloatVector withSignOf(FloatVector x, FloatVector magnitude) {
        return x.reinterpretAsInts().and(SIGN_BIT).or(magnitude.reinterpretAsInts()).reinterpretAsFloats();
    }
}
