package org.jacobi.layers.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

import org.jacobi.layers.StateDict;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Multiplies the learning rates with a factor when a metric has not become better for some time, as
 * torch.optim.lr_scheduler.ReduceLROnPlateau.
 *
 * <p>Better is what is below best (1 - threshold), or below best - threshold if the threshold is absolute; of a metric to be made
 * large, what is above best (1 + threshold) or best + threshold.
 */
public final class ReduceLROnPlateau {
    private final Optimizer optimizer;
    private boolean max;
    private double factor = 0.1;
    private long patience = 10;
    private double threshold = 1e-4;
    private boolean absoluteThreshold;
    private long cooldown;
    private double minLr;
    private double eps = 1e-8;

    /** Not a number before the first metric. */
    private double best = Double.NaN;
    private long badEpochs;
    private long cooldownLeft;

    /** Makes one for a metric to be made small, with PyTorch's settings: factor 0.1, patience 10, threshold 1e-4. */
    public ReduceLROnPlateau(Optimizer optimizer) {
        this.optimizer = optimizer;
    }

    /** Sets whether the metric is to be made large, such as an accuracy. */
    public ReduceLROnPlateau maximize(boolean on) {
        max = on;
        return this;
    }

    /** Sets what rates are multiplied with, at least 0 and below 1. */
    public ReduceLROnPlateau factor(double share) {
        factor = Optimizer.requireFraction("factor", share);
        return this;
    }

    /** Sets how many metrics in a row may be no better before the rates fall; not negative. */
    public ReduceLROnPlateau patience(long count) {
        patience = (long) Optimizer.requireNotNegative("patience", count);
        return this;
    }

    /** Sets what counts as better: a share of the best metric, or a difference to it. */
    public ReduceLROnPlateau threshold(double value, boolean absolute) {
        threshold = Optimizer.requireNotNegative("threshold", value);
        absoluteThreshold = absolute;
        return this;
    }

    /** Sets how many metrics are not judged after the rates have fallen; not negative. */
    public ReduceLROnPlateau cooldown(long count) {
        cooldown = (long) Optimizer.requireNotNegative("cooldown", count);
        return this;
    }

    /** Sets the lowest rate. */
    public ReduceLROnPlateau minLr(double lowest) {
        minLr = Optimizer.requireNotNegative("minLr", lowest);
        return this;
    }

    /** Sets the least fall: rates that would fall by no more than this stay. */
    public ReduceLROnPlateau eps(double least) {
        eps = Optimizer.requireNotNegative("eps", least);
        return this;
    }

    /**
     * Takes the metric of an epoch.
     *
     * @return whether rates have fallen
     */
    public boolean step(double metric) {
        if (isBetter(metric)) {
            best = metric;
            badEpochs = 0;
        } else {
            badEpochs++;
        }
        if (cooldownLeft > 0) {
            cooldownLeft--;
            badEpochs = 0;
        }
        if (badEpochs <= patience) {
            return false;
        }
        cooldownLeft = cooldown;
        badEpochs = 0;
        boolean fallen = false;
        for (ParamGroup group : optimizer.groups()) {
            double lr = Math.max(group.lr() * factor, minLr);
            if (group.lr() - lr > eps) {
                group.setLr(lr);
                fallen = true;
            }
        }
        return fallen;
    }

    private boolean isBetter(double metric) {
        if (Double.isNaN(best)) {
            return !Double.isNaN(metric);
        }
        double margin = absoluteThreshold ? threshold : best * threshold;
        return max ? metric > best + margin : metric < best - margin;
    }

    /** Returns what is remembered of earlier metrics. */
    public SequencedMap<String, Tensor> stateDict() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        state.put("best", Tensor.scalar(best, DType.F64));
        state.put("num_bad_epochs", Tensor.scalar(badEpochs, DType.I64));
        state.put("cooldown_counter", Tensor.scalar(cooldownLeft, DType.I64));
        return state;
    }

    /** Replaces what is remembered by what {@link #stateDict} gave; the optimizer's rates are not part of it. */
    public void loadStateDict(Map<String, Tensor> saved) {
        try (var _ = TensorScope.open()) {
            SequencedMap<String, Tensor> state = stateDict();
            StateDict.load("ReduceLROnPlateau", state, Map.of(), saved);
            best = state.get("best").item();
            badEpochs = state.get("num_bad_epochs").getLong();
            cooldownLeft = state.get("cooldown_counter").getLong();
        }
    }
}
