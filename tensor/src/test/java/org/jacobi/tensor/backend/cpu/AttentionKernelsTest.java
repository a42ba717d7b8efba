package org.jacobi.tensor.backend.cpu;

import static org.jacobi.tensor.backend.cpu.FusedOracle.REFERENCE;
import static org.jacobi.tensor.backend.cpu.FusedOracle.assertClose;
import static org.jacobi.tensor.backend.cpu.FusedOracle.assertSameBits;
import static org.jacobi.tensor.backend.cpu.FusedOracle.assertSameForAnyThreads;
import static org.jacobi.tensor.backend.cpu.FusedOracle.empty;
import static org.jacobi.tensor.backend.cpu.FusedOracle.exact;
import static org.jacobi.tensor.backend.cpu.FusedOracle.exactEmpty;
import static org.jacobi.tensor.backend.cpu.FusedOracle.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Attention;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fused attention against its definition in Backend run in f64. */
class AttentionKernelsTest {
    private static final double CLOSE = 5e-6;
    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Attention how(double scale, boolean causal, Tensor mask, double dropout) {
        return new Attention(scale, causal, mask, dropout, 1234, 5);
    }

    private static Attention exactly(Attention how) {
        Tensor mask = how.mask() == null || !how.mask().dtype().isFloating() ? how.mask() : exact(how.mask());
        return new Attention(how.scale(), how.causal(), mask, how.dropout(), how.seed(), how.call());
    }

    /** Checks forward and backward, into contiguous outputs. */
    private static void check(String what, Tensor q, Tensor k, Tensor v, Attention how) {
        check(what, q, k, v, random(99, q.shape().toArray()), empty(q.shape().toArray()), empty(q.shape().toArray()),
                empty(k.shape().toArray()), empty(k.shape().toArray()), how);
    }

    private static void check(String what, Tensor q, Tensor k, Tensor v, Tensor dout, Tensor out, Tensor dq, Tensor dk,
            Tensor dv, Attention how) {
        Tensor lse = empty(q.size(0), q.size(1), q.size(2));
        AttentionKernels.attention(out, lse, q, k, v, how);
        Attention exactHow = exactly(how);
        Tensor expected = exactEmpty(q);
        Tensor exactLse = exactEmpty(lse);
        REFERENCE.attention(expected, exactLse, exact(q), exact(k), exact(v), exactHow);
        assertClose(what, expected, out, CLOSE);
        assertClose(what + ", lse", exactLse, lse, CLOSE);

        AttentionKernels.attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, how);
        Tensor exactDq = exactEmpty(q);
        Tensor exactDk = exactEmpty(k);
        Tensor exactDv = exactEmpty(v);
        REFERENCE.attentionBackward(exactDq, exactDk, exactDv, exact(dout), expected, exactLse, exact(q), exact(k),
                exact(v),
                exactHow);
        assertClose(what + ", dv", exactDv, dv, 2 * CLOSE);
        assertClose(what + ", dq", exactDq, dq, 2 * CLOSE);
        assertClose(what + ", dk", exactDk, dk, 2 * CLOSE);
    }

    private static void checkSizes(long b, long h, long t, long s, long d) {
        Tensor q = random(1, b, h, t, d);
        Tensor k = random(2, b, h, s, d);
        Tensor v = random(3, b, h, s, d);
        for (boolean causal : new boolean[] {false, true}) {
            for (double dropout : new double[] {0, 0.25}) {
                check("q " + q.shape() + ", k " + k.shape() + (causal ? ", causal" : "") + ", dropout " + dropout, q, k,
                        v,
                        how(1 / Math.sqrt(d), causal, null, dropout));
            }
        }
    }

    @Test
    void smallSizes() {
        for (long n : new long[] {1, 2, 3, 4, 5, 15, 17}) {
            checkSizes(2, 3, n, n, 8);
        }
        checkSizes(1, 2, 13, 13, 1);
        checkSizes(1, 1, 7, 5, 3);
        checkSizes(1, 1, 5, 7, 67);
    }

    @Test
    void severalTilesOfQueriesAndKeys() {
        checkSizes(1, 2, 64, 64, 32);
        checkSizes(1, 1, 65, 65, 16);
        checkSizes(1, 1, 131, 131, 17);
        checkSizes(1, 1, 70, 600, 8);
        checkSizes(1, 1, 300, 270, 8);
        checkSizes(1, 1, 520, 33, 4);
    }

    @Test
    void oneQueryAgainstManyKeys() {
        for (long keys : new long[] {1, 2, 16, 63, 257, 1024}) {
            checkSizes(1, 3, 1, keys, 64);
        }
        checkSizes(2, 1, 3, 100, 37);
        checkSizes(2, 1, 3, 100, 96);
    }

    @Test
    void masks() {
        long b = 2;
        long h = 3;
        for (long[] sizes : new long[][] {{1, 40}, {3, 17}, {5, 5}, {66, 300}}) {
            long t = sizes[0];
            long s = sizes[1];
            Tensor q = random(1, b, h, t, 16);
            Tensor k = random(2, b, h, s, 16);
            Tensor v = random(3, b, h, s, 16);
            Tensor hidden = Tensor.scalar(Double.NEGATIVE_INFINITY);
            Tensor[] masks = {
                random(4, b, h, t, s),
                random(5, s),
                random(6, t, 1),
                random(7, h, 1, 1),
                random(8, b, 1, s, t).transpose(2, 3),
                random(9, b, 1, 1, s).gt(Tensor.scalar(-0.5)),
                random(10, t, s).gt(Tensor.scalar(0.3)),
                random(11, b, h, t, s).gt(Tensor.scalar(1)),
                random(12, s, t).gt(Tensor.scalar(0.3)).t(),
                // Some queries see nothing at all.
                random(13, b, 1, t, 1).gt(Tensor.scalar(0.5)),
                Tensor.where(random(14, b, 1, t, 1).gt(Tensor.scalar(0.5)), random(15, b, 1, t, s), hidden),
            };
            for (int i = 0; i < masks.length; i++) {
                for (boolean causal : new boolean[] {false, true}) {
                    String what = "mask " + i + " for " + t + " x " + s + (causal ? ", causal" : "");
                    check(what, q, k, v, how(0.3, causal, masks[i], 0));
                    assertFalse(masks[i].isReleased());
                }
            }
            check("mask and dropout", q, k, v, how(0.3, true, masks[5], 0.4));
        }
    }

    @Test
    void queriesThatSeeNothingGiveZerosAndTheLowestLse() {
        for (long t : new long[] {1, 20}) {
            Tensor q = random(1, 1, 1, t, 8);
            Tensor k = random(2, 1, 1, 30, 8);
            Tensor nothing = Tensor.zeros(30).gt(Tensor.scalar(0));
            Tensor out = empty(1, 1, t, 8);
            Tensor lse = empty(1, 1, t);
            AttentionKernels.attention(out, lse, q, k, k, how(1, false, nothing, 0));
            assertSameBits("out", Tensor.zeros(1, 1, t, 8), out);
            assertEquals(-Float.MAX_VALUE, lse.getDouble(0, 0, 0));
            assertEquals(-Float.MAX_VALUE, lse.getDouble(0, 0, -1));
        }
    }

    @Test
    void noKeysAtAll() {
        Tensor out = empty(1, 2, 5, 8);
        Tensor none = empty(1, 2, 0, 8);
        Tensor lse = empty(1, 2, 5);
        AttentionKernels.attention(out, lse, random(1, 1, 2, 5, 8), none, none, how(1, false, null, 0));
        assertSameBits("out", Tensor.zeros(1, 2, 5, 8), out);
        Tensor dq = empty(1, 2, 5, 8);
        AttentionKernels.attentionBackward(dq, none, none, out, out, lse, out, none, none, how(1, false, null, 0));
        assertSameBits("dq", Tensor.zeros(1, 2, 5, 8), dq);
    }

    @Test
    void largeScoresDoNotOverflow() {
        Tensor q = random(1, 1, 1, 80, 16).mul(30);
        Tensor k = random(2, 1, 1, 600, 16).mul(30);
        Tensor v = random(3, 1, 1, 600, 16);
        Tensor out = empty(1, 1, 80, 16);
        Tensor lse = empty(1, 1, 80);
        Tensor expected = exactEmpty(out);
        Tensor exactLse = exactEmpty(lse);
        AttentionKernels.attention(out, lse, q, k, v, how(1, false, null, 0));
        REFERENCE.attention(expected, exactLse, exact(q), exact(k), exact(v), how(1, false, null, 0));
        // Scores are around 10,000 here, so that their own rounding is about 1e-3.
        assertClose("out", expected, out, 3e-3);
        assertClose("lse", exactLse, lse, 1e-5);
    }

    /** As a GPT has it: q, k and v are slices of one (B, T, 3 C) tensor, the output a view of (B, T, C). */
    @Test
    void slicesOfOneProjection() {
        long b = 2;
        long t = 70;
        long h = 3;
        long d = 16;
        Tensor qkv = random(1, b, t, 3 * h * d);
        Tensor[] parts = new Tensor[3];
        for (int i = 0; i < 3; i++) {
            parts[i] = qkv.narrow(2, i * h * d, h * d).view(b, t, h, d).transpose(1, 2);
        }
        Tensor grads = empty(b, t, 3 * h * d);
        Tensor[] gradParts = new Tensor[3];
        for (int i = 0; i < 3; i++) {
            gradParts[i] = grads.narrow(2, i * h * d, h * d).view(b, t, h, d).transpose(1, 2);
        }
        for (boolean causal : new boolean[] {false, true}) {
            check("slices", parts[0], parts[1], parts[2], random(5, b, t, h, d).transpose(1, 2),
                    empty(b, t, h, d).transpose(1, 2), gradParts[0], gradParts[1], gradParts[2],
                    how(0.25, causal, null, 0.1));
        }
    }

    @Test
    void rowsWithGapsAreCopied() {
        Tensor q = random(1, 2, 2, 6, 9).transpose(2, 3);
        Tensor k = random(2, 2, 2, 6, 11).transpose(2, 3);
        Tensor v = random(3, 2, 2, 11, 12).slice(3, 0, 12, 2);
        check("rows with gaps", q, k, v, random(4, 2, 2, 6, 9).transpose(2, 3), empty(2, 2, 6, 9).transpose(2, 3),
                empty(2, 2, 6, 9).transpose(2, 3), empty(2, 2, 6, 11).transpose(2, 3),
                empty(2, 2, 11, 12).slice(3, 0, 12, 2),
                how(0.4, true, null, 0));
    }

    @Test
    void broadcastKeysAndQueries() {
        // One key and value head for all query heads, and one batch of them.
        Tensor k = random(2, 1, 1, 20, 8).expand(2, 4, 20, 8);
        Tensor v = random(3, 2, 1, 20, 8).expand(2, 4, 20, 8);
        check("broadcast heads", random(1, 2, 4, 9, 8), k, v, how(0.4, false, null, 0));
        check("broadcast rows", random(1, 2, 4, 1, 8).expand(2, 4, 9, 8), random(2, 2, 4, 1, 8).expand(2, 4, 20, 8), v,
                how(0.4, false, null, 0));
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        Tensor q = random(1, 3, 3, 131, 24);
        Tensor k = random(2, 3, 3, 131, 24);
        Tensor v = random(3, 3, 3, 131, 24);
        assertSameForAnyThreads("attention", () -> {
            Tensor out = empty(3, 3, 131, 24);
            Tensor lse = empty(3, 3, 131);
            Attention how = how(0.2, true, null, 0.2);
            AttentionKernels.attention(out, lse, q, k, v, how);
            Tensor dq = empty(3, 3, 131, 24);
            Tensor dk = empty(3, 3, 131, 24);
            Tensor dv = empty(3, 3, 131, 24);
            AttentionKernels.attentionBackward(dq, dk, dv, out, out, lse, q, k, v, how);
            Tensor one = empty(3, 3, 1, 24);
            AttentionKernels.attention(one, empty(3, 3, 1), q.narrow(2, 5, 1), k, v, how(0.2, false, null, 0));
            return new Tensor[] {out, lse, dq, dk, dv, one};
        });
    }
}
