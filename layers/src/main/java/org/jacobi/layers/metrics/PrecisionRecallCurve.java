package org.jacobi.layers.metrics;

/**
 * Precision over recall of two classes, from the lowest threshold on, which finds all, to a last point at recall 0 and precision
 * 1, as torchmetrics.PrecisionRecallCurve without binning. There is one threshold fewer than points.
 */
public final class PrecisionRecallCurve extends CurveMetric {
    @Override
    Curve curve(Ranking.Counts counts) {
        int n = counts.tp().length;
        double[] recall = new double[n + 1];
        double[] precision = new double[n + 1];
        double[] thresholds = new double[n];
        for (int i = 0; i < n; i++) {
            int from = n - 1 - i;
            recall[i] = counts.tp()[from] / counts.positives();
            precision[i] = counts.tp()[from] / (counts.tp()[from] + counts.fp()[from]);
            thresholds[i] = counts.thresholds()[from];
        }
        precision[n] = 1;
        return new Curve(recall, precision, thresholds);
    }
}
