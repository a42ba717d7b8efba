package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.backend.Philox;

/**
 * The inner loops in plain Java: what runs without the Vector API, and what is left over after the last whole vector.
 *
 * <p>Sums go on in double precision: without lanes side by side, long ones would lose too many bits in single
 * precision.
 */
class PlainFusedRows implements FusedRows {
    private static final int BLOCK_WORDS = 4;

    @Override
    public float max(long x, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            float value = FusedRows.get(x + 4L * i);
            max = value > max ? value : max;
        }
        return max;
    }

    @Override
    public float dot(long a, long b, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += (double) FusedRows.get(a + 4L * i) * FusedRows.get(b + 4L * i);
        }
        return (float) sum;
    }

    @Override
    public void scale(long x, float factor, int n) {
        for (int i = 0; i < n; i++) {
            FusedRows.set(x + 4L * i, FusedRows.get(x + 4L * i) * factor);
        }
    }

    @Override
    public float exp(long out, long x, float shift, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            float value = ScalarMath.exp(FusedRows.get(x + 4L * i) - shift);
            FusedRows.set(out + 4L * i, value);
            sum += value;
        }
        return (float) sum;
    }

    @Override
    public float sumOfExp(long x, float shift, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += ScalarMath.exp(FusedRows.get(x + 4L * i) - shift);
        }
        return (float) sum;
    }

    @Override
    public void logSoftmax(long out, long x, float max, float logSum, int n) {
        for (int i = 0; i < n; i++) {
            FusedRows.set(out + 4L * i, FusedRows.get(x + 4L * i) - max - logSum);
        }
    }

    @Override
    public void softmaxBackward(long dx, long dout, long out, float mean, float scale, int n) {
        for (int i = 0; i < n; i++) {
            float centered = FusedRows.get(dout + 4L * i) - mean;
            FusedRows.set(dx + 4L * i, FusedRows.get(out + 4L * i) * centered * scale);
        }
    }

    @Override
    public void logSoftmaxBackward(long dx, long dout, long out, float sum, int n) {
        for (int i = 0; i < n; i++) {
            float probability = ScalarMath.exp(FusedRows.get(out + 4L * i));
            FusedRows.set(dx + 4L * i, Math.fma(probability, -sum, FusedRows.get(dout + 4L * i)));
        }
    }

    @Override
    public void crossEntropyBackward(long dlogits, long logits, float lse, float share, float dout, int n) {
        for (int i = 0; i < n; i++) {
            float probability = ScalarMath.exp(FusedRows.get(logits + 4L * i) - lse);
            FusedRows.set(dlogits + 4L * i, (probability - share) * dout);
        }
    }

    @Override
    public float sumOfSquares(long x, float mean, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            float centered = FusedRows.get(x + 4L * i) - mean;
            sum += (double) centered * centered;
        }
        return (float) sum;
    }

    @Override
    public void normalize(long out, long x, float mean, float rstd, long weight, long bias, int n) {
        for (int i = 0; i < n; i++) {
            float normalized = (FusedRows.get(x + 4L * i) - mean) * rstd;
            float value = Math.fma(normalized, FusedRows.get(weight + 4L * i), FusedRows.get(bias + 4L * i));
            FusedRows.set(out + 4L * i, value);
        }
    }

    @Override
    public float normBackwardSums(long dweight, long dbias, long dout, long x, float mean, float rstd, long weight,
            int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            float d = FusedRows.get(dout + 4L * i);
            float product = d * ((FusedRows.get(x + 4L * i) - mean) * rstd);
            FusedRows.set(dweight + 4L * i, FusedRows.get(dweight + 4L * i) + product);
            FusedRows.set(dbias + 4L * i, FusedRows.get(dbias + 4L * i) + d);
            sum += (double) product * FusedRows.get(weight + 4L * i);
        }
        return (float) sum;
    }

    @Override
    public void normBackward(long dx, long dout, long x, float mean, float rstd, long weight, float meanG, float meanGX,
            int n) {
        for (int i = 0; i < n; i++) {
            float normalized = (FusedRows.get(x + 4L * i) - mean) * rstd;
            float g = Math.fma(FusedRows.get(dout + 4L * i), FusedRows.get(weight + 4L * i), -meanG);
            FusedRows.set(dx + 4L * i, Math.fma(normalized, -meanGX, g) * rstd);
        }
    }

    @Override
    public void shiftAndScale(long out, long x, float center, float factor, float summand, int n) {
        for (int i = 0; i < n; i++) {
            FusedRows.set(out + 4L * i, Math.fma(FusedRows.get(x + 4L * i) - center, factor, summand));
        }
    }

    @Override
    public float centeredDot(long dout, long x, float center, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += (double) FusedRows.get(dout + 4L * i) * (FusedRows.get(x + 4L * i) - center);
        }
        return (float) sum;
    }

    @Override
    public void channelBackward(long dx, long dout, long x, float center, float share, float slope, float factor,
            int n) {
        for (int i = 0; i < n; i++) {
            float centered = FusedRows.get(x + 4L * i) - center;
            float value = Math.fma(centered, -slope, FusedRows.get(dout + 4L * i) - share);
            FusedRows.set(dx + 4L * i, value * factor);
        }
    }

    @Override
    public void philox(long out, long seed, long call, long counter, int blocks) {
        int[] block = new int[BLOCK_WORDS];
        for (int i = 0; i < blocks; i++) {
            Philox.block(block, seed, call, counter + i);
            for (int word = 0; word < BLOCK_WORDS; word++) {
                NativeMemory.ALL.set(JAVA_INT_UNALIGNED, out + 4L * (BLOCK_WORDS * i + word), block[word]);
            }
        }
    }

    @Override
    public void uniform(long out, long words, float from, float range, int n) {
        for (int i = 0; i < n; i++) {
            int word = NativeMemory.ALL.get(JAVA_INT_UNALIGNED, words + 4L * i);
            FusedRows.set(out + 4L * i, from + range * Philox.uniform(word));
        }
    }

    @Override
    public void dropout(long out, long x, long words, int threshold, float scale, int n) {
        for (int i = 0; i < n; i++) {
            int word = NativeMemory.ALL.get(JAVA_INT_UNALIGNED, words + 4L * i);
            FusedRows.set(out + 4L * i, word >>> 8 >= threshold ? FusedRows.get(x + 4L * i) * scale : 0);
        }
    }

    @Override
    public void dots(long out, long q, long k, long step, int rows, float scale, int n) {
        for (int s = 0; s < rows; s++) {
            FusedRows.set(out + 4L * s, scale * dot(q, k + s * step, n));
        }
    }

    @Override
    public void weightedSum(long out, long p, long v, long step, int rows, int n) {
        NativeMemory.fill(out, 4L * n, (byte) 0);
        for (int s = 0; s < rows; s++) {
            float weight = FusedRows.get(p + 4L * s);
            for (int i = 0; i < n; i++) {
                float value = FusedRows.get(v + s * step + 4L * i);
                FusedRows.set(out + 4L * i, Math.fma(value, weight, FusedRows.get(out + 4L * i)));
            }
        }
    }

    @Override
    public void adamW(long parameter, long grad, long m, long v, long vMax, AdamW step, int n) {
        for (int i = 0; i < n; i++) {
            float g = FusedRows.get(grad + 4L * i) * step.gradScale();
            float first = FusedRows.get(m + 4L * i) * step.beta1() + g * step.rest1();
            float second = FusedRows.get(v + 4L * i) * step.beta2() + g * g * step.rest2();
            float largest = second;
            if (vMax != NONE) {
                largest = Math.max(FusedRows.get(vMax + 4L * i), second);
                FusedRows.set(vMax + 4L * i, largest);
            }
            float root = (float) Math.sqrt(largest) * step.rootCorrection() + step.eps();
            float decayed = FusedRows.get(parameter + 4L * i) * step.decay();
            FusedRows.set(m + 4L * i, first);
            FusedRows.set(v + 4L * i, second);
            FusedRows.set(parameter + 4L * i, decayed - first / root * step.stepSize());
        }
    }

    // ---- recurrent cells -----------------------------------------------------------------------------------------------

    @Override
    public void rnn(long h, long x, long bias, boolean relu, int n) {
        for (int i = 0; i < n; i++) {
            long at = 4L * i;
            float sum = FusedRows.get(h + at) + FusedRows.get(x + at) + FusedRows.get(bias + at);
            FusedRows.set(h + at, relu ? sum < 0 ? 0 : sum : ScalarMath.tanh(sum));
        }
    }

    private static float sum(long gates, long x, long bias, long at) {
        return FusedRows.get(gates + at) + FusedRows.get(x + at) + FusedRows.get(bias + at);
    }

    @Override
    public void lstm(long h, long c, long gates, long x, long bias, long cBefore, long gate, int n) {
        for (int k = 0; k < n; k++) {
            long at = 4L * k;
            float i = ScalarMath.sigmoid(sum(gates, x, bias, at));
            float f = ScalarMath.sigmoid(sum(gates, x, bias, at + gate));
            float g = ScalarMath.tanh(sum(gates, x, bias, at + 2 * gate));
            float o = ScalarMath.sigmoid(sum(gates, x, bias, at + 3 * gate));
            float cell = Math.fma(f, FusedRows.get(cBefore + at), i * g);
            FusedRows.set(gates + at, i);
            FusedRows.set(gates + at + gate, f);
            FusedRows.set(gates + at + 2 * gate, g);
            FusedRows.set(gates + at + 3 * gate, o);
            FusedRows.set(c + at, cell);
            FusedRows.set(h + at, o * ScalarMath.tanh(cell));
        }
    }

    @Override
    public void lstmBackward(long dx, long dc, long dh, long gates, long c, long cBefore, long gate, int n) {
        for (int k = 0; k < n; k++) {
            long at = 4L * k;
            float i = FusedRows.get(gates + at);
            float f = FusedRows.get(gates + at + gate);
            float g = FusedRows.get(gates + at + 2 * gate);
            float o = FusedRows.get(gates + at + 3 * gate);
            float tanh = ScalarMath.tanh(FusedRows.get(c + at));
            float d = FusedRows.get(dh + at);
            float cell = Math.fma(d * o, Math.fma(-tanh, tanh, 1), FusedRows.get(dc + at));
            FusedRows.set(dx + at, cell * g * i * (1 - i));
            FusedRows.set(dx + at + gate, cell * FusedRows.get(cBefore + at) * f * (1 - f));
            FusedRows.set(dx + at + 2 * gate, cell * i * Math.fma(-g, g, 1));
            FusedRows.set(dx + at + 3 * gate, d * tanh * o * (1 - o));
            FusedRows.set(dc + at, cell * f);
        }
    }

    @Override
    public void gru(long h, long inner, long gates, long x, long bias, long hBefore, long gate, int n) {
        for (int k = 0; k < n; k++) {
            long at = 4L * k;
            float r = ScalarMath.sigmoid(sum(gates, x, bias, at));
            float u = ScalarMath.sigmoid(sum(gates, x, bias, at + gate));
            float z = FusedRows.get(gates + at + 2 * gate) + FusedRows.get(bias + at + 2 * gate);
            float state = ScalarMath.tanh(Math.fma(r, z, FusedRows.get(x + at + 2 * gate)));
            FusedRows.set(inner + at, z);
            FusedRows.set(gates + at, r);
            FusedRows.set(gates + at + gate, u);
            FusedRows.set(gates + at + 2 * gate, state);
            FusedRows.set(h + at, Math.fma(u, FusedRows.get(hBefore + at) - state, state));
        }
    }

    @Override
    public void gruBackward(long dx, long dz, long dh, long gates, long inner, long hBefore, long gate, int n) {
        for (int k = 0; k < n; k++) {
            long at = 4L * k;
            float r = FusedRows.get(gates + at);
            float u = FusedRows.get(gates + at + gate);
            float state = FusedRows.get(gates + at + 2 * gate);
            float d = FusedRows.get(dh + at);
            float kept = d * u;
            float du = d * (FusedRows.get(hBefore + at) - state) * u * (1 - u);
            float dn = (d - kept) * Math.fma(-state, state, 1);
            float dr = dn * FusedRows.get(inner + at) * r * (1 - r);
            FusedRows.set(dx + at, dr);
            FusedRows.set(dx + at + gate, du);
            FusedRows.set(dx + at + 2 * gate, dn);
            FusedRows.set(dz + at, dr);
            FusedRows.set(dz + at + gate, du);
            FusedRows.set(dz + at + 2 * gate, dn * r);
            FusedRows.set(dh + at, kept);
        }
    }
}
