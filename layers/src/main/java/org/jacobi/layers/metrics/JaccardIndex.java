package org.jacobi.layers.metrics;

/** The intersection over the union of predictions and targets, tp / (tp + fp + fn); over pixels, the IoU of all images. */
public final class JaccardIndex extends ClassMetric {
    private JaccardIndex(ConfusionMatrix matrix, Average average) {
        super(matrix, average);
    }

    /** Makes the metric of two classes: that of class 1. */
    public static JaccardIndex binary() {
        return new JaccardIndex(ConfusionMatrix.binary("JaccardIndex"), null);
    }

    /** Makes the metric of all classes together. */
    public static JaccardIndex multiclass(int classes) {
        return multiclass(classes, Average.MICRO);
    }

    /** Makes the metric of several classes. */
    public static JaccardIndex multiclass(int classes, Average average) {
        return new JaccardIndex(ConfusionMatrix.multiclass("JaccardIndex", classes), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(tp, tp + fp + fn);
    }
}
