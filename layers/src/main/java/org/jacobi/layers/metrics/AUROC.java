package org.jacobi.layers.metrics;

/** The area under the ROC: how likely a positive example scores higher than a negative one, ties counting a half. */
public final class AUROC extends RankingMetric {
    private AUROC(int classes, Average average) {
        super(classes, average);
    }

    /** Makes the metric of two classes. */
    public static AUROC binary() {
        return new AUROC(1, Average.MACRO);
    }

    /** Makes the metric of several classes, each against the rest: their mean. */
    public static AUROC multiclass(int classes) {
        return multiclass(classes, Average.MACRO);
    }

    /** Makes the metric of several classes, each against the rest. */
    public static AUROC multiclass(int classes, Average average) {
        return new AUROC(classes < 2 ? 0 : classes, average);
    }

    @Override
    double of(Ranking.Counts counts) {
        return Ranking.areaUnderRoc(counts);
    }
}
