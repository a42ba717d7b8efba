package org.jacobi.layers.train;

import java.util.Map;

/**
 * The number by which epochs are compared: one of the validation's, or of the training's where nothing is validated.
 *
 * @param name     {@code loss}, or a metric's name
 * @param higher   whether more is better
 * @param minDelta by how much a value must be better than the best so far to count as better; not negative
 */
public record Monitor(String name, boolean higher, double minDelta) {
    /** Checks every value; messages name it. */
    public Monitor {
        if (!(minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "Monitor: minDelta is " + minDelta + "; it must be finite and at least 0");
        }
    }

    /** Returns the monitor of a number that is to become small. */
    public static Monitor min(String name) {
        return new Monitor(name, false, 0);
    }

    /** Returns the monitor of a number that is to become large. */
    public static Monitor max(String name) {
        return new Monitor(name, true, 0);
    }

    /** Returns whether a value is better than the best so far; any number is better than NaN, which is never better. */
    boolean improves(double value, double best) {
        return Double.isNaN(best) ? !Double.isNaN(value) : higher ? value > best + minDelta : value < best - minDelta;
    }

    double of(EpochRecord epoch) {
        return of(epoch.training(), epoch.validation());
    }

    /** Returns the number of the validation, or of the training if nothing was validated. */
    double of(Map<String, Double> training, Map<String, Double> validation) {
        Map<String, Double> values = validation.isEmpty() ? training : validation;
        Double value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("Monitor: there is no '" + name + "' among " + values.keySet());
        }
        return value;
    }
}
