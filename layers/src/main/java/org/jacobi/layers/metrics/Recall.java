package org.jacobi.layers.metrics;

/** The share of a class's targets that were found. */
public final class Recall extends ClassMetric {
    private Recall(ConfusionMatrix matrix, Average average) {
        super(matrix, average);
    }

    /** Makes the metric of two classes: that of class 1. */
    public static Recall binary() {
        return new Recall(ConfusionMatrix.binary("Recall"), null);
    }

    /** Makes the metric of all classes together. */
    public static Recall multiclass(int classes) {
        return multiclass(classes, Average.MICRO);
    }

    /** Makes the metric of several classes. */
    public static Recall multiclass(int classes, Average average) {
        return new Recall(ConfusionMatrix.multiclass("Recall", classes), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(tp, tp + fn);
    }
}
