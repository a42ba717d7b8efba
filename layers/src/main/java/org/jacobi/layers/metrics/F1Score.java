package org.jacobi.layers.metrics;

/** The harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn); over pixels, the Dice coefficient of all images together. */
public final class F1Score extends ClassMetric {
    private F1Score(ClassCounts counts, Average average) {
        super(counts, average);
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

    /** Makes the metric of labels of which an example may have several, predicted where the probability is above a half. */
    public static F1Score multilabel(int labels, Average average) {
        return multilabel(labels, average, LabelCounts.HALF);
    }

    /** Makes the metric of labels of which an example may have several, predicted where the probability is above a threshold. */
    public static F1Score multilabel(int labels, Average average, double threshold) {
        return new F1Score(new LabelCounts("F1Score", labels, threshold), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(2 * tp, 2 * tp + fp + fn);
    }
}
