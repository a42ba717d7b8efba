package org.jacobi.layers.metrics;

/**
 * The receiver operating characteristic of two classes: the true positive rate over the false positive rate, from (0, 0) at
 * threshold 1 on, as torchmetrics.ROC without binning.
 */
public final class ROC extends CurveMetric {
    @Override
    Curve curve(Ranking.Counts counts) {
        int n = counts.tp().length;
        double[] x = new double[n + 1];
        double[] y = new double[n + 1];
        double[] thresholds = new double[n + 1];
        thresholds[0] = 1;
        for (int i = 0; i < n; i++) {
            x[i + 1] = counts.fp()[i] / counts.negatives();
            y[i + 1] = counts.tp()[i] / counts.positives();
            thresholds[i + 1] = counts.thresholds()[i];
        }
        return new Curve(x, y, thresholds);
    }
}
