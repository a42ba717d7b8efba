package org.jacobi.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.LayerNorm;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Param;
import org.jacobi.layers.Sequential;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Optimizers against their formulas, worked out in double arithmetic beside them. */
class OptimizerTest {
    private static final double[] START = {1, -2, 0.5};
    private static final int STEPS = 5;

    private final Param p = new Param(Tensor.of(START));

    /** The gradient of step t: of the function Σ (t + 1) p² / 2 + p. */
    private static double[] gradient(double[] at, int t) {
        double[] g = new double[at.length];
        for (int i = 0; i < g.length; i++) {
            g[i] = (t + 1) * at[i] + 1;
        }
        return g;
    }

    private static void run(Optimizer optimizer, Param param, int from, int to) {
        for (int t = from; t < to; t++) {
            try (var _ = TensorScope.open()) {
                param.square().mul((t + 1) / 2.0).add(param).sum().backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
    }

    private static double[] adamW(double lr, double beta1, double beta2, double eps, double decay) {
        return adam(lr, beta1, beta2, eps, decay, 0, false);
    }

    /** Adam with both kinds of weight decay. */
    private static double[] adam(double lr, double beta1, double beta2, double eps, double decay, double coupled,
            boolean amsgrad) {
        double[] x = START.clone();
        double[] m = new double[x.length];
        double[] v = new double[x.length];
        double[] largest = new double[x.length];
        for (int t = 0; t < STEPS; t++) {
            double[] g = gradient(x, t);
            for (int i = 0; i < x.length; i++) {
                g[i] += coupled * x[i];
                m[i] = beta1 * m[i] + (1 - beta1) * g[i];
                v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
                double mean = m[i] / (1 - Math.pow(beta1, t + 1));
                largest[i] = Math.max(largest[i], v[i]);
                double square = (amsgrad ? largest[i] : v[i]) / (1 - Math.pow(beta2, t + 1));
                x[i] -= lr * decay * x[i] + lr * mean / (Math.sqrt(square) + eps);
            }
        }
        return x;
    }

    private static double[] sgd(double lr, double momentum, double decay, boolean nesterov) {
        double[] x = START.clone();
        double[] buffer = new double[x.length];
        for (int t = 0; t < STEPS; t++) {
            double[] g = gradient(x, t);
            for (int i = 0; i < x.length; i++) {
                double full = g[i] + decay * x[i];
                buffer[i] = momentum * buffer[i] + full;
                x[i] -= lr * (nesterov ? full + momentum * buffer[i] : buffer[i]);
            }
        }
        return x;
    }

    private void assertSteps(double[] expected, Optimizer optimizer) {
        run(optimizer, p, 0, STEPS);
        assertArrayEquals(expected, p.value().toDoubleArray(), 1e-12);
    }

    @Test
    void adamWWithDefaults() {
        assertSteps(adamW(0.01, 0.9, 0.999, 1e-8, 0.01), new AdamW(List.of(p), 0.01));
    }

    @Test
    void adamWWithAllSettings() {
        assertSteps(adamW(0.1, 0.8, 0.99, 1e-4, 0.3),
                new AdamW(List.of(p), 0.1).weightDecay(0.3).betas(0.8, 0.99).eps(1e-4));
    }

    @Test
    void adamWithDefaults() {
        assertSteps(adam(0.01, 0.9, 0.999, 1e-8, 0, 0, false), new Adam(List.of(p), 0.01));
    }

    @Test
    void adamDecaysThroughTheGradient() {
        assertSteps(adam(0.1, 0.8, 0.99, 1e-4, 0, 0.3, false),
                new Adam(List.of(p), 0.1).weightDecay(0.3).betas(0.8, 0.99).eps(1e-4));
    }

    @Test
    void amsgradDividesByTheLargestMeanSquare() {
        // A short memory of squares and long steps: the mean square falls on the way.
        double[] expected = adam(0.3, 0.5, 0.4, 1e-8, 0, 0.1, true);
        assertFalse(Arrays.equals(expected, adam(0.3, 0.5, 0.4, 1e-8, 0, 0.1, false)));
        assertSteps(expected, new Adam(List.of(new ParamGroup(List.of(p), 0.3, 0.1))).betas(0.5, 0.4).amsgrad(true));
    }

    @Test
    void adamWKnowsAmsgradToo() {
        assertSteps(adam(0.3, 0.5, 0.4, 1e-8, 0.1, 0, true),
                new AdamW(List.of(new ParamGroup(List.of(p), 0.3, 0.1))).betas(0.5, 0.4).amsgrad(true));
    }

    @Test
    void adamWsFirstStepHasTheLengthOfTheLearningRate() {
        run(new AdamW(List.of(p), 0.25).weightDecay(0), p, 0, 1);
        assertArrayEquals(new double[] {0.75, -1.75, 0.25}, p.value().toDoubleArray(), 1e-7);
    }

    @Test
    void sgdPlain() {
        assertSteps(sgd(0.1, 0, 0, false), new SGD(List.of(p), 0.1));
    }

    @Test
    void sgdWithMomentumAndDecay() {
        assertSteps(sgd(0.1, 0.9, 0.2, false), new SGD(List.of(p), 0.1).momentum(0.9).weightDecay(0.2));
    }

    @Test
    void sgdWithNesterovsMomentum() {
        assertSteps(sgd(0.05, 0.9, 0.1, true),
                new SGD(List.of(new ParamGroup(List.of(p), 0.05, 0.1))).momentum(0.9).nesterov(true));
    }

    @Test
    void theLearningRateCanChangeBetweenSteps() {
        SGD optimizer = new SGD(List.of(p), 1);
        optimizer.setLearningRate(0);
        run(optimizer, p, 0, 1);
        assertArrayEquals(START, p.value().toDoubleArray());
        optimizer.groups().getFirst().setLr(0.5);
        run(optimizer, p, 0, 1);
        assertArrayEquals(new double[] {0, -1.5, -0.25}, p.value().toDoubleArray(), 1e-12);
    }

    @Test
    void aStepMakesEarlierGraphsStale() {
        for (Optimizer optimizer : List.of(new AdamW(List.of(p), 0.1), new SGD(List.of(p), 0.1))) {
            Variable before = p.square().sum();
            run(optimizer, p, 0, 1);
            assertTrue(assertThrows(IllegalStateException.class, before::backward).getMessage()
                    .contains("changed in place"));
        }
    }

    @Test
    void aParameterWithoutGradientIsLeftAlone() {
        Param idle = new Param(Tensor.ones(2));
        AdamW optimizer = new AdamW(List.of(idle, p), 0.1).weightDecay(0.5);
        run(optimizer, p, 0, 2);
        assertArrayEquals(new float[] {1, 1}, idle.value().toFloatArray());
        assertEquals(List.of("1.step", "1.exp_avg", "1.exp_avg_sq"), new ArrayList<>(optimizer.stateDict().keySet()));
        assertEquals(2, optimizer.stateDict().get("1.step").getLong());
        assertNull(p.grad());
    }

    @Test
    void matricesDecayAndVectorsDoNot() {
        Linear linear = new Linear(2, 2);
        List<ParamGroup> groups = ParamGroup.decayMatrices(linear.parameters(), 0.1, 0.5);
        assertEquals(List.of(linear.weight()), groups.get(0).params());
        assertEquals(0.5, groups.get(0).weightDecay());
        assertEquals(List.of(linear.bias()), groups.get(1).params());
        assertEquals(0, groups.get(1).weightDecay());
        assertEquals(1, ParamGroup.decayMatrices(List.of(p), 0.1, 0.5).size());
    }

    @Test
    void momentsOutliveTheScopeOfTheirStep() {
        AdamW optimizer = new AdamW(List.of(p), 0.01);
        run(optimizer, p, 0, 1);
        optimizer.stateDict().values().forEach(tensor -> tensor.toDoubleArray());
        run(optimizer, p, 1, 2);
    }

    // ---- state -----------------------------------------------------------------------------------------------------

    private static Map<String, Tensor> copies(Optimizer optimizer) {
        Map<String, Tensor> copies = new LinkedHashMap<>();
        optimizer.stateDict().forEach((name, tensor) -> copies.put(name, tensor.copy()));
        return copies;
    }

    private void assertResumes(Function<Param, Optimizer> make) {
        Optimizer first = make.apply(p);
        run(first, p, 0, 3);
        Map<String, Tensor> saved = copies(first);
        Param resumed = new Param(p.value().copy());
        Optimizer second = make.apply(resumed);
        second.loadStateDict(saved);
        run(first, p, 3, 6);
        run(second, resumed, 3, 6);
        assertArrayEquals(p.value().toDoubleArray(), resumed.value().toDoubleArray());
    }

    @Test
    void aResumedRunGoesOnAsIfItHadNotStopped() {
        assertResumes(param -> new AdamW(List.of(param), 0.01));
    }

    @Test
    void aResumedRunWithAmsgradGoesOnAsIfItHadNotStopped() {
        assertResumes(param -> new Adam(List.of(param), 0.3).weightDecay(0.1).betas(0.5, 0.4).amsgrad(true));
    }

    @Test
    void aStateWithoutAmsgradDoesNotFitOneWithIt() {
        Adam plain = new Adam(List.of(p), 0.1);
        run(plain, p, 0, 1);
        Adam amsgrad = new Adam(List.of(p), 0.1).amsgrad(true);
        assertRefused("1 missing: 0.max_exp_avg_sq", () -> amsgrad.loadStateDict(plain.stateDict()));
    }

    @Test
    void aResumedRunWithMomentumGoesOnAsIfItHadNotStopped() {
        assertResumes(param -> new SGD(List.of(param), 0.01).momentum(0.9).weightDecay(0.1));
    }

    @Test
    void aStateThatDoesNotFitChangesNothing() {
        AdamW optimizer = new AdamW(List.of(p), 0.01);
        run(optimizer, p, 0, 2);
        Map<String, Tensor> state = copies(optimizer);
        Map<String, Tensor> wrong = new LinkedHashMap<>(state);
        wrong.remove("0.exp_avg");
        wrong.put("0.exp_avg_sq", Tensor.zeros(DType.F64, 4));
        wrong.put("7.step", Tensor.zeros(DType.I64));
        assertRefused("this AdamW: 1 missing: 0.exp_avg; 1 unexpected: 7.step; "
                + "1 misfits: 0.exp_avg_sq (saved F64 (4), expected F64 (3))", () -> optimizer.loadStateDict(wrong));
        optimizer.stateDict().forEach(
                (name, tensor) -> assertArrayEquals(state.get(name).toDoubleArray(), tensor.toDoubleArray(), name));
    }

    @Test
    void anEmptyStateForgetsEverything() {
        AdamW optimizer = new AdamW(List.of(p), 0.01);
        run(optimizer, p, 0, 2);
        optimizer.loadStateDict(Map.of());
        assertTrue(optimizer.stateDict().isEmpty());
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        List<Param> params = List.of(p);
        List<ParamGroup> groups = List.of(new ParamGroup(params, 0.1, 0));
        assertRefused("lr is -1.0", () -> new AdamW(params, -1));
        assertRefused("weightDecay is NaN", () -> new AdamW(params, 0.1).weightDecay(Double.NaN));
        assertRefused("beta1 is 1.0", () -> new AdamW(groups).betas(1, 0.9));
        assertRefused("beta2 is -0.5", () -> new AdamW(groups).betas(0.9, -0.5));
        assertRefused("eps is -1.0", () -> new AdamW(groups).eps(-1));
        assertRefused("momentum is -0.9", () -> new SGD(params, 0.1).momentum(-0.9));
        assertRefused("needs a momentum above 0", () -> new SGD(groups).nesterov(true));
        assertRefused("no parameters", () -> new SGD(List.of(), 0.1));
        assertRefused("given twice", () -> new SGD(List.of(p, p), 0.1));
        assertRefused("given twice", () -> new SGD(List.of(groups.getFirst(), groups.getFirst())));
        assertRefused("lr is Infinity", () -> groups.getFirst().setLr(Double.POSITIVE_INFINITY));
    }

    private static void assertRefused(String part, Executable code) {
        String message = assertThrows(IllegalArgumentException.class, code).getMessage();
        assertTrue(message.contains(part), message);
    }

    // ---- schedules -------------------------------------------------------------------------------------------------

    @Test
    void theCosineScheduleIsNanoGPTs() {
        Schedule schedule = CosineSchedule.withWarmup(1e-3, 1e-4, 100, 2000);
        assertEquals(1e-3 / 101, schedule.at(0), 1e-18);
        assertEquals(1e-3 * 100 / 101, schedule.at(99), 1e-18);
        assertEquals(1e-3, schedule.at(100), 1e-18);
        assertEquals(1e-4 + 9e-4 * (0.5 + Math.sqrt(0.5) / 2), schedule.at(575), 1e-15);
        assertEquals(5.5e-4, schedule.at(1050), 1e-15);
        assertEquals(1e-4, schedule.at(2000), 1e-18);
        assertEquals(1e-4, schedule.at(100_000), 1e-18);
    }

    @Test
    void schedulesWithoutWarmup() {
        Schedule cosine = CosineSchedule.of(1, 0, 4);
        assertEquals(1, cosine.at(0));
        assertEquals(0.5, cosine.at(2), 1e-15);
        assertEquals(0, cosine.at(4));
        assertEquals(0.3, Schedule.constant(0.3).at(12345));
        assertEquals(0.1, CosineSchedule.withWarmup(1, 0.1, 3, 3).at(3));
    }

    /** PyTorch's closed forms. */
    @Test
    void schedulesOfPyTorch() {
        Schedule step = new StepSchedule(0.5, 30, 0.1);
        assertEquals(0.5, step.at(0));
        assertEquals(0.5, step.at(29));
        assertEquals(0.05, step.at(30), 1e-17);
        assertEquals(0.005, step.at(89), 1e-18);
        Schedule multi = new MultiStepSchedule(1, 0.5, 3, 3, 10);
        assertEquals(1, multi.at(2));
        assertEquals(0.25, multi.at(3));
        assertEquals(0.125, multi.at(10_000));
        Schedule exponential = new ExponentialSchedule(2, 0.9);
        assertEquals(2, exponential.at(0));
        assertEquals(2 * Math.pow(0.9, 17), exponential.at(17), 1e-16);
        Schedule linear = new LinearSchedule(0.6, 1.0 / 3, 1, 5);
        assertEquals(0.2, linear.at(0), 1e-16);
        assertEquals(0.2 + 0.4 * 2 / 5, linear.at(2), 1e-16);
        assertEquals(0.6, linear.at(5), 1e-16);
        assertEquals(0.6, linear.at(1000), 1e-16);
    }

    @Test
    void schedulesOutOfRangeAreRefused() {
        assertRefused("stepSize is 0", () -> new StepSchedule(1, 0, 0.5));
        assertRefused("gamma is -0.5", () -> new StepSchedule(1, 1, -0.5));
        assertRefused("gamma is NaN", () -> new ExponentialSchedule(1, Double.NaN));
        assertRefused("[5, 3]", () -> new MultiStepSchedule(1, 0.5, 5, 3));
        assertRefused("[-1]", () -> new MultiStepSchedule(1, 0.5, -1));
        assertRefused("totalSteps is 0", () -> new LinearSchedule(1, 0, 1, 0));
        assertRefused("startFactor is -1.0", () -> new LinearSchedule(1, -1, 1, 5));
        assertRefused("11 warm-up steps do not fit into 10", () -> CosineSchedule.withWarmup(1, 0, 11, 10));
        assertRefused("-1 warm-up steps", () -> CosineSchedule.withWarmup(1, 0, -1, 10));
        assertRefused("minLr is -1.0", () -> CosineSchedule.of(1, -1, 10));
        assertRefused("lr is NaN", () -> Schedule.constant(Double.NaN));
    }

    // ---- clipping --------------------------------------------------------------------------------------------------

    @Test
    void clippingScalesToTheNorm() {
        Param a = new Param(Tensor.zeros(2));
        Param b = new Param(Tensor.zeros(1));
        Param without = new Param(Tensor.zeros(1));
        a.mul(Tensor.of(new float[] {1, 2})).sum().add(b.mul(2).sum()).backward();
        List<Param> params = List.of(a, without, b);
        assertEquals(3, GradClip.byGlobalNorm(params, 5), 1e-12);
        assertArrayEquals(new float[] {1, 2}, a.grad().value().toFloatArray());
        assertEquals(3, GradClip.byGlobalNorm(params, 1.5), 1e-12);
        assertArrayEquals(new float[] {0.5f, 1}, a.grad().value().toFloatArray(), 1e-6f);
        assertEquals(1, b.grad().item(), 1e-6);
        assertEquals(1.5, GradClip.byGlobalNorm(params, 9), 1e-6);
        assertEquals(0, GradClip.byGlobalNorm(List.of(without), 1));
        assertRefused("maxNorm is -1.0", () -> GradClip.byGlobalNorm(params, -1));
    }

    @Test
    void clippingThatDoesNotWaitScalesToTheNormToo() {
        Param a = new Param(Tensor.zeros(2));
        Param b = new Param(Tensor.zeros(1));
        Param without = new Param(Tensor.zeros(1));
        a.mul(Tensor.of(new float[] {1, 2})).sum().add(b.mul(2).sum()).backward();
        List<Param> params = List.of(a, without, b);
        assertEquals(3, GradClip.byGlobalNormQueued(params, 5).item(), 1e-6);
        assertArrayEquals(new float[] {1, 2}, a.grad().value().toFloatArray());
        assertEquals(3, GradClip.byGlobalNormQueued(params, 1.5).item(), 1e-6);
        assertArrayEquals(new float[] {0.5f, 1}, a.grad().value().toFloatArray(), 1e-6f);
        assertEquals(1, b.grad().item(), 1e-6);
        assertRefused("maxNorm is -1.0", () -> GradClip.byGlobalNormQueued(params, -1));
        assertRefused("of which there are 0", () -> GradClip.byGlobalNormQueued(List.of(without), 1));
        a.grad().value().fill_(Double.NaN);
        assertTrue(Double.isNaN(GradClip.byGlobalNormQueued(params, 1).item()));
        assertTrue(Double.isNaN(b.grad().item()));
    }

    @Test
    void aBrokenGradientShowsInTheNorm() {
        p.mul(Double.NaN).sum().backward();
        assertTrue(Double.isNaN(GradClip.byGlobalNorm(List.of(p), 1)));
    }

    // ---- all together ----------------------------------------------------------------------------------------------

    @Test
    void aSmallNetworkFitsAFunction() {
        Generator generator = new Generator(5);
        Linear hidden = new Linear(2, 16, true, generator);
        Linear out = new Linear(16, 1, true, generator);
        Sequential model = new Sequential(hidden, new LayerNorm(16), out);
        AdamW optimizer = new AdamW(model.parameters(), 0.03);
        Tensor x = Tensor.rand(generator, 64, 2);
        Tensor y = x.select(1, 0).mul(x.select(1, 1)).unsqueeze(1);
        double loss = 1;
        for (int step = 0; step < 200; step++) {
            try (var _ = TensorScope.open()) {
                Variable error = model.forward(x).mse(y);
                error.backward();
                GradClip.byGlobalNorm(model.parameters(), 1);
                optimizer.step();
                optimizer.zeroGrad();
                loss = error.item();
            }
        }
        assertTrue(loss < 5e-3, "loss " + loss);
    }
}
