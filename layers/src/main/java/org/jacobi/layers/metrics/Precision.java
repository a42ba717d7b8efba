package org.jacobi.layers.metrics;

/** The share of a class's predictions that are right. */
public final class Precision extends ClassMetric {
    private Precision(ClassCounts counts, Average average) {
        super(counts, average);
    }

    /** Makes the metric of two classes: that of class 1. */
    public static Precision binary() {
        return new Precision(ConfusionMatrix.binary("Precision"), null);
    }

    /** Makes the metric of all classes together. */
    public static Precision multiclass(int classes) {
        return multiclass(classes, Average.MICRO);
    }

    /** Makes the metric of several classes. */
    public static Precision multiclass(int classes, Average average) {
        return new Precision(ConfusionMatrix.multiclass("Precision", classes), average);
    }

    /** Makes the metric of labels of which an example may have several, predicted where the probability is above a half. */
    public static Precision multilabel(int labels, Average average) {
        return multilabel(labels, average, LabelCounts.HALF);
    }

    /** Makes the metric of labels of which an example may have several, predicted where the probability is above a threshold. */
    public static Precision multilabel(int labels, Average average, double threshold) {
        return new Precision(new LabelCounts("Precision", labels, threshold), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(tp, tp + fp);
    }
}
