package org.jacobi.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Param;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/**
 * Fifty steps of each optimizer against its rule as published in PyTorch's documentation (or its paper), worked out number by number
 * in doubles, and a resumed run against one that did not stop.
 */
class OptimizerOracleTest {
    private static final int STEPS = 50;
    private static final double[] START = {1, -2, 0.5, 3, -0.25, 0.01};

    /** One number's rule: changes its own state and gives the next value. */
    private interface Rule {
        double next(double p, double g, int t);
    }

    /** The gradient of (t mod 3 - 0.5) p² + sin p, which grows, shrinks and turns. */
    private static double gradient(double p, int t) {
        return 2 * (t % 3 - 0.5) * p + Math.cos(p);
    }

    private static void run(Optimizer optimizer, Param param, int from, int to) {
        for (int t = from; t < to; t++) {
            try (var _ = TensorScope.open()) {
                param.square().mul(t % 3 - 0.5).add(param.sin()).sum().backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
    }

    private static void check(Supplier<Rule> rule, Function<List<Param>, Optimizer> make) {
        double[] expected = START.clone();
        for (int i = 0; i < expected.length; i++) {
            Rule one = rule.get();
            for (int t = 1; t <= STEPS; t++) {
                expected[i] = one.next(expected[i], gradient(expected[i], t - 1), t);
            }
        }
        Param param = new Param(Tensor.of(START));
        run(make.apply(List.of(param)), param, 0, STEPS);
        assertArrayEquals(expected, param.value().toDoubleArray(), 1e-10);
        assertResumes(Tensor.of(START), make);
    }

    private static void assertResumes(Tensor start, Function<List<Param>, Optimizer> make) {
        Param param = new Param(start.copy());
        Optimizer first = make.apply(List.of(param));
        run(first, param, 0, 7);
        Map<String, Tensor> saved = new LinkedHashMap<>();
        first.stateDict().forEach((name, tensor) -> saved.put(name, tensor.copy()));
        Param resumed = new Param(param.value().copy());
        Optimizer second = make.apply(List.of(resumed));
        second.loadStateDict(saved);
        run(first, param, 7, 14);
        run(second, resumed, 7, 14);
        assertArrayEquals(param.value().toDoubleArray(), resumed.value().toDoubleArray());
        assertEquals(first.stateDict().keySet(), second.stateDict().keySet());
    }

    private static void assertState(Optimizer optimizer, Param param, String... names) {
        run(optimizer, param, 0, 1);
        assertEquals(List.of(names), List.copyOf(optimizer.stateDict().keySet()));
    }

    // ---- SGD and its relatives -------------------------------------------------------------------------------------

    private static Rule sgd(double lr, double momentum, double dampening, double decay, boolean nesterov, int sign) {
        double[] b = {0};
        return (p, grad, t) -> {
            double g = sign * grad + decay * p;
            if (momentum != 0) {
                b[0] = t == 1 ? g : momentum * b[0] + (1 - dampening) * g;
                g = nesterov ? g + momentum * b[0] : b[0];
            }
            return p - lr * g;
        };
    }

    @Test
    void sgd() {
        check(() -> sgd(0.05, 0.9, 0.3, 0.1, false, 1),
                params -> new SGD(params, 0.05).momentum(0.9).dampening(0.3).weightDecay(0.1));
        check(() -> sgd(0.05, 0.8, 0, 0.1, true, 1),
                params -> new SGD(params, 0.05).momentum(0.8).nesterov(true).weightDecay(0.1));
        check(() -> sgd(0.001, 0.5, 0, 0.1, false, -1),
                params -> new SGD(params, 0.001).momentum(0.5).maximize(true).weightDecay(0.1));
    }

    @Test
    void asgd() {
        for (double t0 : new double[] {1e6, 10}) {
            double[] ax = {0};
            check(() -> {
                double[] state = {0.03, 1};
                return (p, grad, t) -> {
                    double next = p * (1 - 0.1 * state[0]) - state[0] * (grad + 0.2 * p);
                    ax[0] = state[1] == 1 ? next : ax[0] + (next - ax[0]) * state[1];
                    state[0] = 0.03 / Math.pow(1 + 0.1 * 0.03 * t, 0.6);
                    state[1] = 1 / Math.max(1, t - t0);
                    return next;
                };
            }, params -> new ASGD(params, 0.03).lambd(0.1).alpha(0.6).t0(t0).weightDecay(0.2));
            Param param = new Param(Tensor.of(START));
            ASGD optimizer = new ASGD(List.of(param), 0.03).lambd(0.1).alpha(0.6).t0(t0).weightDecay(0.2);
            run(optimizer, param, 0, STEPS);
            assertEquals(ax[0], optimizer.stateDict().get("0.ax").getDouble(START.length - 1), 1e-10);
        }
    }

    @Test
    void rprop() {
        check(() -> {
            double[] state = {0, 0.03};
            return (p, grad, t) -> {
                double g = grad;
                if (g * state[0] > 0) {
                    state[1] = Math.min(state[1] * 1.3, 0.2);
                } else if (g * state[0] < 0) {
                    state[1] = Math.max(state[1] * 0.4, 1e-4);
                    g = 0;
                }
                state[0] = g;
                return p - Math.signum(g) * state[1];
            };
        }, params -> new Rprop(params, 0.03).etas(0.4, 1.3).stepSizes(1e-4, 0.2));
    }

    // ---- mean squares ----------------------------------------------------------------------------------------------

    private static Rule rmsprop(double lr, double alpha, double eps, double decay, double momentum, boolean centered) {
        double[] s = new double[3];
        return (p, grad, t) -> {
            double g = grad + decay * p;
            s[0] = alpha * s[0] + (1 - alpha) * g * g;
            s[1] = alpha * s[1] + (1 - alpha) * g;
            double v = centered ? s[0] - s[1] * s[1] : s[0];
            s[2] = momentum * s[2] + g / (Math.sqrt(v) + eps);
            return p - lr * s[2];
        };
    }

    @Test
    void rmsprop() {
        check(() -> rmsprop(0.01, 0.99, 1e-8, 0, 0, false), params -> new RMSprop(params, 0.01));
        check(() -> rmsprop(0.02, 0.9, 1e-3, 0.1, 0.8, false),
                params -> new RMSprop(params, 0.02).alpha(0.9).eps(1e-3).weightDecay(0.1).momentum(0.8));
        check(() -> rmsprop(0.02, 0.9, 1e-3, 0.1, 0.8, true),
                params -> new RMSprop(params, 0.02).alpha(0.9).eps(1e-3).weightDecay(0.1).momentum(0.8).centered(true));
    }

    @Test
    void adagrad() {
        check(() -> {
            double[] sum = {0.1};
            return (p, grad, t) -> {
                double g = grad + 0.2 * p;
                sum[0] += g * g;
                return p - 0.1 / (1 + (t - 1) * 0.05) * g / (Math.sqrt(sum[0]) + 1e-4);
            };
        }, params -> new Adagrad(params, 0.1).lrDecay(0.05).initialAccumulatorValue(0.1).eps(1e-4).weightDecay(0.2));
    }

    @Test
    void adadelta() {
        for (double[] o : new double[][] {{1, 0.9, 1e-6, 0}, {0.5, 0.8, 1e-3, 0.2}}) {
            check(() -> {
                double[] s = new double[2];
                return (p, grad, t) -> {
                    double g = grad + o[3] * p;
                    s[0] = o[1] * s[0] + (1 - o[1]) * g * g;
                    double delta = Math.sqrt(s[1] + o[2]) / Math.sqrt(s[0] + o[2]) * g;
                    s[1] = o[1] * s[1] + (1 - o[1]) * delta * delta;
                    return p - o[0] * delta;
                };
            }, params -> new Adadelta(params, o[0]).rho(o[1]).eps(o[2]).weightDecay(o[3]));
        }
    }

    // ---- Adam's relatives ------------------------------------------------------------------------------------------

    @Test
    void adamax() {
        check(() -> {
            double[] s = new double[2];
            return (p, grad, t) -> {
                double g = grad + 0.1 * p;
                s[0] = 0.8 * s[0] + 0.2 * g;
                s[1] = Math.max(0.95 * s[1], Math.abs(g) + 1e-4);
                return p - 0.02 / (1 - Math.pow(0.8, t)) * s[0] / s[1];
            };
        }, params -> new Adamax(params, 0.02).betas(0.8, 0.95).eps(1e-4).weightDecay(0.1));
    }

    private static Rule nadam(double lr, double b1, double b2, double eps, double psi, double decay,
            boolean decoupled) {
        double[] s = {0, 0, 1};
        return (before, grad, t) -> {
            double p = decoupled ? before * (1 - lr * decay) : before;
            double g = decoupled ? grad : grad + decay * p;
            double mu = b1 * (1 - 0.5 * Math.pow(0.96, t * psi));
            double next = b1 * (1 - 0.5 * Math.pow(0.96, (t + 1) * psi));
            s[2] *= mu;
            s[0] = b1 * s[0] + (1 - b1) * g;
            s[1] = b2 * s[1] + (1 - b2) * g * g;
            double m = next * s[0] / (1 - s[2] * next) + (1 - mu) * g / (1 - s[2]);
            return p - lr * m / (Math.sqrt(s[1] / (1 - Math.pow(b2, t))) + eps);
        };
    }

    @Test
    void nadam() {
        check(() -> nadam(2e-3, 0.9, 0.999, 1e-8, 4e-3, 0, false), params -> new NAdam(params, 2e-3));
        check(() -> nadam(0.03, 0.8, 0.95, 1e-4, 0.1, 0.2, false), params -> new NAdam(params, 0.03).betas(0.8, 0.95)
                .eps(1e-4).momentumDecay(0.1).weightDecay(0.2));
        check(() -> nadam(0.03, 0.8, 0.95, 1e-4, 0.1, 0.2, true), params -> new NAdam(params, 0.03).betas(0.8, 0.95)
                .eps(1e-4).momentumDecay(0.1).weightDecay(0.2).decoupledWeightDecay(true));
    }

    private static Rule radam(double lr, double b1, double b2, double eps, double decay, boolean decoupled) {
        double[] s = new double[2];
        double most = 2 / (1 - b2) - 1;
        return (before, grad, t) -> {
            double p = decoupled ? before * (1 - lr * decay) : before;
            double g = decoupled ? grad : grad + decay * p;
            s[0] = b1 * s[0] + (1 - b1) * g;
            s[1] = b2 * s[1] + (1 - b2) * g * g;
            double m = s[0] / (1 - Math.pow(b1, t));
            double rho = most - 2 * t * Math.pow(b2, t) / (1 - Math.pow(b2, t));
            if (rho <= 5) {
                return p - lr * m;
            }
            double r = Math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
            return p - lr * m * r * Math.sqrt(1 - Math.pow(b2, t)) / (Math.sqrt(s[1]) + eps);
        };
    }

    @Test
    void radam() {
        check(() -> radam(0.01, 0.9, 0.999, 1e-8, 0, false), params -> new RAdam(params, 0.01));
        check(() -> radam(0.03, 0.8, 0.95, 1e-4, 0.2, false),
                params -> new RAdam(params, 0.03).betas(0.8, 0.95).eps(1e-4).weightDecay(0.2));
        check(() -> radam(0.03, 0.8, 0.95, 1e-4, 0.2, true),
                params -> new RAdam(params, 0.03).betas(0.8, 0.95).eps(1e-4)
                        .weightDecay(0.2).decoupledWeightDecay(true));
    }

    @Test
    void lion() {
        check(() -> {
            double[] m = {0};
            return (p, g, t) -> {
                double next = p * (1 - 0.01 * 0.3) - 0.01 * Math.signum(0.8 * m[0] + 0.2 * g);
                m[0] = 0.95 * m[0] + 0.05 * g;
                return next;
            };
        }, params -> new Lion(params, 0.01).betas(0.8, 0.95).weightDecay(0.3));
    }

    // ---- what sees more than one number ----------------------------------------------------------------------------

    private static double rms(double[][] x) {
        double sum = 0;
        for (double[] row : x) {
            for (double v : row) {
                sum += v * v;
            }
        }
        return Math.sqrt(sum / (x.length * x[0].length));
    }

    private static double[][] matrix(double[] numbers, int rows) {
        int columns = numbers.length / rows;
        double[][] m = new double[rows][columns];
        for (int i = 0; i < numbers.length; i++) {
            m[i / columns][i % columns] = numbers[i];
        }
        return m;
    }

    private static double[] flat(double[][] m) {
        return Arrays.stream(m).flatMapToDouble(Arrays::stream).toArray();
    }

    @Test
    void adafactorOfAMatrix() {
        for (double[] o : new double[][] {{0.01, -0.8, Double.NaN, 1e-3, 1, 0}, {0.2, -0.5, 1e-4, 1e-2, 1.5, 0.3}}) {
            int rows = 3;
            int columns = 4;
            double[] start = Tensor.randn(new Generator(3), rows * columns).toDoubleArray();
            double[][] p = matrix(start, rows);
            double[] r = new double[rows];
            double[] c = new double[columns];
            double eps1 = Double.isNaN(o[2]) ? Math.ulp(1.0) : o[2];
            for (int t = 1; t <= STEPS; t++) {
                double[][] g = new double[rows][columns];
                double[] rowMean = new double[rows];
                double[] columnMean = new double[columns];
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        g[i][j] = gradient(p[i][j], t - 1);
                        rowMean[i] += g[i][j] * g[i][j] / columns;
                        columnMean[j] += g[i][j] * g[i][j] / rows;
                    }
                }
                double w = Math.pow(t, o[1]);
                double mean = 0;
                for (int i = 0; i < rows; i++) {
                    r[i] = (1 - w) * r[i] + w * rowMean[i];
                    mean += r[i] / rows;
                }
                for (int j = 0; j < columns; j++) {
                    c[j] = (1 - w) * c[j] + w * columnMean[j];
                }
                double alpha = Math.max(o[3], rms(p)) * Math.min(o[0], 1 / Math.sqrt(t));
                double[][] u = new double[rows][columns];
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        u[i][j] = g[i][j] / Math.sqrt(Math.max(r[i] * c[j] / Math.max(mean, eps1), eps1 * eps1));
                    }
                }
                double scale = alpha / Math.max(1, rms(u) / o[4]);
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        p[i][j] = p[i][j] * (1 - o[0] * o[5]) - scale * u[i][j];
                    }
                }
            }
            Function<List<Param>, Optimizer> make = params -> {
                Adafactor optimizer = new Adafactor(params, o[0]).beta2Decay(o[1]).d(o[4]).weightDecay(o[5]);
                return Double.isNaN(o[2]) ? optimizer : optimizer.eps(o[2], o[3]);
            };
            Param param = new Param(Tensor.of(start).reshape(rows, columns));
            run(make.apply(List.of(param)), param, 0, STEPS);
            assertArrayEquals(flat(p), param.value().toDoubleArray(), 1e-9);
            assertResumes(Tensor.of(start).reshape(rows, columns), make);
        }
    }

    @Test
    void adafactorOfAVector() {
        double[] p = START.clone();
        double[] v = new double[p.length];
        for (int t = 1; t <= STEPS; t++) {
            double w = Math.pow(t, -0.8);
            double alpha = Math.max(1e-3, rms(new double[][] {p})) * Math.min(0.05, 1 / Math.sqrt(t));
            double[] u = new double[p.length];
            for (int i = 0; i < p.length; i++) {
                double g = gradient(p[i], t - 1);
                v[i] = (1 - w) * v[i] + w * g * g;
                u[i] = g / Math.sqrt(v[i]);
            }
            double scale = alpha / Math.max(1, rms(new double[][] {u}));
            for (int i = 0; i < p.length; i++) {
                p[i] -= scale * u[i];
            }
        }
        Param param = new Param(Tensor.of(START));
        run(new Adafactor(List.of(param), 0.05), param, 0, STEPS);
        assertArrayEquals(p, param.value().toDoubleArray(), 1e-9);
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private static double[][] transposed(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < t.length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    private static double[][] sum(double x, double[][] a, double y, double[][] b) {
        double[][] c = new double[a.length][a[0].length];
        for (int i = 0; i < c.length; i++) {
            for (int j = 0; j < c[0].length; j++) {
                c[i][j] = x * a[i][j] + y * b[i][j];
            }
        }
        return c;
    }

    @Test
    void muon() {
        for (int rows : new int[] {2, 6}) {
            for (boolean plain : new boolean[] {true, false}) {
                int columns = 12 / rows;
                double lr = 0.02;
                double decay = plain ? 0.1 : 0.4;
                double momentum = plain ? 0.95 : 0.7;
                double[] start = Tensor.randn(new Generator(3), 12).toDoubleArray();
                double[][] p = matrix(start, rows);
                double[][] buffer = new double[rows][columns];
                double ratio = plain ? Math.sqrt(Math.max(1, (double) rows / columns))
                        : 0.2 * Math.sqrt(Math.max(rows, columns));
                for (int t = 1; t <= STEPS; t++) {
                    double[][] g = new double[rows][columns];
                    for (int i = 0; i < rows; i++) {
                        for (int j = 0; j < columns; j++) {
                            g[i][j] = gradient(p[i][j], t - 1);
                        }
                    }
                    buffer = sum(momentum, buffer, 1 - momentum, g);
                    double[][] u = plain ? sum(1 - momentum, g, momentum, buffer) : buffer;
                    double[][] x = rows > columns ? transposed(u) : u;
                    x = sum(1 / Math.max(rms(x) * Math.sqrt(12), 1e-7), x, 0, x);
                    for (int k = 0; k < 5; k++) {
                        double[][] gram = product(x, transposed(x));
                        x = sum(3.4445, x, 1, product(sum(-4.775, gram, 2.0315, product(gram, gram)), x));
                    }
                    p = sum(1 - lr * decay, p, -lr * ratio, rows > columns ? transposed(x) : x);
                }
                Function<List<Param>, Optimizer> make = params -> plain ? new Muon(params, lr)
                        : new Muon(params, lr).momentum(momentum).nesterov(false).weightDecay(decay)
                                .matchRmsAdamW(true);
                Param param = new Param(Tensor.of(start).reshape(rows, columns));
                run(make.apply(List.of(param)), param, 0, STEPS);
                assertArrayEquals(flat(p), param.value().toDoubleArray(), 1e-9);
                assertResumes(Tensor.of(start).reshape(rows, columns), make);
            }
        }
    }

    // ---- L-BFGS ----------------------------------------------------------------------------------------------------

    /** Rosenbrock's function, whose minimum 0 is at (1, 1). */
    private static Variable rosenbrock(Param p) {
        Variable x = p.select(0, 0);
        Variable y = p.select(0, 1);
        return x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));
    }

    private static double step(LBFGS optimizer, Param p) {
        return optimizer.step(() -> {
            optimizer.zeroGrad();
            Variable loss = rosenbrock(p);
            loss.backward();
            return loss;
        });
    }

    @Test
    void lbfgsFindsTheMinimumOfRosenbrocksFunction() {
        Param p = new Param(Tensor.of(new double[] {-1.2, 1}));
        LBFGS optimizer = new LBFGS(List.of(p), 1).strongWolfe(true).maxIter(50).toleranceChange(1e-15)
                .toleranceGrad(1e-10);
        assertEquals(24.2, step(optimizer, p), 1e-9);
        for (int i = 0; i < 3; i++) {
            step(optimizer, p);
        }
        assertArrayEquals(new double[] {1, 1}, p.value().toDoubleArray(), 1e-6);
    }

    @Test
    void lbfgsResumes() {
        for (boolean search : new boolean[] {false, true}) {
            Param p = new Param(Tensor.of(new double[] {-1.2, 1}));
            Function<Param, LBFGS> make =
                    param -> new LBFGS(List.of(param), search ? 1 : 1e-3).strongWolfe(search).maxIter(3).historySize(4);
            LBFGS first = make.apply(p);
            assertTrue(first.stateDict().isEmpty());
            step(first, p);
            step(first, p);
            Map<String, Tensor> saved = new LinkedHashMap<>();
            first.stateDict().forEach((name, tensor) -> saved.put(name, tensor.copy()));
            Param resumed = new Param(p.value().copy());
            LBFGS second = make.apply(resumed);
            second.loadStateDict(saved);
            for (int i = 0; i < 3; i++) {
                assertEquals(step(first, p), step(second, resumed));
            }
            assertArrayEquals(p.value().toDoubleArray(), resumed.value().toDoubleArray());
            second.loadStateDict(Map.of());
            assertTrue(second.stateDict().isEmpty());
        }
    }

    @Test
    void lbfgsNeedsAClosure() {
        Param p = new Param(Tensor.of(START));
        assertTrue(assertThrows(UnsupportedOperationException.class, () -> new LBFGS(List.of(p), 1).step()).getMessage()
                .contains("step(closure)"));
        assertThrows(IllegalArgumentException.class,
                () -> new LBFGS(List.of(p, new Param(Tensor.ones(2))), 1)); // F64 and F32
    }

    // ---- names, refusals -------------------------------------------------------------------------------------------

    @Test
    void statesHavePyTorchsNames() {
        Param p = new Param(Tensor.of(START));
        assertState(new NAdam(List.of(p), 0.1), p, "0.step", "0.mu_product", "0.exp_avg", "0.exp_avg_sq");
        assertState(new RMSprop(List.of(p), 0.1).momentum(0.9).centered(true), p, "0.step", "0.square_avg",
                "0.momentum_buffer", "0.grad_avg");
        assertState(new Adagrad(List.of(p), 0.1), p, "0.step", "0.sum");
        assertState(new Adadelta(List.of(p), 0.1), p, "0.step", "0.square_avg", "0.acc_delta");
        assertState(new Adamax(List.of(p), 0.1), p, "0.step", "0.exp_avg", "0.exp_inf");
        assertState(new Adafactor(List.of(p), 0.1), p, "0.step", "0.variance");
        Param matrix = new Param(Tensor.of(START).reshape(2, 3));
        assertState(new Adafactor(List.of(matrix), 0.1), matrix, "0.step", "0.row_var", "0.col_var");
        assertState(new Muon(List.of(matrix), 0.1), matrix, "0.step", "0.momentum_buffer");
    }

    @Test
    void aClosureIsRunBeforeTheStep() {
        Param p = new Param(Tensor.of(new double[] {3}));
        double loss = new SGD(List.of(p), 0.5).step(() -> {
            Variable square = p.square().sum();
            square.backward();
            return square;
        });
        assertEquals(9, loss);
        assertEquals(0, p.item());
    }

    @Test
    void settingsThatComeTooLateAreRefused() {
        Param p = new Param(Tensor.of(START));
        RMSprop optimizer = new RMSprop(List.of(p), 0.1);
        run(optimizer, p, 0, 1);
        optimizer.momentum(0.9);
        assertTrue(assertThrows(IllegalStateException.class, () -> run(optimizer, p, 1, 2)).getMessage()
                .contains("before the first step"));
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        List<Param> p = List.of(new Param(Tensor.of(START)));
        assertThrows(IllegalArgumentException.class, () -> new Muon(p, 0.1)); // a vector
        assertThrows(IllegalArgumentException.class, () -> new Adafactor(p, 0.1).beta2Decay(0.1));
        assertThrows(IllegalArgumentException.class, () -> new Adafactor(p, 0.1).d(0.5));
        assertThrows(IllegalArgumentException.class, () -> new Rprop(p, 0.1).etas(1.5, 0.5));
        assertThrows(IllegalArgumentException.class, () -> new Lion(p, 0.1).betas(1, 0.5));
        assertThrows(IllegalArgumentException.class, () -> new LBFGS(p, 1).historySize(0));
        assertThrows(IllegalArgumentException.class, () -> new SGD(p, 1).momentum(0.9).nesterov(true).dampening(0.1));
    }
}
