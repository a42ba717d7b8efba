package org.jacobi.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongToDoubleFunction;

import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Schedules over fifty steps, against the formulas of PyTorch's documentation. */
class ScheduleTest {
    private static final int STEPS = 50;

    private static void check(LongToDoubleFunction formula, Schedule schedule) {
        for (long step = 0; step < STEPS; step++) {
            assertEquals(formula.applyAsDouble(step), schedule.at(step), 1e-12, "step " + step);
        }
    }

    @Test
    void factors() {
        check(t -> t < 4 ? 0.05 / 3 : 0.05, new ConstantSchedule(0.05, 1.0 / 3, 4));
        check(t -> 0.1 * Math.pow(1 - Math.min(t, 20) / 20.0, 2), new PolynomialSchedule(0.1, 20, 2));
        check(t -> 0.1 * Math.pow(0.95, t), step -> 0.1 * Math.pow(0.95, step)); // any function is one
        check(t -> 0.3 * Math.pow(0.9, t) * (t < 5 ? 0.2 : 1),
                new ExponentialSchedule(0.3, 0.9).times(new ConstantSchedule(1, 0.2, 5)));
        check(t -> 1e-3 + 0.5 * (0.1 - 1e-3) * (1 + Math.cos(Math.PI * t / 50)), CosineSchedule.of(0.1, 1e-3, 50));
    }

    @Test
    void warmUpAndSequence() {
        check(t -> t < 4 ? 0.1 * (t + 1) / 5 : 0.1 * Math.pow(0.5, (t - 4) / 10),
                new StepSchedule(0.1, 10, 0.5).afterWarmup(4));
        check(t -> t < 10 ? 0.01 : t < 30 ? 0.1 * Math.pow(0.9, t - 10) : 0.5,
                new SequentialSchedule(List.of(Schedule.constant(0.01), new ExponentialSchedule(0.1, 0.9),
                        Schedule.constant(0.5)), 10, 30));
        assertThrows(IllegalArgumentException.class, () -> new SequentialSchedule(List.of(Schedule.constant(1)), 3));
        assertThrows(IllegalArgumentException.class,
                () -> new SequentialSchedule(List.of(Schedule.constant(1), Schedule.constant(2), Schedule.constant(3)),
                        5, 4));
    }

    @Test
    void cosineWithWarmRestarts() {
        for (int growth : new int[] {1, 2, 3}) {
            double[] expected = new double[STEPS];
            long current = 0;
            long length = 5;
            for (int t = 0; t < STEPS; t++) {
                expected[t] = 0.01 + (0.2 - 0.01) * (1 + Math.cos(Math.PI * current / length)) / 2;
                current++;
                if (current >= length) {
                    current -= length;
                    length *= growth;
                }
            }
            check(t -> expected[(int) t], new CosineRestartsSchedule(0.2, 0.01, 5, growth));
        }
    }

    private static double triangle(long t, double up, double down) {
        double cycle = Math.floor(1 + t / (up + down));
        double x = 1 + t / (up + down) - cycle;
        double ratio = up / (up + down);
        return x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    }

    @Test
    void cycles() {
        check(t -> 0.1 + 0.3 * triangle(t, 4, 7), CyclicSchedule.triangular(0.1, 0.4, 4, 7));
        check(t -> 0.1 + 0.3 * triangle(t, 6, 6) / Math.pow(2, Math.floor(1 + t / 12.0) - 1),
                CyclicSchedule.triangular2(0.1, 0.4, 6, 6));
        check(t -> 0.1 + 0.3 * triangle(t, 6, 3) * Math.pow(0.97, t), CyclicSchedule.expRange(0.1, 0.4, 6, 3, 0.97));
    }

    /** The phases of OneCycleLR: each goes from one rate to another up to its last step. */
    private static double oneCycle(long t, boolean linear, double[]... phases) {
        double start = 0;
        for (double[] phase : phases) {
            if (t <= phase[2] || phase == phases[phases.length - 1]) {
                double done = (t - start) / (phase[2] - start);
                return linear ? (phase[1] - phase[0]) * done + phase[0]
                        : phase[1] + (phase[0] - phase[1]) / 2 * (1 + Math.cos(Math.PI * done));
            }
            start = phase[2];
        }
        throw new AssertionError();
    }

    @Test
    void oneCycle() {
        for (boolean linear : new boolean[] {false, true}) {
            check(t -> oneCycle(t, linear, new double[] {0.04, 1, 0.3 * STEPS - 1},
                    new double[] {1, 0.04 / 1e4, STEPS - 1}),
                    new OneCycleSchedule(1, STEPS).linear(linear));
            check(t -> oneCycle(t, linear, new double[] {0.2, 2, 0.4 * STEPS - 1},
                    new double[] {2, 0.2, 2 * 0.4 * STEPS - 2}, new double[] {0.2, 0.002, STEPS - 1}),
                    new OneCycleSchedule(2, STEPS).linear(linear).pctStart(0.4).divFactors(10, 100).threePhase(true));
            check(t -> oneCycle(t, linear, new double[] {0.95, 0.85, 0.3 * STEPS - 1},
                    new double[] {0.85, 0.95, STEPS - 1}),
                    new OneCycleSchedule(1, STEPS).linear(linear).momentum(0.85, 0.95));
        }
        assertThrows(IllegalArgumentException.class, () -> new OneCycleSchedule(1, 1));
        assertThrows(IllegalArgumentException.class, () -> new OneCycleSchedule(1, 10).pctStart(1));
    }

    @Test
    void momentumCycles() {
        OneCycleSchedule schedule = new OneCycleSchedule(0.1, STEPS);
        Schedule momentum = schedule.momentum(0.85, 0.95);
        Param p = new Param(Tensor.of(new double[] {1}));
        SGD optimizer = new SGD(List.of(p), 0.1).momentum(momentum.at(0));
        double x = 1;
        double buffer = 0;
        for (int t = 0; t < STEPS; t++) {
            p.square().sum().backward();
            optimizer.setLearningRate(schedule.at(t));
            optimizer.momentum(momentum.at(t)).step();
            optimizer.zeroGrad();
            buffer = momentum.at(t) * buffer + 2 * x;
            x -= schedule.at(t) * buffer;
        }
        assertEquals(x, p.item(), 1e-10);
    }

    /** What SWALR does: it finds the rate that it began with from the optimizer's, and goes on from there. */
    private static double[] swaLr(double lr, double swaLr, long annealEpochs, boolean linear) {
        double[] rates = new double[STEPS];
        double rate = lr;
        for (int t = 0; t < STEPS; t++) {
            long step = annealEpochs == 0 ? Math.max(1, t) : t;
            double before = swaShare(step - 1, annealEpochs, linear);
            double begun = before == 1 ? swaLr : (rate - before * swaLr) / (1 - before);
            double share = swaShare(step, annealEpochs, linear);
            rate = swaLr * share + begun * (1 - share);
            rates[t] = rate;
        }
        return rates;
    }

    private static double swaShare(long step, long annealEpochs, boolean linear) {
        double t = Math.max(0, Math.min(1, step / (double) Math.max(1, annealEpochs)));
        return linear ? t : (1 - Math.cos(Math.PI * t)) / 2;
    }

    @Test
    void ratesOfWeightAveraging() {
        for (boolean linear : new boolean[] {false, true}) {
            for (long epochs : new long[] {0, 1, 10, 70}) {
                double[] falling = swaLr(0.4, 0.05, epochs, linear);
                double[] rising = swaLr(0.01, 0.05, epochs, linear);
                check(t -> falling[(int) t], new SWASchedule(0.4, 0.05, epochs, linear));
                check(t -> rising[(int) t], new SWASchedule(0.01, 0.05, epochs, linear));
            }
        }
        assertThrows(IllegalArgumentException.class, () -> new SWASchedule(0.1, -0.1, 10, false));
        assertThrows(IllegalArgumentException.class, () -> new SWASchedule(0.1, 0.1, -1, false));
    }

    // ---- plateaus --------------------------------------------------------------------------------------------------

    private final SGD optimizer = new SGD(List.of(new Param(Tensor.ones(1))), 1);

    private double[] rates(ReduceLROnPlateau plateau, double... metrics) {
        double[] rates = new double[metrics.length];
        for (int i = 0; i < rates.length; i++) {
            plateau.step(metrics[i]);
            rates[i] = optimizer.groups().getFirst().lr();
        }
        return rates;
    }

    @Test
    void ratesFallOnAPlateau() {
        assertArrayEquals(new double[] {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25},
                rates(new ReduceLROnPlateau(optimizer).factor(0.5).patience(1), 10, 5, 5, 5, 4, 3, 3, 3));
    }

    @Test
    void thresholdsAreSharesOrDifferences() {
        assertArrayEquals(new double[] {1, 1, 0.5}, rates(
                new ReduceLROnPlateau(optimizer).factor(0.5).patience(0).threshold(0.1, false), 100, 89, 81));
        optimizer.setLearningRate(1);
        assertArrayEquals(new double[] {1, 1, 0.5}, rates(
                new ReduceLROnPlateau(optimizer).factor(0.5).patience(0).threshold(10, true), 100, 89, 80));
        optimizer.setLearningRate(1);
        assertArrayEquals(new double[] {1, 1, 0.5, 0.25}, rates(
                new ReduceLROnPlateau(optimizer).maximize(true).factor(0.5).patience(0).threshold(0.1, false), 1, 1.2,
                1.3,
                Double.NaN));
    }

    @Test
    void cooldownAndLowestRate() {
        assertArrayEquals(new double[] {1, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3},
                rates(new ReduceLROnPlateau(optimizer).factor(0.5).patience(0).cooldown(2).minLr(0.3), 1, 1, 1, 1, 1, 1,
                        1,
                        1));
    }

    @Test
    void aResumedPlateauGoesOn() {
        ReduceLROnPlateau first = new ReduceLROnPlateau(optimizer).factor(0.5).patience(2);
        rates(first, 1, 2);
        Map<String, Tensor> saved = new LinkedHashMap<>(first.stateDict());
        ReduceLROnPlateau second = new ReduceLROnPlateau(optimizer).factor(0.5).patience(2);
        second.loadStateDict(saved);
        assertArrayEquals(new double[] {1, 0.5}, rates(second, 2, 2));
    }

    // ---- clipping and accumulation ---------------------------------------------------------------------------------

    private static Param withGradient(double... gradient) {
        Param p = new Param(Tensor.zeros(gradient.length).to(DType.F64));
        p.mul(Tensor.of(gradient)).sum().backward();
        return p;
    }

    @Test
    void normsOfOtherKinds() {
        List<Param> params = List.of(withGradient(3, -4), withGradient(-2));
        assertEquals(9, GradClip.byGlobalNorm(params, 100, 1), 1e-12);
        assertEquals(4, GradClip.byGlobalNorm(params, 100, Double.POSITIVE_INFINITY), 1e-12);
        assertEquals(Math.cbrt(27 + 64 + 8), GradClip.byGlobalNorm(params, 3, 3), 1e-12);
        double factor = 3 / (Math.cbrt(99) + 1e-6);
        assertArrayEquals(new double[] {3 * factor, -4 * factor}, params.getFirst().grad().value().toDoubleArray(),
                1e-12);
        assertThrows(IllegalArgumentException.class, () -> GradClip.byGlobalNorm(params, 1, 0));
    }

    @Test
    void valuesAreLimited() {
        Param p = withGradient(3, -4, 0.5);
        GradClip.byValue(List.of(p, new Param(Tensor.ones(2))), 1.5);
        assertArrayEquals(new double[] {1.5, -1.5, 0.5}, p.grad().value().toDoubleArray());
        assertThrows(IllegalArgumentException.class, () -> GradClip.byValue(List.of(p), -1));
    }

    @Test
    void gradientsOfPartsOfABatchAddUpToTheBatchs() {
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6});
        Param whole = new Param(Tensor.of(new double[] {0.5}));
        Param parts = new Param(Tensor.of(new double[] {0.5}));
        whole.mul(x).sub(1).square().mean().backward();
        for (int part = 0; part < 3; part++) {
            parts.mul(x.narrow(0, 2 * part, 2)).sub(1).square().mean().div(3).backward();
        }
        assertEquals(whole.grad().item(), parts.grad().item(), 1e-12);
    }
}
