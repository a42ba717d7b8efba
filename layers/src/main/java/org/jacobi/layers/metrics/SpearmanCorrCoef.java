package org.jacobi.layers.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Pearson's correlation of the ranks of predictions and targets; equal numbers share their mean rank. It keeps all numbers. */
public final class SpearmanCorrCoef extends RegressionMetric {
    private final List<Double> predictions = new ArrayList<>();
    private final List<Double> targets = new ArrayList<>();

    /** Makes the metric. */
    public SpearmanCorrCoef() {
        super(2);
    }

    @Override
    void add(double prediction, double target) {
        predictions.add(prediction);
        targets.add(target);
    }

    @Override
    double value() {
        double[] x = ranks(predictions);
        double[] y = ranks(targets);
        Moments moments = new Moments();
        for (int i = 0; i < x.length; i++) {
            moments.add(x[i], y[i]);
        }
        return moments.correlation();
    }

    private static double[] ranks(List<Double> values) {
        int[] order = IntStream.range(0, values.size()).boxed().sorted(Comparator.comparingDouble(values::get))
                .mapToInt(i -> i).toArray();
        double[] ranks = new double[order.length];
        for (int from = 0, to; from < order.length; from = to) {
            for (to = from + 1; to < order.length
                    && values.get(order[to]).doubleValue() == values.get(order[from]);) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to - 1) / 2.0;
            }
        }
        return ranks;
    }

    @Override
    void clear() {
        predictions.clear();
        targets.clear();
    }
}
