package org.jacobi.layers.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Losses as objects: that they call the op they are named after with PyTorch's defaults, and what is no op of PyTorch. */
class LossTest {
    private final Generator generator = new Generator(7);

    private Tensor random(long... shape) {
        return Tensor.randn(generator, shape).to(DType.F64);
    }

    private static Variable leaf(Tensor tensor) {
        return Variable.leaf(tensor);
    }

    private static void assertRefused(String part, Executable code) {
        String message = assertThrows(IllegalArgumentException.class, code).getMessage();
        assertTrue(message.contains(part), message);
    }

    // ---- classes ---------------------------------------------------------------------------------------------------

    @Test
    void crossEntropyOfImagesHasItsClassesOnAxis1() {
        Variable logits = Variable.constant(random(2, 3, 4, 5));
        Tensor classes = Tensor.of(new long[40], 2, 4, 5);
        double expected = logits.logSoftmax(1).select(1, 0).mean().neg().item();
        assertEquals(expected, new CrossEntropyLoss().of(logits, classes).item(), 1e-12);
        assertEquals(expected, new NLLLoss().of(logits.logSoftmax(1), classes).item(), 1e-12);
        assertEquals(expected, new CrossEntropyLoss().classAxis(-1).of(logits.movedim(1, -1), classes).item(), 1e-12);
        assertEquals(40 * expected, new CrossEntropyLoss().reduction(Reduction.SUM).of(logits, classes).item(), 1e-10);
        assertEquals(classes.shape(), new CrossEntropyLoss().reduction(Reduction.NONE).of(logits, classes).shape());
    }

    @Test
    void oneHotProbabilitiesAreClasses() {
        Variable logits = Variable.constant(random(3, 4));
        Tensor classes = Tensor.of(new long[] {2, 0, 3}, 3);
        Tensor hot = Tensor.zeros(DType.F64, 3, 4).scatter(1, classes.unsqueeze(1), 1.0);
        for (double smoothing : new double[] {0, 0.1}) {
            CrossEntropyLoss loss = new CrossEntropyLoss().labelSmoothing(smoothing);
            assertEquals(loss.of(logits, classes).item(), loss.of(logits, hot).item(), 1e-12);
        }
    }

    @Test
    void allTargetsIgnoredGiveNaNAsInPyTorch() {
        Variable logits = Variable.constant(random(2, 3));
        Tensor ignored = Tensor.of(new long[] {-100, -100}, 2);
        assertTrue(Double.isNaN(new CrossEntropyLoss().of(logits, ignored).item()));
        assertEquals(0, new CrossEntropyLoss().reduction(Reduction.SUM).of(logits, ignored).item());
    }

    @Test
    void wrongTargetsAreNamed() {
        Variable logits = Variable.constant(random(2, 3));
        CrossEntropyLoss loss = new CrossEntropyLoss();
        assertRefused("crossEntropy", () -> loss.of(logits, Tensor.of(new long[] {0, 3}, 2)));
        assertRefused("3", () -> new NLLLoss().of(logits, Tensor.of(new long[] {0, 3}, 2)));
        assertRefused("need I64 targets of shape (2)", () -> loss.of(logits, Tensor.of(new long[] {0}, 1)));
        assertRefused("must be I64", () -> loss.of(logits, Tensor.of(new long[] {0, 1}, 2).to(DType.I32)));
        assertRefused("the target at [1, 2] is 1.5; it must be a probability",
                () -> loss.of(logits, Tensor.of(new double[] {0, 0, 1, 0, 0, 1.5}, 2, 3)));
        assertRefused("3 classes need weights of shape (3), got (2)",
                () -> new CrossEntropyLoss().weight(Tensor.ones(2)).of(logits, Tensor.of(new long[] {0, 1}, 2)));
        assertRefused("labelSmoothing is 1.5", () -> new CrossEntropyLoss().labelSmoothing(1.5));
        assertRefused("the prediction at [0] is -0.5",
                () -> new BCELoss().of(Variable.constant(Tensor.of(new double[] {-0.5})), Tensor.of(new double[] {1})));
        assertRefused("the target at [1] is NaN",
                () -> new BCELoss().of(Variable.constant(Tensor.of(new double[] {0.5, 0})),
                        Tensor.of(new double[] {1, Double.NaN})));
        assertRefused("differ", () -> new MSELoss().of(logits, Tensor.zeros(3, 2)));
        assertRefused("differ", () -> new BCEWithLogitsLoss().of(logits, Tensor.zeros(2)));
        assertRefused("1 or -1", () -> new HingeEmbeddingLoss().of(logits, Tensor.zeros(2, 3)));
        assertRefused("multiMarginLoss", () -> new MultiMarginLoss().of(logits, Tensor.of(new long[] {0, 5}, 2)));
        assertRefused("p is 3", () -> new MultiMarginLoss().p(3).of(logits, Tensor.of(new long[] {0, 1}, 2)));
        assertRefused("delta is 0.0", () -> new HuberLoss().delta(0).of(logits, random(2, 3)));
        assertRefused("least variance is -1.0",
                () -> new GaussianNLLLoss().of(logits, random(2, 3), Variable.constant(Tensor.scalar(-1, DType.F64))));
    }

    @Test
    void largeLogitsLoseNothing() {
        for (DType type : new DType[] {DType.F32, DType.F64}) {
            Variable logits = leaf(Tensor.of(new double[] {1000, -1000, 1000, -1000}).to(type));
            Variable losses = new BCEWithLogitsLoss().reduction(Reduction.NONE).of(logits,
                    Tensor.of(new double[] {1, 0, 0, 1}).to(type));
            assertArrayEquals(new double[] {0, 0, 1000, 1000}, losses.value().toDoubleArray());
            losses.sum().backward();
            assertArrayEquals(new double[] {0, 0, 1, -1}, logits.grad().value().toDoubleArray());
            Variable rows = leaf(Tensor.of(new double[] {1e4, 0, -1e4, 3e4, 0, 3e4}).reshape(2, 3).to(type));
            Variable entropy = new CrossEntropyLoss().weight(Tensor.of(new double[] {1, 2, 3}).to(type))
                    .reduction(Reduction.NONE).of(rows, Tensor.of(new long[] {2, 1}, 2));
            assertArrayEquals(new double[] {6e4, 6e4 + 2 * Math.log(2)}, entropy.value().toDoubleArray(), 0.01);
            entropy.sum().backward();
            // The kernel keeps one number, the logarithm of a row's sum, of which f32 has three decimals here.
            assertArrayEquals(new double[] {3, 0, -3, 1, -2, 1}, rows.grad().value().toDoubleArray(),
                    type == DType.F32 ? 1e-3 : 1e-6);
        }
    }

    @Test
    void certainProbabilitiesHaveFiniteLossesAndGradients() {
        Variable p = leaf(Tensor.of(new double[] {0, 1, 0, 1}));
        Variable losses = new BCELoss().reduction(Reduction.NONE).of(p, Tensor.of(new double[] {0, 1, 1, 0}));
        assertArrayEquals(new double[] {0, 0, 100, 100}, losses.value().toDoubleArray(), 1e-12);
        losses.sum().backward();
        assertArrayEquals(new double[] {0, 0, -1e12, 1e12}, p.grad().value().toDoubleArray(), 1);
    }

    // ---- others ----------------------------------------------------------------------------------------------------

    @Test
    void objectsCallTheirOps() {
        Variable x = Variable.constant(random(3, 4));
        Tensor y = random(3, 4);
        Variable t = Variable.constant(y);
        assertEquals(x.mse(t).item(), new MSELoss().of(x, y).item());
        assertEquals(x.l1Loss(y).item(), new L1Loss().of(x, y).item());
        assertEquals(x.huberLoss(t, 0.5, Reduction.SUM).item(),
                new HuberLoss().delta(0.5).reduction(Reduction.SUM).of(x, y).item());
        assertEquals(x.smoothL1Loss(t, 0.5, Reduction.MEAN).item(), new SmoothL1Loss().beta(0.5).of(x, y).item());
        Tensor p = y.softmax(1);
        assertEquals(x.logSoftmax(1).exp().log().klDiv(Variable.constant(p), false, Reduction.BATCH_MEAN).item(),
                new KLDivLoss().reduction(Reduction.BATCH_MEAN).of(x.logSoftmax(1), p).item(), 1e-12);
        assertEquals(new KLDivLoss().of(x, p).item(), new KLDivLoss().logTarget(true).of(x, p.log()).item(), 1e-12);
        assertEquals(x.poissonNllLoss(t.abs(), false, true, 2, Reduction.MEAN).item(),
                new PoissonNLLLoss().logInput(false).full(true).eps(2).of(x, y.abs()).item(), 1e-12);
        Tensor sign = Tensor.of(new double[] {1, -1, 1});
        assertEquals(x.cosineEmbeddingLoss(t, sign, 0.1, Reduction.MEAN).item(),
                new CosineEmbeddingLoss().margin(0.1).of(x, t, sign).item());
        assertEquals(x.tripletMarginLoss(t, x.neg(), 2, 1, 1e-3, true, Reduction.MEAN).item(),
                new TripletMarginLoss().margin(2).p(1).eps(1e-3).swap(true).of(x, t, x.neg()).item());
        assertEquals(x.select(1, 0).marginRankingLoss(t.select(1, 0), sign, 0.2, Reduction.MEAN).item(),
                new MarginRankingLoss().margin(0.2).of(x.select(1, 0), t.select(1, 0), sign).item());
    }

    @Test
    void infoNceComparesCosines() {
        Variable queries = leaf(random(4, 3));
        Variable keys = leaf(random(4, 3));
        double expected = 0;
        double reverse = 0;
        double[] q = queries.value().toDoubleArray();
        double[] k = keys.value().toDoubleArray();
        for (int i = 0; i < 4; i++) {
            double row = 0;
            double column = 0;
            for (int j = 0; j < 4; j++) {
                row += Math.exp(cosine(q, i, k, j) / 0.2);
                column += Math.exp(cosine(q, j, k, i) / 0.2);
            }
            expected += (Math.log(row) - cosine(q, i, k, i) / 0.2) / 4;
            reverse += (Math.log(column) - cosine(q, i, k, i) / 0.2) / 4;
        }
        InfoNCELoss loss = new InfoNCELoss().temperature(0.2);
        assertEquals(expected, loss.of(queries, keys.value()).item(), 1e-12);
        Variable both = loss.symmetric(true).of(queries, keys);
        assertEquals((expected + reverse) / 2, both.item(), 1e-12);
        both.backward();
        assertTrue(keys.grad().value().abs().sum().item() > 0);
        assertRefused("InfoNCELoss", () -> loss.of(queries, Tensor.zeros(3, 3)));
    }

    private static double cosine(double[] a, int i, double[] b, int j) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int d = 0; d < 3; d++) {
            dot += a[3 * i + d] * b[3 * j + d];
            aa += a[3 * i + d] * a[3 * i + d];
            bb += b[3 * j + d] * b[3 * j + d];
        }
        return dot / Math.sqrt(aa * bb);
    }

    @Test
    void focalLossIsTheFormulaOfItsPaper() {
        Variable x = leaf(random(6));
        double[] targets = {0, 1, 1, 0, 1, 0};
        double expected = 0;
        for (int i = 0; i < targets.length; i++) {
            double p = 1 / (1 + Math.exp(-x.value().getDouble(i)));
            double pt = targets[i] == 1 ? p : 1 - p;
            expected -= (targets[i] == 1 ? 0.3 : 0.7) * Math.pow(1 - pt, 1.5) * Math.log(pt) / 6;
        }
        Tensor target = Tensor.of(targets);
        Variable loss = new FocalLoss().alpha(0.3).gamma(1.5).of(x, target);
        assertEquals(expected, loss.item(), 1e-12);
        loss.backward();
        assertTrue(x.grad().value().isFinite().all().toBooleanArray()[0]);
        assertEquals(new BCEWithLogitsLoss().of(x, target).item(),
                new FocalLoss().alpha(-1).gamma(0).of(x, target).item(),
                1e-12);
        Variable sure = leaf(Tensor.of(new double[] {500, -500}));
        Variable both = new FocalLoss().of(sure, Tensor.of(new double[] {1, 1}));
        assertEquals(0.25 * 500 / 2, both.item(), 1e-9);
        both.backward();
        assertTrue(sure.grad().value().isFinite().all().toBooleanArray()[0]);
    }

    @Test
    void diceAndTverskyCompareRegions() {
        double large = 100; // a sigmoid of 1, and of 0 for -100
        Variable x =
                Variable.constant(Tensor.of(new double[] {large, large, large, -large, -large, -large, -large, -large})
                        .reshape(2, 2, 2));
        Tensor target = Tensor.of(new double[] {1, 1, 0, 1, 0, 0, 0, 0}).reshape(2, 2, 2);
        // The first example has TP 2, FP 1 and FN 1, the second is empty on both sides.
        assertArrayEquals(new double[] {1 - (2 * 2 + 1) / (3 + 3 + 1.0), 0},
                new DiceLoss().reduction(Reduction.NONE).of(x, target).value().toDoubleArray(), 1e-12);
        assertArrayEquals(new double[] {1 - (2 + 0.5) / (2 + 0.3 + 0.7 + 0.5), 0}, new TverskyLoss().factors(0.3, 0.7)
                .reduction(Reduction.NONE).of(x, target).value().toDoubleArray(), 1e-12);
        assertRefused("(N, ...)", () -> new DiceLoss().of(x, Tensor.zeros(2, 4)));
    }
}
