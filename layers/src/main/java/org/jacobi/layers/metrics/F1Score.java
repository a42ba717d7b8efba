package org.jacobi.layers.metrics;

/** The harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn); over pixels, the Dice coefficient of all images together. */
public final class F1Score extends ClassMetric {
    private F1Score(ConfusionMatrix matrix, Average average) {
        super(matrix, average);
    }

    /** Makes the metric of two classes: that of class 1. */
    public static F1Score binary() {
        return new F1Score(ConfusionMatrix.binary("F1Score"), null);
    }

    /** Makes the metric of all classes together. */
    public static F1Score multiclass(int classes) {
        return multiclass(classes, Average.MICRO);
    }

    /** Makes the metric of several classes. */
    public static F1Score multiclass(int classes, Average average) {
        return new F1Score(ConfusionMatrix.multiclass("F1Score", classes), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(2 * tp, 2 * tp + fp + fn);
    }
}
