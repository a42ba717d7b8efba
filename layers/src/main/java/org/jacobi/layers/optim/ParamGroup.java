package org.jacobi.layers.optim;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.layers.Param;

/** Parameters that learn at one rate and decay alike. */
public final class ParamGroup {
    private final List<Param> params;
    private double weightDecay;
    private double lr;

    /**
     * Makes a group.
     *
     * @param lr          the learning rate, not negative
     * @param weightDecay the optimizer says what it means; not negative, 0 for none
     */
    public ParamGroup(List<Param> params, double lr, double weightDecay) {
        this.params = List.copyOf(params);
        setWeightDecay(weightDecay);
        setLr(lr);
    }

    /**
     * Returns two groups: matrices (and whatever has more axes), which decay, and vectors, such as biases and the
     * weights of normalizations, which do not. A group that would be empty is left out.
     */
    public static List<ParamGroup> decayMatrices(List<Param> params, double lr, double weightDecay) {
        List<Param> matrices = params.stream().filter(param -> param.rank() >= 2).toList();
        List<Param> vectors = params.stream().filter(param -> param.rank() < 2).toList();
        List<ParamGroup> groups = new ArrayList<>();
        if (!matrices.isEmpty()) {
            groups.add(new ParamGroup(matrices, lr, weightDecay));
        }
        if (!vectors.isEmpty()) {
            groups.add(new ParamGroup(vectors, lr, 0));
        }
        return groups;
    }

    public List<Param> params() {
        return params;
    }

    /** Returns the learning rate. */
    public double lr() {
        return lr;
    }

    /** Sets the learning rate for the steps to come. */
    public void setLr(double next) {
        lr = Optimizer.requireNotNegative("lr", next);
    }

    public double weightDecay() {
        return weightDecay;
    }

    /** Sets the weight decay for the steps to come. */
    public void setWeightDecay(double next) {
        weightDecay = Optimizer.requireNotNegative("weightDecay", next);
    }
}
