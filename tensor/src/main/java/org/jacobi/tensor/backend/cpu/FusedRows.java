package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import org.jacobi.natives.NativeMemory;

/**
 * The inner loops of the fused kernels, over n neighbouring f32 numbers at absolute addresses.
 *
 * <p>What is computed element by element has the same bits in every implementation; a sum depends on the lane count,
 * because lanes add up side by side. An output may be an input itself, at the same address, unless it says otherwise.
 */
interface FusedRows {
    /** What a task should at least amount to, in elements of a light loop: about 10 microseconds. */
    int TASK_ELEMENTS = 16_384;
    /** The address of an operand that is absent. */
    long NONE = 0;

    /** Returns how many rows of n elements make a task; it depends on the shape alone. */
    static long rowsPerTask(long n) {
        return Math.max(1, TASK_ELEMENTS / Math.max(1, n));
    }

    /** Reads one number. */
    static float get(long address) {
        return NativeMemory.ALL.get(JAVA_FLOAT_UNALIGNED, address);
    }

    /** Writes one number. */
    static void set(long address, float value) {
        NativeMemory.ALL.set(JAVA_FLOAT_UNALIGNED, address, value);
    }

    // ---- rows in general -------------------------------------------------------------------------------------------

    /** Returns the largest number, NaN not counted; -infinity if there is none. */
    float max(long x, int n);

    /** Returns sum a b. */
    float dot(long a, long b, int n);

    /** x = x factor. */
    void scale(long x, float factor, int n);

    // ---- softmax ---------------------------------------------------------------------------------------------------

    /** out = e^(x - shift); returns sum out. */
    float exp(long out, long x, float shift, int n);

    /** Returns sum e^(x - shift). */
    float sumOfExp(long x, float shift, int n);

    /** out = x - max - logSum. */
    void logSoftmax(long out, long x, float max, float logSum, int n);

    /** dx = out (dout - mean) scale, where mean is sum dout out over the whole row. */
    void softmaxBackward(long dx, long dout, long out, float mean, float scale, int n);

    /** dx = dout - e^out sum, where sum is sum dout over the whole row. */
    void logSoftmaxBackward(long dx, long dout, long out, float sum, int n);

    /** dlogits = dout (e^(logits - lse) - share). */
    void crossEntropyBackward(long dlogits, long logits, float lse, float share, float dout, int n);

    // ---- normalization ---------------------------------------------------------------------------------------------

    /** Returns sum (x - mean)^2. */
    float sumOfSquares(long x, float mean, int n);

    /** out = (x - mean) rstd weight + bias. */
    void normalize(long out, long x, float mean, float rstd, long weight, long bias, int n);

    /**
     * dweight = dweight + dout xHat and dbias = dbias + dout, with xHat = (x - mean) rstd; returns sum dout weight
     * xHat.
     */
    float normBackwardSums(long dweight, long dbias, long dout, long x, float mean, float rstd, long weight, int n);

    /** dx = rstd (g - meanG - xHat meanGX), with g = dout weight and xHat = (x - mean) rstd. */
    void normBackward(long dx, long dout, long x, float mean, float rstd, long weight, float meanG, float meanGX,
            int n);

    // ---- normalization of channels, for each of which one number serves a whole row ------------------------------------

    /** out = (x - center) factor + summand. */
    void shiftAndScale(long out, long x, float center, float factor, float summand, int n);

    /** Returns sum dout (x - center). */
    float centeredDot(long dout, long x, float center, int n);

    /** dx = (dout - share - (x - center) slope) factor. */
    void channelBackward(long dx, long dout, long x, float center, float share, float slope, float factor, int n);

    // ---- random numbers --------------------------------------------------------------------------------------------

    /** Writes the 4 * blocks random words of the counters from {@code counter} on. */
    void philox(long out, long seed, long call, long counter, int blocks);

    /** out = from + range u, with u in [0, 1) of each word. */
    void uniform(long out, long words, float from, float range, int n);

    /** out = x scale where a word's upper 24 bits are at least the threshold, else 0. */
    void dropout(long out, long x, long words, int threshold, float scale, int n);

    // ---- attention with few queries --------------------------------------------------------------------------------

    /** out[s] = scale sum q k[s], for rows k[s] that lie step bytes apart. */
    void dots(long out, long q, long k, long step, int rows, float scale, int n);

    /** out = sum p[s] v[s], for rows v[s] that lie step bytes apart. out must not overlap p or v. */
    void weightedSum(long out, long p, long v, long step, int rows, int n);

    // ---- recurrent cells: a unit's gates lie gate bytes apart ------------------------------------------------------------

    /** h = tanh(h + x + bias), or with relu. */
    void rnn(long h, long x, long bias, boolean relu, int n);

    /**
     * Of gates z + x + bias: i, f, o = sigmoid, g = tanh; c = f cBefore + i g; h = o tanh(c).
     *
     * @param gates holds z, and is left with i, f, g and o
     */
    void lstm(long h, long c, long gates, long x, long bias, long cBefore, long gate, int n);

    /**
     * do = dh tanh(c); dc = dc + dh o (1 - tanh(c)^2); di = dc g, df = dc cBefore, dg = dc i, each times the derivative of its
     * gate; and dc = dc f.
     */
    void lstmBackward(long dx, long dc, long dh, long gates, long c, long cBefore, long gate, int n);

    /**
     * r, u = sigmoid(z + x + bias); inner = z_n + bias_n; n = tanh(x_n + r inner); h = n + u (hBefore - n).
     *
     * @param gates holds z, and is left with r, u and n
     */
    void gru(long h, long inner, long gates, long x, long bias, long hBefore, long gate, int n);

    /** The gradients of x and z, and dh = dh u, the part of hBefore's that does not come through the gates. */
    void gruBackward(long dx, long dz, long dh, long gates, long inner, long hBefore, long gate, int n);

    // ---- AdamW -----------------------------------------------------------------------------------------------------

    /** The factors of one step, worked out in double precision and rounded once. */
    record AdamW(float gradScale, float decay, float beta1, float rest1, float beta2, float rest2, float rootCorrection,
            float eps, float stepSize) {
    }

    /**
     * g = grad gradScale; m = beta1 m + rest1 g; v = beta2 v + rest2 g^2;
     * parameter = decay parameter - stepSize m / (rootCorrection sqrtv + eps). Unless vMax is {@link #NONE},
     * vMax = max(vMax, v) takes v's place in the last line.
     */
    void adamW(long parameter, long grad, long m, long v, long vMax, AdamW step, int n);
}
