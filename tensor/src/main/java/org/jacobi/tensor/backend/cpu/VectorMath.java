package org.jacobi.tensor.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
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
    private static final FloatVector NO_FRACTION = all(ScalarMath.NO_FRACTION);
    private static final IntVector ONE_BITS = all(ScalarMath.ONE_BITS);
    private static final IntVector ROUND_BITS = all(ScalarMath.ROUND_BITS);
    private static final IntVector SQRT_HALF_BITS = all(ScalarMath.SQRT_HALF_BITS);
    private static final IntVector MANTISSA_MASK = all(ScalarMath.MANTISSA_MASK);
    private static final IntVector SIGN_BIT = all(ScalarMath.SIGN_BIT);

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
