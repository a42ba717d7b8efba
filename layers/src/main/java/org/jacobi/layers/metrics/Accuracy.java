package org.jacobi.layers.metrics;

/** The share of targets that were predicted; its macro average is the balanced accuracy. */
public final class Accuracy extends ClassMetric {
    private Accuracy(ConfusionMatrix matrix, Average average) {
        super(matrix, average);
    }

    /** Makes the metric of two classes. */
    public static Accuracy binary() {
        return new Accuracy(ConfusionMatrix.binary("Accuracy"), Average.MICRO);
    }

    /** Makes the metric of all classes together. */
    public static Accuracy multiclass(int classes) {
        return multiclass(classes, Average.MICRO);
    }

    /** Makes the metric of several classes. */
    public static Accuracy multiclass(int classes, Average average) {
        return new Accuracy(ConfusionMatrix.multiclass("Accuracy", classes), average);
    }

    @Override
    double score(double tp, double fp, double fn) {
        return share(tp, tp + fn);
    }
}
