package org.jacobi.layers.metrics;

/** The share of a class's targets that were found. */
public final class Recall extends ClassMetric {
    private Recall(ClassCounts counts, Average average) {
        super(counts, average);
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

    /** Makes the metric of labels of which an example may have several, predicted where the probability is above a half. */
    public static Recall multilabel(int labels, Average average) {
        return multilabel(labels, average, LabelCounts.HALF);
    }

    /** Makes the metric of labels of which an example may have several, predicted where the probability is above a threshold. */
    public static Recall multilabel(int labels, Average average, double threshold) {
        return new Recall(new LabelCounts("Recall", labels, threshold), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(tp, tp + fn);
    }
}
