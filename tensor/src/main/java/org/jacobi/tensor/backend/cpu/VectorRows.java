package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * Inner loops by the Vector API: whole vectors here, what is left over by {@link PlainRows}.
 *
 * <p>Each function has its own loop, so that the compiler sees one straight body without calls or branches. A loop's n
 * is a multiple of the lane count. A vector that a loop changes must begin as a fresh broadcast: begun as one of the
 * constants, it stays an object on the heap.
 */
final class VectorRows implements Rows {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows PLAIN = new PlainRows();
    private static final FloatVector ZERO = VectorMath.all(0f);
    private static final FloatVector ONE = VectorMath.all(1f);
    private static final FloatVector INFINITY = VectorMath.all(Float.POSITIVE_INFINITY);
    private static final VectorShuffle<Float> BACKWARDS =
            VectorShuffle.fromOp(VectorMath.SPECIES, i -> LANES - 1 - i);
    /** As many 16-bit numbers as a vector has lanes. */
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(LANES * Short.SIZE));
    private static final VectorSpecies<Integer> INTS = VectorMath.SPECIES.withLanes(int.class);
    private static final VectorSpecies<Long> LONGS = VectorMath.SPECIES.withLanes(long.class);
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** How many powers are worked on at once, with the doubles between loops in the first cache. */
    private static final int POW_PIECE = 512;
    /** So few powers are computed one by one: until the loops below are compiled as a whole, their vectors are objects. */
    private static final int POW_FEW = 128;
    /** Sums go on in four vectors at once, because an addition takes about four cycles. */
    private static final int UNROLL = 4;

    private static FloatVector load(long address, int i) {
        return VectorMath.load(address + (long) i * Float.BYTES);
    }

    private static void store(long address, int i, FloatVector v) {
        VectorMath.store(address + (long) i * Float.BYTES, v);
    }

    /** Returns how many of n numbers fill whole vectors. */
    private static int whole(int n) {
        return n & -LANES;
    }

    // ---- one operand -----------------------------------------------------------------------------------------------

    @Override
    public void unary(UnaryOp op, long out, long x, int n) {
        int whole = whole(n);
        switch (op) {
            case NEG -> neg(out, x, whole);
            case ABS -> abs(out, x, whole);
            case SIGN -> sign(out, x, whole);
            case EXP -> exp(out, x, whole);
            case LOG -> log(out, x, whole);
            case SQRT -> sqrt(out, x, whole);
            case RSQRT -> rsqrt(out, x, whole);
            case RECIPROCAL -> reciprocal(out, x, whole);
            case SQUARE -> square(out, x, whole);
            case TANH -> tanh(out, x, whole);
            case ERF -> erf(out, x, whole);
            case FLOOR -> floor(out, x, whole);
            case CEIL -> ceil(out, x, whole);
            case ROUND -> round(out, x, whole);
            case SIGMOID -> sigmoid(out, x, whole);
            case RELU -> relu(out, x, whole);
            case GELU -> gelu(out, x, whole);
            case GELU_TANH -> geluTanh(out, x, whole);
            case SILU -> silu(out, x, whole);
            case LOGICAL_NOT -> logicalNot(out, x, whole);
            case IS_NAN -> isNaN(out, x, whole);
            case EXPM1 -> expm1(out, x, whole);
            case EXP2 -> exp2(out, x, whole);
            case LOG1P -> log1p(out, x, whole);
            case LOG2 -> log2(out, x, whole);
            case LOG10 -> log10(out, x, whole);
            case TRUNC -> trunc(out, x, whole);
            case FRAC -> frac(out, x, whole);
            case SELU -> selu(out, x, whole);
            case LOG_SIGMOID -> logSigmoid(out, x, whole);
            case MISH -> mish(out, x, whole);
            case HARDSIGMOID -> hardsigmoid(out, x, whole);
            case HARDSWISH -> hardswish(out, x, whole);
            case IS_FINITE -> isFinite(out, x, whole);
            case IS_INF -> isInf(out, x, whole);
            case SIN -> sine(op, 0, out, x, whole);
            case COS -> sine(op, 1, out, x, whole);
            default -> PLAIN.unary(op, out, x, whole);
        }
        if (whole < n) {
            long size = op.isPredicate() ? Byte.BYTES : Float.BYTES;
            PLAIN.unary(op, out + whole * size, x + (long) whole * Float.BYTES, n - whole);
        }
    }

    private static void neg(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).neg());
        }
    }

    private static void abs(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).abs());
        }
    }

    private static void sign(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.sign(load(x, i)));
        }
    }

    private static void exp(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.exp(load(x, i)));
        }
    }

    private static void log(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.log(load(x, i)));
        }
    }

    private static void sqrt(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).sqrt());
        }
    }

    private static void rsqrt(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, ONE.div(load(x, i).sqrt()));
        }
    }

    private static void reciprocal(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, ONE.div(load(x, i)));
        }
    }

    private static void square(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).mul(load(x, i)));
        }
    }

    private static void tanh(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.tanh(load(x, i)));
        }
    }

    private static void erf(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.erf(load(x, i)));
        }
    }

    private static void floor(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.floor(load(x, i)));
        }
    }

    private static void ceil(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.ceil(load(x, i)));
        }
    }

    private static void round(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.round(load(x, i)));
        }
    }

    private static void sigmoid(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.sigmoid(load(x, i)));
        }
    }

    private static void relu(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.relu(load(x, i)));
        }
    }

    private static void gelu(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.gelu(load(x, i)));
        }
    }

    private static void geluTanh(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.geluTanh(load(x, i)));
        }
    }

    private static void silu(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.silu(load(x, i)));
        }
    }

    private static void logicalNot(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).compare(VectorOperators.EQ, ZERO));
        }
    }

    private static void isNaN(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).compare(VectorOperators.NE, load(x, i)));
        }
    }

    private static void expm1(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.wholeExpm1(load(x, i)));
        }
    }

    private static void exp2(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.exp2(load(x, i)));
        }
    }

    private static void log1p(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.log1p(load(x, i)));
        }
    }

    private static void log2(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.log2(load(x, i)));
        }
    }

    private static void log10(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.log10(load(x, i)));
        }
    }

    private static void trunc(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.trunc(load(x, i)));
        }
    }

    private static void frac(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).sub(VectorMath.trunc(load(x, i))));
        }
    }

    private static void selu(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.selu(load(x, i)));
        }
    }

    private static void logSigmoid(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.logSigmoid(load(x, i)));
        }
    }

    private static void mish(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.mish(load(x, i)));
        }
    }

    private static void hardsigmoid(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.hardsigmoid(load(x, i)));
        }
    }

    private static void hardswish(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.hardswish(load(x, i)));
        }
    }

    private static void isFinite(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).abs().compare(VectorOperators.LT, INFINITY));
        }
    }

    private static void isInf(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(x, i).abs().compare(VectorOperators.EQ, INFINITY));
        }
    }

    private static void sine(UnaryOp op, int quarters, long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            if (VectorMath.allReduce(load(x, i))) {
                store(out, i, VectorMath.sine(load(x, i), quarters));
            } else {
                PLAIN.unary(op, out + (long) i * Float.BYTES, x + (long) i * Float.BYTES, LANES);
            }
        }
    }

    // ---- two operands ----------------------------------------------------------------------------------------------

    @Override
    public void binary(BinaryOp op, long out, long a, long b, int n) {
        int whole = whole(n);
        switch (op) {
            case ADD -> add(out, a, b, whole);
            case SUB -> sub(out, a, b, whole);
            case MUL -> mul(out, a, b, whole);
            case DIV -> div(out, a, b, whole);
            case POW -> pow(out, a, b, whole);
            case MAXIMUM -> maximum(out, a, b, whole);
            case MINIMUM -> minimum(out, a, b, whole);
            case TANH_BACKWARD -> tanhBackward(out, a, b, whole);
            case SIGMOID_BACKWARD -> sigmoidBackward(out, a, b, whole);
            case RELU_BACKWARD -> reluBackward(out, a, b, whole);
            case GELU_BACKWARD -> geluBackward(out, a, b, whole);
            case GELU_TANH_BACKWARD -> geluTanhBackward(out, a, b, whole);
            case SILU_BACKWARD -> siluBackward(out, a, b, whole);
            case EQ -> eq(out, a, b, whole);
            case NE -> ne(out, a, b, whole);
            case LT -> lt(out, a, b, whole);
            case LE -> le(out, a, b, whole);
            case GT -> gt(out, a, b, whole);
            case GE -> ge(out, a, b, whole);
            case LOGICAL_AND -> logicalAnd(out, a, b, whole);
            case LOGICAL_OR -> logicalOr(out, a, b, whole);
            case LOGICAL_XOR -> logicalXor(out, a, b, whole);
            case LEAKY_RELU -> leakyRelu(out, a, b, whole);
            case ELU -> elu(out, a, b, whole);
            case SOFTPLUS -> softplus(out, a, b, whole);
            case TRUNC_DIVIDE -> truncDivide(out, a, b, whole);
            case FMOD -> fmod(op, out, a, b, whole);
            case REMAINDER -> remainder(op, out, a, b, whole);
            case FLOOR_DIVIDE -> floorDivide(op, out, a, b, whole);
            default -> PLAIN.binary(op, out, a, b, whole);
        }
        if (whole < n) {
            long size = op.isPredicate() ? Byte.BYTES : Float.BYTES;
            long done = (long) whole * Float.BYTES;
            PLAIN.binary(op, out + whole * size, a + done, b + done, n - whole);
        }
    }

    private static void add(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).add(load(b, i)));
        }
    }

    private static void sub(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).sub(load(b, i)));
        }
    }

    private static void mul(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).mul(load(b, i)));
        }
    }

    private static void div(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).div(load(b, i)));
        }
    }

    /** In three loops over a piece: as one, the function is larger than what the compiler inlines. */
    private static void pow(long out, long a, long b, int n) {
        if (n <= POW_FEW) {
            PLAIN.binary(BinaryOp.POW, out, a, b, n);
            return;
        }
        double[] scratch = new double[Math.min(n, POW_PIECE)];
        for (int i = 0; i < n; i += POW_PIECE) {
            long at = (long) i * Float.BYTES;
            int count = Math.min(POW_PIECE, n - i);
            logs(scratch, a + at, count);
            powers(scratch, b + at, count);
            signedPowers(out + at, scratch, a + at, b + at, count);
        }
    }

    private static void logs(double[] logs, long a, int n) {
        for (int i = 0; i < n; i += VectorMath.WIDE_LANES) {
            VectorMath.wideLog2(VectorMath.loadWide(a + (long) i * Float.BYTES).abs()).intoArray(logs, i);
        }
    }

    private static void powers(double[] logs, long b, int n) {
        for (int i = 0; i < n; i += VectorMath.WIDE_LANES) {
            DoubleVector log = DoubleVector.fromArray(VectorMath.WIDE_SPECIES, logs, i);
            VectorMath.power(log, VectorMath.loadWide(b + (long) i * Float.BYTES)).intoArray(logs, i);
        }
    }

    private static void signedPowers(long out, double[] powers, long a, long b, int n) {
        for (int i = 0; i < n; i += VectorMath.WIDE_LANES) {
            long at = (long) i * Float.BYTES;
            DoubleVector power = DoubleVector.fromArray(VectorMath.WIDE_SPECIES, powers, i);
            VectorMath.storeNarrow(out + at,
                    VectorMath.signedPower(power, VectorMath.loadWide(a + at), VectorMath.loadWide(b + at)));
        }
    }

    private static void maximum(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).max(load(b, i)));
        }
    }

    private static void minimum(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).min(load(b, i)));
        }
    }

    private static void tanhBackward(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).mul(VectorMath.tanhDerivative(load(b, i))));
        }
    }

    private static void sigmoidBackward(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.sigmoidBackward(load(a, i), load(b, i)));
        }
    }

    private static void reluBackward(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.reluBackward(load(a, i), load(b, i)));
        }
    }

    private static void geluBackward(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).mul(VectorMath.geluDerivative(load(b, i))));
        }
    }

    private static void geluTanhBackward(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).mul(VectorMath.geluTanhDerivative(load(b, i))));
        }
    }

    private static void siluBackward(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).mul(VectorMath.siluDerivative(load(b, i))));
        }
    }

    private static void eq(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).compare(VectorOperators.EQ, load(b, i)));
        }
    }

    private static void ne(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).compare(VectorOperators.NE, load(b, i)));
        }
    }

    private static void lt(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).compare(VectorOperators.LT, load(b, i)));
        }
    }

    private static void le(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).compare(VectorOperators.LE, load(b, i)));
        }
    }

    private static void gt(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).compare(VectorOperators.GT, load(b, i)));
        }
    }

    private static void ge(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).compare(VectorOperators.GE, load(b, i)));
        }
    }

    private static void logicalAnd(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, isTrue(a, i).and(isTrue(b, i)));
        }
    }

    private static void logicalOr(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, isTrue(a, i).or(isTrue(b, i)));
        }
    }

    private static void logicalXor(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, isTrue(a, i).xor(isTrue(b, i)));
        }
    }

    private static void leakyRelu(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.leakyRelu(load(a, i), load(b, i)));
        }
    }

    private static void elu(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.elu(load(a, i), load(b, i)));
        }
    }

    private static void softplus(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.softplus(load(a, i), load(b, i)));
        }
    }

    private static void truncDivide(long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.trunc(load(a, i).div(load(b, i))));
        }
    }

    private static void fmod(BinaryOp op, long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            if (VectorMath.allDivide(load(a, i), load(b, i))) {
                store(out, i, VectorMath.fmod(load(a, i), load(b, i)));
            } else {
                one(op, out, a, b, i);
            }
        }
    }

    private static void remainder(BinaryOp op, long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            if (VectorMath.allDivide(load(a, i), load(b, i))) {
                store(out, i, VectorMath.remainder(load(a, i), load(b, i)));
            } else {
                one(op, out, a, b, i);
            }
        }
    }

    private static void floorDivide(BinaryOp op, long out, long a, long b, int n) {
        for (int i = 0; i < n; i += LANES) {
            if (VectorMath.allDivide(load(a, i), load(b, i))) {
                store(out, i, VectorMath.floorDivide(load(a, i), load(b, i)));
            } else {
                one(op, out, a, b, i);
            }
        }
    }

    /** A vector with numbers for which only the scalar function is good. */
    private static void one(BinaryOp op, long out, long a, long b, int i) {
        long done = (long) i * Float.BYTES;
        PLAIN.binary(op, out + done, a + done, b + done, LANES);
    }

    private static VectorMask<Float> isTrue(long address, int i) {
        return load(address, i).compare(VectorOperators.NE, ZERO);
    }

    // ---- three operands --------------------------------------------------------------------------------------------

    @Override
    public void ternary(TernaryOp op, long out, long a, long b, long c, int n) {
        int whole = whole(n);
        switch (op) {
            case CLAMP -> clamp(out, a, b, c, whole);
            case LERP -> lerp(out, a, b, c, whole);
            case ADDCMUL -> addcmul(out, a, b, c, whole);
            case ADDCDIV -> addcdiv(out, a, b, c, whole);
        }
        long done = (long) whole * Float.BYTES;
        PLAIN.ternary(op, out + done, a + done, b + done, c + done, n - whole);
    }

    private static void clamp(long out, long a, long b, long c, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).max(load(b, i)).min(load(c, i)));
        }
    }

    private static void lerp(long out, long a, long b, long c, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, VectorMath.lerp(load(a, i), load(b, i), load(c, i)));
        }
    }

    private static void addcmul(long out, long a, long b, long c, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(b, i).fma(load(c, i), load(a, i)));
        }
    }

    private static void addcdiv(long out, long a, long b, long c, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, load(a, i).add(load(b, i).div(load(c, i))));
        }
    }

    // ---- truth values: one bit a lane in masks, one byte an element in memory ---------------------------------------

    private static void store(long out, int i, VectorMask<Float> mask) {
        long bits = mask.toLong();
        switch (LANES) {
            case 16 -> {
                MEMORY.set(JAVA_LONG_UNALIGNED, out + i, bytes(bits));
                MEMORY.set(JAVA_LONG_UNALIGNED, out + i + 8, bytes(bits >>> 8));
            }
            case 8 -> MEMORY.set(JAVA_LONG_UNALIGNED, out + i, bytes(bits));
            default -> {
                for (int lane = 0; lane < LANES; lane++) {
                    MEMORY.set(JAVA_BYTE, out + i + lane, (byte) (bits >>> lane & 1));
                }
            }
        }
    }

    /**
     * Spreads the lowest eight bits to eight bytes: copies them into each byte, keeps bit i in byte i, makes that 1.
     */
    private static long bytes(long bits) {
        long one = (bits & 0xFF) * 0x0101010101010101L & 0x8040201008040201L;
        return one + 0x7F7F7F7F7F7F7F7FL >>> 7 & 0x0101010101010101L;
    }

    /** The inverse of {@link #bytes}: the product moves bit 0 of byte i to bit 56 + i. */
    private static long bits(long bytes) {
        return bytes * 0x0102040810204080L >>> 56;
    }

    private static VectorMask<Float> mask(long condition, int i) {
        long bits = 0;
        switch (LANES) {
            case 16 -> bits = bits(MEMORY.get(JAVA_LONG_UNALIGNED, condition + i))
                    | bits(MEMORY.get(JAVA_LONG_UNALIGNED, condition + i + 8)) << 8;
            case 8 -> bits = bits(MEMORY.get(JAVA_LONG_UNALIGNED, condition + i));
            default -> {
                for (int lane = 0; lane < LANES; lane++) {
                    bits |= (long) MEMORY.get(JAVA_BYTE, condition + i + lane) << lane;
                }
            }
        }
        return VectorMask.fromLong(VectorMath.SPECIES, bits);
    }

    @Override
    public void where(long out, long condition, long a, long b, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            store(out, i, load(b, i).blend(load(a, i), mask(condition, i)));
        }
        long done = (long) whole * Float.BYTES;
        PLAIN.where(out + done, condition + whole, a + done, b + done, n - whole);
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    @Override
    public void fill(long out, float value, int n) {
        int whole = whole(n);
        FloatVector values = VectorMath.all(value);
        for (int i = 0; i < whole; i += LANES) {
            store(out, i, values);
        }
        PLAIN.fill(out + (long) whole * Float.BYTES, value, n - whole);
    }

    @Override
    public void reverse(long out, long x, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            store(out, i, load(x, n - LANES - i).rearrange(BACKWARDS));
        }
        PLAIN.reverse(out + (long) whole * Float.BYTES, x, n - whole);
    }

    @Override
    public void copy(long out, long x, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            store(out, i, load(x, i));
        }
        long done = (long) whole * Float.BYTES;
        PLAIN.copy(out + done, x + done, n - whole);
    }

    // ---- 16-bit numbers --------------------------------------------------------------------------------------------

    @Override
    public void widen(DType half, long out, long x, int n) {
        int whole = whole(n);
        if (half == DType.F16) {
            widenF16(out, x, whole);
        } else {
            widenBF16(out, x, whole);
        }
        PLAIN.widen(half, out + (long) whole * Float.BYTES, x + (long) whole * Short.BYTES, n - whole);
    }

    @Override
    public void narrow(DType half, long out, long x, int n) {
        int whole = whole(n);
        if (half == DType.F16) {
            narrowF16(out, x, whole);
        } else {
            narrowBF16(out, x, whole);
        }
        PLAIN.narrow(half, out + (long) whole * Short.BYTES, x + (long) whole * Float.BYTES, n - whole);
    }

    private static IntVector loadHalves(long address, int i) {
        return (IntVector) ShortVector.fromMemorySegment(HALVES, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    private static void storeHalves(long address, int i, IntVector bits) {
        ((ShortVector) bits.convertShape(VectorOperators.I2S, HALVES, 0))
                .intoMemorySegment(MEMORY, address + (long) i * Short.BYTES, ORDER);
    }

    private static void widenBF16(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            store(out, i, loadHalves(x, i).lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats());
        }
    }

    /** Rounds as {@link org.jacobi.tensor.BFloat16#fromFloat} does. */
    private static void narrowBF16(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector value = load(x, i);
            IntVector bits = value.reinterpretAsInts();
            IntVector upper = bits.lanewise(VectorOperators.LSHR, Short.SIZE);
            IntVector rounded = bits.add(0x7FFF).add(upper.and(1)).lanewise(VectorOperators.LSHR, Short.SIZE);
            VectorMask<Integer> nan = value.compare(VectorOperators.NE, value).cast(INTS);
            storeHalves(out, i, rounded.blend(upper.or(0x40), nan));
        }
    }

    /**
     * Puts exponent and fraction where f32 has them; a product then moves the exponent's bias from 15 to 127, exactly, and
     * makes normal numbers of subnormal ones. What was the largest exponent means infinity or NaN and stays the largest.
     */
    private static void widenF16(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector bits = loadHalves(x, i);
            IntVector magnitude = bits.and(0x7FFF).lanewise(VectorOperators.LSHL, 13);
            IntVector moved = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
            IntVector special = moved.or(0x7F800000);
            VectorMask<Integer> largest = magnitude.compare(VectorOperators.GE, 0x7C00 << 13);
            IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, Short.SIZE);
            store(out, i, moved.blend(special, largest).or(sign).reinterpretAsFloats());
        }
    }

    /**
     * Rounds in the integers: adding half of what is cut off, less one if the last bit kept is even. Numbers below f16's
     * smallest normal one are added to 0.5 instead, where f32's own rounding leaves the bits of the subnormal number.
     */
    private static void narrowF16(long out, long x, int n) {
        for (int i = 0; i < n; i += LANES) {
            IntVector bits = load(x, i).reinterpretAsInts();
            IntVector magnitude = bits.and(0x7FFFFFFF);
            IntVector odd = magnitude.lanewise(VectorOperators.LSHR, 13).and(1);
            // From f32's bias to f16's, and the rounding.
            IntVector normal = magnitude.add((15 - 127 << 23) + 0xFFF).add(odd).lanewise(VectorOperators.LSHR, 13);
            IntVector small = magnitude.reinterpretAsFloats().add(0.5f).reinterpretAsInts().sub(0x3F000000);
            IntVector nan = magnitude.lanewise(VectorOperators.LSHR, 13).and(0x3FF).or(0x7E00);
            IntVector half = normal.blend(small, magnitude.compare(VectorOperators.LT, 127 - 14 << 23))
                    .blend(0x7C00, magnitude.compare(VectorOperators.GE, 127 + 16 << 23))
                    .blend(nan, magnitude.compare(VectorOperators.GT, 0x7F800000));
            storeHalves(out, i, half.or(bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(0x8000)));
        }
    }

    // ---- many numbers into one -------------------------------------------------------------------------------------

    @Override
    public void addSquares(long out, long x, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            store(out, i, load(x, i).fma(load(x, i), load(out, i)));
        }
        long done = (long) whole * Float.BYTES;
        PLAIN.addSquares(out + done, x + done, n - whole);
    }

    @Override
    public void sumRows(long out, long x, long stride, int height, int n) {
        int i = 0;
        for (; i <= n - UNROLL * LANES; i += UNROLL * LANES) {
            sumFourColumns(out, x, stride, height, i);
        }
        for (; i <= n - LANES; i += LANES) {
            FloatVector s = load(x, i);
            for (int row = 1; row < height; row++) {
                s = s.add(load(x + row * stride, i));
            }
            store(out, i, s);
        }
        long done = (long) i * Float.BYTES;
        PLAIN.sumRows(out + done, x + done, stride, height, n - i);
    }

    private static void sumFourColumns(long out, long x, long stride, int height, int i) {
        FloatVector s0 = load(x, i);
        FloatVector s1 = load(x, i + LANES);
        FloatVector s2 = load(x, i + 2 * LANES);
        FloatVector s3 = load(x, i + 3 * LANES);
        for (int row = 1; row < height; row++) {
            long address = x + row * stride;
            s0 = s0.add(load(address, i));
            s1 = s1.add(load(address, i + LANES));
            s2 = s2.add(load(address, i + 2 * LANES));
            s3 = s3.add(load(address, i + 3 * LANES));
        }
        store(out, i, s0);
        store(out, i + LANES, s1);
        store(out, i + 2 * LANES, s2);
        store(out, i + 3 * LANES, s3);
    }

    @Override
    public float sum(long x, int n) {
        FloatVector s0 = VectorMath.all(0f);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - UNROLL * LANES; i += UNROLL * LANES) {
            s0 = s0.add(load(x, i));
            s1 = s1.add(load(x, i + LANES));
            s2 = s2.add(load(x, i + 2 * LANES));
            s3 = s3.add(load(x, i + 3 * LANES));
        }
        for (; i <= n - LANES; i += LANES) {
            s0 = s0.add(load(x, i));
        }
        return VectorMath.sum(s0.add(s1).add(s2.add(s3))) + PLAIN.sum(x + (long) i * Float.BYTES, n - i);
    }

    @Override
    public float sumOfSquares(long x, int n) {
        FloatVector s0 = VectorMath.all(0f);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - UNROLL * LANES; i += UNROLL * LANES) {
            s0 = load(x, i).fma(load(x, i), s0);
            s1 = load(x, i + LANES).fma(load(x, i + LANES), s1);
            s2 = load(x, i + 2 * LANES).fma(load(x, i + 2 * LANES), s2);
            s3 = load(x, i + 3 * LANES).fma(load(x, i + 3 * LANES), s3);
        }
        for (; i <= n - LANES; i += LANES) {
            s0 = load(x, i).fma(load(x, i), s0);
        }
        return VectorMath.sum(s0.add(s1).add(s2.add(s3))) + PLAIN.sumOfSquares(x + (long) i * Float.BYTES, n - i);
    }

    @Override
    public float max(long x, int n) {
        FloatVector m0 = VectorMath.all(Float.NEGATIVE_INFINITY);
        FloatVector m1 = m0;
        int i = 0;
        for (; i <= n - 2 * LANES; i += 2 * LANES) {
            m0 = m0.max(load(x, i));
            m1 = m1.max(load(x, i + LANES));
        }
        if (i <= n - LANES) {
            m0 = m0.max(load(x, i));
            i += LANES;
        }
        float tail = PLAIN.max(x + (long) i * Float.BYTES, n - i);
        return Math.max(VectorMath.max(m0.max(m1)), tail);
    }

    @Override
    public float min(long x, int n) {
        FloatVector m0 = VectorMath.all(Float.POSITIVE_INFINITY);
        FloatVector m1 = m0;
        int i = 0;
        for (; i <= n - 2 * LANES; i += 2 * LANES) {
            m0 = m0.min(load(x, i));
            m1 = m1.min(load(x, i + LANES));
        }
        if (i <= n - LANES) {
            m0 = m0.min(load(x, i));
            i += LANES;
        }
        float tail = PLAIN.min(x + (long) i * Float.BYTES, n - i);
        return Math.min(VectorMath.min(m0.min(m1)), tail);
    }

    @Override
    public long integerExtreme(boolean largest, long x, int n) {
        int whole = n & -LONGS.length();
        if (whole == 0) {
            return PLAIN.integerExtreme(largest, x, n);
        }
        LongVector values = largest ? largestLanes(x, whole) : smallestLanes(x, whole);
        long value = values.reduceLanes(largest ? VectorOperators.MAX : VectorOperators.MIN);
        if (whole == n) {
            return value;
        }
        long tail = PLAIN.integerExtreme(largest, x + (long) whole * Long.BYTES, n - whole);
        return largest ? Math.max(value, tail) : Math.min(value, tail);
    }

    private static LongVector largestLanes(long x, int n) {
        LongVector values = LongVector.fromMemorySegment(LONGS, MEMORY, x, ORDER);
        for (int i = LONGS.length(); i < n; i += LONGS.length()) {
            values = values.max(LongVector.fromMemorySegment(LONGS, MEMORY, x + (long) i * Long.BYTES, ORDER));
        }
        return values;
    }

    private static LongVector smallestLanes(long x, int n) {
        LongVector values = LongVector.fromMemorySegment(LONGS, MEMORY, x, ORDER);
        for (int i = LONGS.length(); i < n; i += LONGS.length()) {
            values = values.min(LongVector.fromMemorySegment(LONGS, MEMORY, x + (long) i * Long.BYTES, ORDER));
        }
        return values;
    }
}
