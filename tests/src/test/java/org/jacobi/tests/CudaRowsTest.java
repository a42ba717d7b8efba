package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.AdamWStep;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A GPU's fused kernels of rows, channels and lists of tensors, on an emulated one, in all floating-point types and for lengths
 * that take every path: against the reference in f64 for the same numbers, so that only the result's rounding may differ.
 */
class CudaRowsTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final List<DType> TYPES = List.of(DType.F16, DType.BF16, DType.F32, DType.F64);
    /** A warp in packs, with idle lanes, and element by element; a block in packs and element by element. */
    private static final long[][] SHAPES = {{3, 64}, {19, 8}, {5, 37}, {2, 1}, {140, 264}, {3, 2048}, {2, 1031}};
    private static Backend cuda;
    private static Device device;

    private TensorScope scope;
    private SplittableRandom random;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        cuda = new CudaBackend(new EmulatedGpu());
        device = new Device("emulated", cuda);
    }

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        random = new SplittableRandom(11);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    /** The same numbers in f64 for the reference and in a type on the device. */
    private record Twin(Tensor exact, Tensor gpu) {
        void agree(String what) {
            double tolerance = switch (gpu.dtype()) {
                case F16 -> 1e-3;
                case BF16 -> 8e-3;
                case F32 -> 1e-5;
                default -> 1e-12;
            };
            Evaluation.compare(what + " in " + gpu.dtype() + gpu.shape(), exact.toDoubleArray(),
                    gpu.to(Device.CPU).toDoubleArray(), tolerance);
        }
    }

    private Twin numbers(DType type, double low, double high, long... sizes) {
        double[] numbers = new double[(int) Shape.of(sizes).numel()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = random.nextDouble(low, high);
        }
        Tensor rounded = Tensor.of(numbers).to(type).reshape(sizes);
        return new Twin(rounded.to(DType.F64), rounded.to(device));
    }

    /** The types of what stands beside rows of a type. */
    private static List<DType> besides(DType type) {
        return type.isHalf() ? List.of(type, DType.F32) : List.of(type);
    }

    private interface Run {
        void with(Backend backend, boolean exact);
    }

    /** Runs the same on both sides. */
    private static void both(Run run) {
        run.with(REFERENCE, true);
        run.with(cuda, false);
    }

    private static Tensor side(boolean exact, Twin twin) {
        return twin == null ? null : exact ? twin.exact : twin.gpu;
    }

    private static void forTypesAndShapes(BiConsumer<DType, long[]> test) {
        for (DType type : TYPES) {
            for (long[] shape : SHAPES) {
                try (var _ = TensorScope.open()) {
                    test.accept(type, shape);
                }
            }
        }
    }

    @Test
    void softmaxAndItsLogarithmWithTheirBackwards() {
        forTypesAndShapes((type, shape) -> {
            Twin x = numbers(type, -6, 6, shape);
            Twin dout = numbers(type, -1, 1, shape);
            Twin out = numbers(type, 0, 1, shape);
            Twin dx = numbers(type, 0, 1, shape);
            both((backend, exact) -> backend.softmax(side(exact, out), side(exact, x)));
            out.agree("softmax");
            Twin y = numbers(type, 0, 0.3, shape);
            both((backend, exact) -> backend.softmaxBackward(side(exact, dx), side(exact, dout), side(exact, y)));
            dx.agree("softmaxBackward");
            both((backend, exact) -> backend.logSoftmax(side(exact, out), side(exact, x)));
            out.agree("logSoftmax");
            Twin logarithms = numbers(type, -9, -3, shape);
            both((backend, exact) -> backend.logSoftmaxBackward(side(exact, dx), side(exact, dout),
                    side(exact, logarithms)));
            dx.agree("logSoftmaxBackward");
            for (DType beside : besides(type)) {
                Twin lse = numbers(beside, 0, 1, shape[0], 1);
                both((backend, exact) -> backend.logSumExp(side(exact, lse), side(exact, x)));
                lse.agree("logSumExp of " + type);
            }
        });
    }

    @Test
    void infinitiesInRows() {
        double inf = Double.POSITIVE_INFINITY;
        double[][] rows =
                {{-inf, 1, 2, -inf}, {-inf, -inf, -inf, -inf}, {inf, 1, 2, 3}, {Double.NaN, 1, 2, 3}, {-inf, inf, 0, 0},
                    {1e30, -1e30, 1e30, 0}};
        for (DType type : List.of(DType.BF16, DType.F32, DType.F64)) {
            for (double[] row : rows) {
                Tensor rounded = Tensor.of(row).to(type).reshape(1, 4);
                Twin x = new Twin(rounded.to(DType.F64), rounded.to(device));
                Twin out = numbers(type, 0, 1, 1, 4);
                Twin lse = numbers(type, 0, 1, 1, 1);
                both((backend, exact) -> backend.softmax(side(exact, out), side(exact, x)));
                out.agree("softmax");
                both((backend, exact) -> backend.logSoftmax(side(exact, out), side(exact, x)));
                out.agree("logSoftmax");
                both((backend, exact) -> backend.logSumExp(side(exact, lse), side(exact, x)));
                lse.agree("logSumExp");
            }
        }
    }

    @Test
    void layerAndRootMeanSquareNormalization() {
        forTypesAndShapes((type, shape) -> {
            for (DType beside : besides(type)) {
                for (boolean plain : new boolean[] {false, true}) {
                    norms(type, beside, plain, shape);
                }
            }
        });
    }

    private void norms(DType type, DType beside, boolean plain, long... shape) {
        long n = shape[1];
        DType statistics = type.isHalf() ? DType.F32 : type;
        Twin x = numbers(type, 1, 3, shape);
        Twin weight = plain ? null : numbers(beside, 0.5, 1.5, n);
        Twin bias = plain ? null : numbers(beside, -1, 1, n);
        Twin out = numbers(type, 0, 1, shape);
        Twin mean = numbers(statistics, 0, 1, shape[0], 1);
        Twin rstd = numbers(statistics, 0, 1, shape[0], 1);
        both((backend, exact) -> backend.layerNorm(side(exact, out), side(exact, mean), side(exact, rstd),
                side(exact, x),
                side(exact, weight), side(exact, bias), 1e-2));
        out.agree("layerNorm");
        mean.agree("mean");
        rstd.agree("rstd");
        Twin dout = numbers(type, -0.1, 0.1, shape);
        Twin dx = numbers(type, 0, 1, shape);
        Twin dweight = plain ? null : numbers(beside, 0, 1, n);
        Twin dbias = plain ? null : numbers(beside, 0, 1, n);
        Twin center = numbers(statistics, 1, 3, shape[0], 1);
        Twin scale = numbers(statistics, 0.5, 2, shape[0], 1);
        both((backend, exact) -> backend.layerNormBackward(side(exact, dx), side(exact, dweight), side(exact, dbias),
                side(exact, dout), side(exact, x), side(exact, weight), side(exact, center), side(exact, scale)));
        agree("layerNormBackward", dx, dweight, dbias);
        both((backend, exact) -> backend.rmsNorm(side(exact, out), side(exact, rstd), side(exact, x),
                side(exact, weight),
                1e-2));
        agree("rmsNorm", out, rstd);
        both((backend, exact) -> backend.rmsNormBackward(side(exact, dx), side(exact, dweight), side(exact, dout),
                side(exact, x), side(exact, weight), side(exact, scale)));
        agree("rmsNormBackward", dx, dweight);
    }

    private static void agree(String what, Twin... twins) {
        for (Twin twin : twins) {
            if (twin != null) {
                twin.agree(what);
            }
        }
    }

    @Test
    void normalizationOfChannels() {
        for (DType type : TYPES) {
            DType statistics = type.isHalf() ? DType.F32 : type;
            // Short rows, which are composed; rows of a warp; parts of several examples; a block a row.
            for (long[] shape : new long[][] {{6, 5, 1}, {4, 3, 20}, {3, 2, 64}, {40, 3, 324}, {2, 2, 2048}}) {
                try (var _ = TensorScope.open()) {
                    channels(type, type, shape);
                    channels(type, statistics, shape);
                }
            }
        }
    }

    private void channels(DType type, DType beside, long... shape) {
        if (beside != type && shape[2] == 1) {
            return; // the composed kernels take one type
        }
        long c = shape[1];
        Twin x = numbers(type, 1, 3, shape);
        Twin mean = numbers(beside, 0, 1, 1, c, 1);
        Twin variance = numbers(beside, 0, 1, 1, c, 1);
        both((backend, exact) -> backend.channelStatistics(side(exact, mean), side(exact, variance), side(exact, x)));
        Twin center = numbers(beside, 1, 3, 1, c, 1);
        Twin rstd = numbers(beside, 0.5, 2, 1, c, 1);
        Twin weight = numbers(beside, 0.5, 1.5, 1, c, 1);
        Twin bias = numbers(beside, -1, 1, 1, c, 1);
        Twin out = numbers(type, 0, 1, shape);
        both((backend, exact) -> backend.batchNorm(side(exact, out), side(exact, x), side(exact, center),
                side(exact, rstd),
                side(exact, weight), side(exact, bias)));
        Twin dout = numbers(type, -0.1, 0.1, shape);
        Twin dx = numbers(type, 0, 1, shape);
        Twin dweight = numbers(beside, 0, 1, 1, c, 1);
        Twin dbias = numbers(beside, 0, 1, 1, c, 1);
        boolean composed = shape[2] == 1 && type.isHalf();
        if (!composed) { // which rounds after every step
            agree("channels", mean, variance, out);
        }
        for (boolean constants : new boolean[] {false, true}) {
            for (Twin scale : new Twin[] {weight, null}) {
                both((backend, exact) -> backend.batchNormBackward(side(exact, dx), side(exact, dweight),
                        side(exact, dbias),
                        side(exact, dout), side(exact, x), side(exact, center), side(exact, rstd), side(exact, scale),
                        constants));
                if (!composed) {
                    agree("batchNormBackward", dweight, dbias, dx);
                }
            }
        }
    }

    @Test
    void crossEntropyAndItsGradientInPlace() {
        forTypesAndShapes((type, shape) -> {
            for (DType beside : besides(type)) {
                for (double smoothing : new double[] {0, 0.1}) {
                    Twin logits = numbers(type, -3, 3, shape);
                    double[] classes = random.doubles(shape[0], 0, shape[1]).map(Math::floor).toArray();
                    classes[1] = -100;
                    Tensor targets = Tensor.of(classes).to(DType.I64);
                    Twin target = new Twin(targets, targets.to(device));
                    Twin loss = numbers(beside, 0, 1, shape[0]);
                    Twin lse = numbers(beside, 0, 1, shape[0]);
                    both((backend, exact) -> backend.crossEntropy(side(exact, loss), side(exact, lse),
                            side(exact, logits),
                            side(exact, target), -100, smoothing));
                    agree("crossEntropy", loss, lse);
                    Twin dout = numbers(beside, -1, 1, 1);
                    Twin sum = numbers(beside, 3, 5, shape[0]);
                    both((backend, exact) -> backend.crossEntropyBackward(side(exact, logits),
                            side(exact, dout).expand(shape[0]), side(exact, sum), side(exact, logits),
                            side(exact, target),
                            -100, smoothing));
                    logits.agree("crossEntropyBackward");
                }
            }
        });
    }

    // ---- lists -----------------------------------------------------------------------------------------------------

    /** More tensors than a table takes, among them empty ones, ones of several chunks, and ones that begin anywhere. */
    private List<Twin> list(DType type, double low, double high) {
        List<Twin> list = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            long length = i == 7 ? 9001 : i == 9 ? 4096 : i % 30;
            Twin stored = numbers(type, low, high, length + 1);
            list.add(
                    i % 5 == 0 ? new Twin(stored.exact.narrow(0, 1, length), stored.gpu.narrow(0, 1, length)) : stored);
        }
        return list;
    }

    @Test
    void stepsOfAdamWForManyParametersAtOnce() {
        for (DType type : TYPES) {
            List<Twin> p = list(type, -1, 1);
            List<Twin> g = list(type, -1, 1);
            List<Twin> m = list(type, -0.1, 0.1);
            List<Twin> v = list(type, 0.01, 0.1);
            List<Twin> most = list(type, 0.01, 0.1);
            both((backend, exact) -> {
                List<AdamWStep> steps = new ArrayList<>();
                for (int i = 0; i < p.size(); i++) {
                    // Three groups of settings, and AMSGrad for some.
                    steps.add(new AdamWStep(side(exact, p.get(i)), null, side(exact, g.get(i)), side(exact, m.get(i)),
                            side(exact, v.get(i)), i % 2 == 0 ? side(exact, most.get(i)) : null, i < 140 ? 0.05 : 0.01,
                            0.9,
                            0.99, 1e-3, i % 3 == 0 ? 0 : 0.1, 1 + i / 145, null));
                }
                backend.adamW(steps);
            });
            for (int i = 0; i < p.size(); i++) {
                agree("adamW, parameter " + i, p.get(i), m.get(i), v.get(i), most.get(i));
            }
        }
    }

    @Test
    void stepsOfAdamWForParametersOf16BitsByCopiesInF32() {
        for (DType type : List.of(DType.F16, DType.BF16)) {
            List<Twin> p = list(DType.F32, -1, 1);
            List<Twin> rounded = list(type, -1, 1);
            List<Twin> g = list(type, -1, 1);
            List<Twin> m = list(DType.F32, -0.1, 0.1);
            List<Twin> v = list(DType.F32, 0.01, 0.1);
            List<Twin> most = list(DType.F32, 0.01, 0.1);
            both((backend, exact) -> {
                List<AdamWStep> steps = new ArrayList<>();
                for (int i = 0; i < p.size(); i++) {
                    steps.add(new AdamWStep(side(exact, p.get(i)), side(exact, rounded.get(i)), side(exact, g.get(i)),
                            side(exact, m.get(i)), side(exact, v.get(i)), i % 2 == 0 ? side(exact, most.get(i)) : null,
                            0.05, 0.9, 0.99, 1e-3, i < 140 ? 0 : 0.1, 3, null));
                }
                backend.adamW(steps);
            });
            for (int i = 0; i < p.size(); i++) {
                agree("adamW in " + type + ", parameter " + i, p.get(i), rounded.get(i), m.get(i), v.get(i),
                        most.get(i));
                assertArrayEquals(p.get(i).gpu.to(type).cpu().toDoubleArray(),
                        rounded.get(i).gpu.cpu().toDoubleArray(), "rounded parameter " + i);
            }
        }
    }

    @Test
    void normsOfManyTensorsAndScalingByANumberOnTheDevice() {
        for (DType type : TYPES) {
            DType wide = type == DType.F64 ? DType.F64 : DType.F32;
            List<Twin> list = list(type, -0.05, 0.05);
            Twin sum = numbers(DType.F64, 0, 1);
            both((backend, exact) -> backend.sumOfSquares(side(exact, sum), tensors(exact, list)));
            Evaluation.compare("sumOfSquares of " + type, sum.exact.toDoubleArray(),
                    sum.gpu.to(Device.CPU).toDoubleArray(),
                    type == DType.F64 ? 1e-12 : 1e-6);
            for (double factor : new double[] {1, 0.3}) {
                Tensor number = Tensor.scalar((float) factor, DType.F64);
                Twin by = new Twin(number, number.to(wide).to(device));
                both((backend, exact) -> backend.scale(tensors(exact, list), side(exact, by)));
                list.forEach(twin -> twin.agree("scale"));
            }
        }
    }

    private static List<Tensor> tensors(boolean exact, List<Twin> list) {
        return list.stream().map(twin -> side(exact, twin)).toList();
    }
}
