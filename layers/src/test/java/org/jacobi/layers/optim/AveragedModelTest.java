package org.jacobi.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm1d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Sequential;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class AveragedModelTest {
    /** One parameter, and one buffer of each kind. */
    private static final class One extends Layer {
        private final Tensor statistic;

        One() {
            param("weight", Tensor.of(new double[] {1}));
            statistic = buffer("statistic", Tensor.of(new double[] {1}));
            buffer("count", Tensor.zeros(DType.I64));
        }

        void set(double weight, double number) {
            parameters().getFirst().value().fill_(weight);
            statistic.fill_(number);
        }

        double weight() {
            return parameters().getFirst().item();
        }

        @Override
        protected Variable compute(Variable x) {
            return x;
        }
    }

    private final One model = new One();

    private static double get(AveragedModel average, String name) {
        return average.stateDict().get(name).item();
    }

    @Test
    void equalShares() {
        AveragedModel average = AveragedModel.swa(model);
        for (double weight : new double[] {2, 4, 9}) {
            model.set(weight, 10 * weight);
            average.update();
        }
        assertEquals(3, average.averaged());
        assertEquals(5, get(average, "module.weight"), 1e-12);
        assertEquals(90, get(average, "module.statistic"));
    }

    @Test
    void exponentialShares() {
        AveragedModel average = AveragedModel.ema(model, 0.9).useBuffers(true);
        double expected = 0;
        for (int i = 0; i < 10; i++) {
            model.set(i * i, -i * i);
            average.update();
            expected = i == 0 ? 0 : 0.9 * expected + 0.1 * i * i;
        }
        assertEquals(expected, get(average, "module.weight"), 1e-12);
        assertEquals(-expected, get(average, "module.statistic"), 1e-12);
    }

    @Test
    void theAverageTakesTheModelsPlaceForAWhile() {
        AveragedModel average = AveragedModel.swa(model);
        model.set(2, 0);
        average.update();
        model.set(4, 0);
        average.update();
        try (var _ = average.swapIn()) {
            assertEquals(3, model.weight());
            assertThrows(IllegalStateException.class, average::update);
            assertThrows(IllegalStateException.class, average::stateDict);
        }
        assertEquals(4, model.weight());
        One other = new One();
        average.copyTo(other);
        assertEquals(3, other.weight());
    }

    @Test
    void aResumedAverageGoesOn() {
        AveragedModel average = AveragedModel.swa(model);
        average.update();
        Map<String, Tensor> saved = new LinkedHashMap<>();
        average.stateDict().forEach((name, tensor) -> saved.put(name, tensor.copy()));
        assertEquals(List.of("n_averaged", "module.weight", "module.statistic", "module.count"),
                List.copyOf(saved.keySet()));
        AveragedModel resumed = AveragedModel.swa(model);
        resumed.loadStateDict(saved);
        model.set(5, 0);
        resumed.update();
        average.update();
        assertEquals(get(average, "module.weight"), get(resumed, "module.weight"));
        assertEquals(2, resumed.averaged());
    }

    @Test
    void aDecayOutOfRangeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> AveragedModel.ema(model, 1.1));
    }

    @Test
    void statisticsAreTheMeansOverBatches() {
        Generator generator = new Generator(4);
        Linear linear = new Linear(3, 2, true, generator);
        Sequential net = new Sequential(linear, new BatchNorm1d(2));
        net.eval();
        List<Tensor> batches = List.of(Tensor.randn(generator, 5, 3), Tensor.randn(generator, 8, 3),
                Tensor.randn(generator, 4, 3));
        AveragedModel.updateBatchNorm(net, batches);
        double[] mean = new double[2];
        double[] variance = new double[2];
        for (Tensor batch : batches) {
            Tensor y = linear.forward(batch).value();
            for (int c = 0; c < 2; c++) {
                mean[c] += y.mean(0).getDouble(c) / 3;
                variance[c] += y.var(0).getDouble(c) / 3;
            }
        }
        assertArrayEquals(mean, net.namedBuffers().get("1.running_mean").toDoubleArray(), 1e-6);
        assertArrayEquals(variance, net.namedBuffers().get("1.running_var").toDoubleArray(), 1e-6);
        assertEquals(3, net.namedBuffers().get("1.num_batches_tracked").getLong());
        assertFalse(net.isTraining());
    }
}
