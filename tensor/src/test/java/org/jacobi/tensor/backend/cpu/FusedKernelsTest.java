package org.jacobi.tensor.backend.cpu;

import static org.jacobi.tensor.backend.cpu.FusedOracle.LENGTHS;
import static org.jacobi.tensor.backend.cpu.FusedOracle.REFERENCE;
import static org.jacobi.tensor.backend.cpu.FusedOracle.assertClose;
import static org.jacobi.tensor.backend.cpu.FusedOracle.assertSameBits;
import static org.jacobi.tensor.backend.cpu.FusedOracle.assertSameForAnyThreads;
import static org.jacobi.tensor.backend.cpu.FusedOracle.empty;
import static org.jacobi.tensor.backend.cpu.FusedOracle.exact;
import static org.jacobi.tensor.backend.cpu.FusedOracle.exactEmpty;
import static org.jacobi.tensor.backend.cpu.FusedOracle.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The fused kernels but for attention, against their definitions in Backend run in f64. */
class FusedKernelsTest {
    private static final double CLOSE = 2e-6;
    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    // ---- softmax ---------------------------------------------------------------------------------------------------

    @Test
    void softmax() {
        for (long n : LENGTHS) {
            Tensor x = random(n, 3, 5, n).mul(4);
            Tensor out = empty(3, 5, n);
            SoftmaxKernels.softmax(out, x);
            Tensor expected = exactEmpty(x);
            REFERENCE.softmax(expected, exact(x));
            assertClose("softmax of " + n, expected, out, CLOSE);

            Tensor dout = random(n + 1, 3, 5, n);
            Tensor dx = empty(3, 5, n);
            SoftmaxKernels.softmaxBackward(dx, dout, out);
            REFERENCE.softmaxBackward(expected, exact(dout), exact(out));
            assertClose("softmaxBackward of " + n, expected, dx, CLOSE);
            SoftmaxKernels.softmaxBackward(dout, dout, out);
            assertSameBits("softmaxBackward of " + n + " in place", dx, dout);
        }
    }

    @Test
    void logSoftmax() {
        for (long n : LENGTHS) {
            Tensor x = random(n, 4, n).mul(4);
            Tensor out = empty(4, n);
            SoftmaxKernels.logSoftmax(out, x);
            Tensor expected = exactEmpty(x);
            REFERENCE.logSoftmax(expected, exact(x));
            assertClose("logSoftmax of " + n, expected, out, CLOSE);

            Tensor dout = random(n + 1, 4, n);
            Tensor dx = empty(4, n);
            SoftmaxKernels.logSoftmaxBackward(dx, dout, out);
            REFERENCE.logSoftmaxBackward(expected, exact(dout), exact(out));
            assertClose("logSoftmaxBackward of " + n, expected, dx, 1e-5);
        }
    }

    @Test
    void softmaxOfExtremeRows() {
        float inf = Float.POSITIVE_INFINITY;
        Tensor x = Tensor.of(new float[] {1000, 999, -1000, -inf, -inf, 0, -inf, -inf, 1, 2, Float.NaN, 3}, 3, 4);
        Tensor out = empty(3, 4);
        Tensor expected = exactEmpty(x);
        SoftmaxKernels.softmax(out, x);
        REFERENCE.softmax(expected, exact(x));
        assertClose("softmax", expected, out, CLOSE);
        SoftmaxKernels.logSoftmax(out, x);
        REFERENCE.logSoftmax(expected, exact(x));
        assertClose("logSoftmax", expected, out, CLOSE);
    }

    @Test
    void softmaxOfNothing() {
        SoftmaxKernels.softmax(empty(0, 5), empty(0, 5));
        SoftmaxKernels.logSoftmax(empty(5, 0), empty(5, 0));
    }

    // ---- normalization ---------------------------------------------------------------------------------------------

    @Test
    void layerNorm() {
        for (long n : LENGTHS) {
            for (int nulls = 0; nulls < 4; nulls++) {
                Tensor weight = (nulls & 1) == 0 ? random(7, n) : null;
                Tensor bias = (nulls & 2) == 0 ? random(8, n) : null;
                checkLayerNorm("layerNorm of " + n + ", nulls " + nulls, random(n, 2, 7, n).add(0.5), weight, bias);
            }
        }
        // Enough rows for several blocks.
        checkLayerNorm("layerNorm of many rows", random(1, 1031, 67), random(2, 67), random(3, 67));
        // A mean far from 0: squares must be taken of centered values.
        checkLayerNorm("layerNorm of 100 ± 1", random(4, 3, 257).add(100), null, null);
    }

    private static void checkLayerNorm(String what, Tensor x, Tensor weight, Tensor bias) {
        long n = x.size(-1);
        long[] rows = x.shape().with(-1, 1).toArray();
        Tensor out = empty(x.shape().toArray());
        Tensor mean = empty(rows);
        Tensor rstd = empty(rows);
        NormKernels.layerNorm(out, mean, rstd, x, weight, bias, 1e-5);
        Tensor exactMean = exactEmpty(mean);
        Tensor exactRstd = exactEmpty(rstd);
        Tensor expected = exactEmpty(x);
        REFERENCE.layerNorm(expected, exactMean, exactRstd, exact(x), exact(weight), exact(bias), 1e-5);
        double close = 3e-5;
        assertClose(what, expected, out, close);
        assertClose(what + ", mean", exactMean, mean, 1e-6);
        assertClose(what + ", rstd", exactRstd, rstd, n == 1 ? 1e-2 : 1e-5);

        Tensor dout = random(9, x.shape().toArray());
        Tensor exactWeight = Tensor.empty(DType.F64, n);
        Tensor exactBias = Tensor.empty(DType.F64, n);
        REFERENCE.layerNormBackward(expected, exactWeight, exactBias, exact(dout), exact(x), exact(weight), exact(mean),
                exact(rstd));
        for (int nulls = 0; nulls < 4; nulls++) {
            Tensor dx = empty(x.shape().toArray());
            Tensor dweight = (nulls & 1) == 0 ? empty(n) : null;
            Tensor dbias = (nulls & 2) == 0 ? empty(n) : null;
            NormKernels.layerNormBackward(dx, dweight, dbias, dout, x, weight, mean, rstd);
            // With one element, dx is a difference of equal numbers, times a large rstd.
            assertClose(what + ", dx", expected, dx, n == 1 ? 1e-3 : close);
            if (dweight != null) {
                assertClose(what + ", dweight", exactWeight, dweight, close);
            }
            if (dbias != null) {
                assertClose(what + ", dbias", exactBias, dbias, close);
            }
        }
    }

    @Test
    void rmsNorm() {
        for (long n : LENGTHS) {
            for (boolean weighted : new boolean[] {true, false}) {
                String what = "rmsNorm of " + n + (weighted ? " with weight" : "");
                Tensor x = random(n, 19, n);
                Tensor weight = weighted ? random(7, n) : null;
                Tensor out = empty(19, n);
                Tensor rstd = empty(19, 1);
                NormKernels.rmsNorm(out, rstd, x, weight, 1e-6);
                Tensor expected = exactEmpty(x);
                Tensor exactRstd = exactEmpty(rstd);
                REFERENCE.rmsNorm(expected, exactRstd, exact(x), exact(weight), 1e-6);
                assertClose(what, expected, out, CLOSE);
                assertClose(what + ", rstd", exactRstd, rstd, CLOSE);

                Tensor dout = random(9, 19, n);
                Tensor dx = empty(19, n);
                Tensor dweight = empty(n);
                Tensor exactWeight = exactEmpty(dweight);
                NormKernels.rmsNormBackward(dx, dweight, dout, x, weight, rstd);
                REFERENCE.rmsNormBackward(expected, exactWeight, exact(dout), exact(x), exact(weight), exact(rstd));
                assertClose(what + ", dx", expected, dx, n == 1 ? 1e-3 : 1e-5);
                assertClose(what + ", dweight", exactWeight, dweight, 1e-5);
                Tensor again = empty(19, n);
                NormKernels.rmsNormBackward(again, null, dout, x, weight, rstd);
                assertSameBits(what + ", dx without dweight", dx, again);
            }
        }
    }

    @Test
    void normalizationOfNoRows() {
        Tensor dweight = empty(5);
        Tensor dbias = empty(5);
        NormKernels.layerNormBackward(empty(0, 5), dweight, dbias, empty(0, 5), empty(0, 5), null, empty(0, 1),
                empty(0, 1));
        assertSameBits("dweight", Tensor.zeros(5), dweight);
        assertSameBits("dbias", Tensor.zeros(5), dbias);
    }

    // ---- cross-entropy ---------------------------------------------------------------------------------------------

    @Test
    void crossEntropy() {
        for (long classes : new long[] {2, 3, 16, 17, 65, 131, 1031, 50_257}) {
            for (double smoothing : new double[] {0, 0.1}) {
                String what = "crossEntropy of " + classes + " classes, smoothing " + smoothing;
                long rows = classes > 10_000 ? 3 : 21;
                Tensor logits = random(classes, rows, classes).mul(3);
                long[] labels = new long[(int) rows];
                for (int i = 0; i < rows; i++) {
                    labels[i] = i % 5 == 2 ? -100 : i * 7919 % classes;
                }
                Tensor targets = Tensor.of(labels);
                Tensor out = empty(rows);
                Tensor lse = empty(rows);
                CrossEntropyKernels.crossEntropy(out, lse, logits, targets, -100, smoothing);
                Tensor expected = exactEmpty(out);
                Tensor exactLse = exactEmpty(lse);
                REFERENCE.crossEntropy(expected, exactLse, exact(logits), targets, -100, smoothing);
                assertClose(what, expected, out, CLOSE);
                assertClose(what + ", lse", exactLse, lse, CLOSE);

                Tensor dout = random(3, rows);
                Tensor dlogits = empty(rows, classes);
                Tensor exactDlogits = exactEmpty(logits);
                CrossEntropyKernels.crossEntropyBackward(dlogits, dout, lse, logits, targets, -100, smoothing);
                REFERENCE.crossEntropyBackward(exactDlogits, exact(dout), exactLse, exact(logits), targets, -100,
                        smoothing);
                assertClose(what + ", dlogits", exactDlogits, dlogits, 5e-6);

                // The gradient of a sum or a mean is one number, expanded.
                Tensor one = Tensor.scalar(0.25).expand(rows);
                CrossEntropyKernels.crossEntropyBackward(dlogits, one, lse, logits, targets, -100, smoothing);
                REFERENCE.crossEntropyBackward(exactDlogits, exact(one), exactLse, exact(logits), targets, -100,
                        smoothing);
                assertClose(what + ", dlogits of a mean", exactDlogits, dlogits, 5e-6);
            }
        }
    }

    @Test
    void crossEntropyIsExactWhereTheLossIsSmall() {
        Tensor logits = Tensor.of(new float[] {100, 84, 0}, 1, 3);
        Tensor out = empty(1);
        CrossEntropyKernels.crossEntropy(out, empty(1), logits, Tensor.of(new long[] {0}), -100, 0);
        assertEquals(Math.log1p(Math.exp(-16)), out.item(), 1e-7);
    }

    @Test
    void crossEntropyOfUnlikelyClasses() {
        // -∞ is a class that is masked out: fine as long as it is not the target.
        Tensor logits = Tensor.of(new float[] {1, Float.NEGATIVE_INFINITY, 2}, 1, 3);
        Tensor out = empty(1);
        Tensor lse = empty(1);
        CrossEntropyKernels.crossEntropy(out, lse, logits, Tensor.of(new long[] {2}), -100, 0);
        assertEquals(Math.log1p(Math.exp(-1)), out.item(), 1e-6);
    }

    @Test
    void crossEntropyRefusesTargetsThatAreNoClass() {
        Tensor logits = random(1, 2, 3);
        for (long wrong : new long[] {-1, 3}) {
            Tensor targets = Tensor.of(new long[] {0, wrong});
            var e = assertThrows(IllegalArgumentException.class,
                    () -> CrossEntropyKernels.crossEntropy(empty(2), empty(2), logits, targets, -100, 0));
            assertTrue(e.getMessage().contains("target " + wrong + " in row 1"), e.getMessage());
        }
    }

    // ---- AdamW -----------------------------------------------------------------------------------------------------

    @Test
    void adamWHasTheBitsOfItsDefinition() {
        for (long n : new long[] {1, 15, 16, 17, 131, 40_009}) {
            for (boolean amsgrad : new boolean[] {false, true}) {
                Tensor parameter = random(1, n);
                Tensor m = Tensor.zeros(n);
                Tensor v = Tensor.zeros(n);
                Tensor vMax = amsgrad ? Tensor.zeros(n) : null;
                Tensor[] expected = {parameter.copy(), m.copy(), v.copy(), amsgrad ? vMax.copy() : null};
                for (long step = 1; step <= 3; step++) {
                    Tensor grad = random(10 + step, n).mul(1.0 / step);
                    AdamWKernel.adamW(parameter, grad, m, v, vMax, 0.37, 1e-3, 0.9, 0.5, 1e-8, 0.1, step);
                    REFERENCE.adamW(expected[0], grad, expected[1], expected[2], expected[3], 0.37, 1e-3, 0.9, 0.5,
                            1e-8, 0.1, step);
                    assertSameBits("m of " + n, expected[1], m);
                    assertSameBits("v of " + n, expected[2], v);
                    if (amsgrad) {
                        assertSameBits("vMax of " + n, expected[3], vMax);
                    }
                    assertSameBits("parameter of " + n, expected[0], parameter);
                }
            }
        }
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    @Test
    void dropoutHasTheBitsOfItsDefinition() {
        for (double p : new double[] {0, 0.1, 0.5, 1 / 3.0, 0.999, 1}) {
            for (long n : new long[] {1, 2, 5, 17, 63, 2048, 2051, 40_009}) {
                Tensor x = random(n, n);
                Tensor out = empty(n);
                Tensor expected = empty(n);
                DropoutKernel.dropout(out, x, p, 42, 7);
                REFERENCE.dropout(expected, x, p, 42, 7);
                assertSameBits("dropout " + p + " of " + n, expected, out);
            }
        }
    }

    @Test
    void uniformHasTheBitsOfItsDefinition() {
        for (long n : new long[] {1, 3, 16, 31, 2049, 40_009}) {
            Tensor out = empty(n);
            Tensor expected = empty(n);
            DropoutKernel.uniform(out, -3, 1L << 40, -0.25, 1.5);
            REFERENCE.uniform(expected, -3, 1L << 40, -0.25, 1.5);
            assertSameBits("uniform of " + n, expected, out);
        }
    }

    @Test
    void normalHasTheBitsOfItsDefinition() {
        for (long n : new long[] {1, 2, 3, 4, 5, 31, 2049, 40_009}) {
            Tensor out = empty(n);
            Tensor expected = empty(n);
            DropoutKernel.normal(out, 8, 9, 0.5, 0.02);
            REFERENCE.normal(expected, 8, 9, 0.5, 0.02);
            assertSameBits("normal of " + n, expected, out);
        }
    }

    // ---- threads ---------------------------------------------------------------------------------------------------

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        Tensor x = random(1, 1031, 131);
        Tensor dout = random(2, 1031, 131);
        Tensor weight = random(3, 131);
        Tensor targets = Tensor.randn(new Generator(4), 1031).mul(20).add(65).clamp(0, 130).to(DType.I64);
        assertSameForAnyThreads("fused kernels", () -> {
            Tensor softmax = empty(1031, 131);
            SoftmaxKernels.softmax(softmax, x);
            Tensor dsoftmax = empty(1031, 131);
            SoftmaxKernels.softmaxBackward(dsoftmax, dout, softmax);
            Tensor normalized = empty(1031, 131);
            Tensor mean = empty(1031, 1);
            Tensor rstd = empty(1031, 1);
            NormKernels.layerNorm(normalized, mean, rstd, x, weight, null, 1e-5);
            Tensor dx = empty(1031, 131);
            Tensor dweight = empty(131);
            Tensor dbias = empty(131);
            NormKernels.layerNormBackward(dx, dweight, dbias, dout, x, weight, mean, rstd);
            Tensor loss = empty(1031);
            Tensor lse = empty(1031);
            CrossEntropyKernels.crossEntropy(loss, lse, x, targets, -100, 0.1);
            Tensor dlogits = empty(1031, 131);
            CrossEntropyKernels.crossEntropyBackward(dlogits, loss, lse, x, targets, -100, 0.1);
            Tensor dropped = empty(1031, 131);
            DropoutKernel.dropout(dropped, x, 0.2, 5, 6);
            Tensor parameter = x.copy();
            AdamWKernel.adamW(parameter, dout, Tensor.zeros(1031, 131), Tensor.zeros(1031, 131), null, 1, 1e-3, 0.9,
                    0.99,
                    1e-8, 0.1, 1);
            return new Tensor[] {softmax, dsoftmax, normalized, mean, rstd, dx, dweight, dbias, loss, lse, dlogits,
                dropped,
                parameter};
        });
    }
}
