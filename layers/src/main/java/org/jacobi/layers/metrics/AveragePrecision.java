package org.jacobi.layers.metrics;

/** The area under the precision-recall curve as a sum of steps, Σ (recallᵢ - recallᵢ₋₁) precisionᵢ (PR-AUC). */
public final class AveragePrecision extends RankingMetric {
    private AveragePrecision(int classes, Average average) {
        super(classes, average);
    }

    /** Makes the metric of two classes. */
    public static AveragePrecision binary() {
        return new AveragePrecision(1, Average.MACRO);
    }

    /** Makes the metric of several classes, each against the rest: their mean. */
    public static AveragePrecision multiclass(int classes) {
        return multiclass(classes, Average.MACRO);
    }

    /** Makes the metric of several classes, each against the rest. */
    public static AveragePrecision multiclass(int classes, Average average) {
        return new AveragePrecision(classes < 2 ? 0 : classes, average);
    }

    @Override
    double of(Ranking.Counts counts) {
        return Ranking.averagePrecision(counts);
    }
}
