package org.jacobi.layers.optim;

import java.util.function.DoubleFunction;

import org.jacobi.tensor.Tensor;

/**
 * A search along a line for a step that lowers a function enough and flattens it enough: the strong Wolfe conditions (Nocedal and
 * Wright, "Numerical Optimization", algorithms 3.5 and 3.6), with minFunc's safeguards, as in PyTorch's L-BFGS.
 */
final class StrongWolfe {
    /** The share of the first slope's promise that a step must keep. */
    private static final double DECREASE = 1e-4;
    /** The share of the first slope that may be left. */
    private static final double CURVATURE = 0.9;
    private static final int MOST_TRIALS = 25;

    /**
     * A point on the line.
     *
     * @param t     how far along the direction it is
     * @param value the function there
     * @param grad  its gradient
     * @param slope its derivative along the direction
     */
    record Point(double t, double value, Tensor grad, double slope) {
    }

    private final DoubleFunction<Point> function;
    private final Point start;
    private final double longest;
    private final double tolerance;
    private int trials;

    /**
     * Makes a search.
     *
     * @param function  computes the point at a distance
     * @param start     the point at distance 0
     * @param longest   the largest number of the direction, without sign
     * @param tolerance the change of a parameter that is not worth another trial
     */
    StrongWolfe(DoubleFunction<Point> function, Point start, double longest, double tolerance) {
        this.function = function;
        this.start = start;
        this.longest = longest;
        this.tolerance = tolerance;
    }

    /** Returns how many points have been computed. */
    int trials() {
        return trials;
    }

    private Point at(double t) {
        trials++;
        return function.apply(t);
    }

    private boolean tooHigh(Point p) {
        return p.value > start.value + DECREASE * p.t * start.slope;
    }

    private boolean flat(Point p) {
        return Math.abs(p.slope) <= -CURVATURE * start.slope;
    }

    /** Returns the point to go to, beginning with a guess of its distance. */
    Point search(double guess) {
        Point before = start;
        Point p = at(guess);
        for (int i = 0; i < MOST_TRIALS; i++) {
            if (tooHigh(p) || i > 1 && p.value >= before.value) {
                return zoom(before, p, i);
            }
            if (flat(p)) {
                return p;
            }
            if (p.slope >= 0) {
                return zoom(before, p, i);
            }
            double next = minimumOfCubic(before, p, p.t + 0.01 * (p.t - before.t), p.t * 10);
            before = p;
            p = at(next);
        }
        return start.value <= p.value ? start : p;
    }

    /** Narrows an interval that holds a good point. */
    private Point zoom(Point left, Point right, int used) {
        // The order of the two in the bracket is not that of their distances.
        Point low = left.value <= right.value ? left : right;
        Point high = low == left ? right : left;
        boolean stuck = false;
        for (int i = used; i < MOST_TRIALS && Math.abs(high.t - low.t) * longest >= tolerance; i++) {
            double min = Math.min(low.t, high.t);
            double max = Math.max(low.t, high.t);
            double t = low.t <= high.t ? minimumOfCubic(low, high, min, max) : minimumOfCubic(high, low, min, max);
            double margin = 0.1 * (max - min);
            // Twice near an end, or on it: move inwards.
            boolean near = Math.min(max - t, t - min) < margin;
            boolean move = near && (stuck || t >= max || t <= min);
            if (move) {
                t = Math.abs(t - max) < Math.abs(t - min) ? max - margin : min + margin;
            }
            stuck = near && !move;
            Point p = at(t);
            if (tooHigh(p) || p.value >= low.value) {
                high = p;
                if (high.value < low.value) {
                    high = low;
                    low = p;
                }
            } else {
                if (flat(p)) {
                    return p;
                }
                if (p.slope * (high.t - low.t) >= 0) {
                    high = low;
                }
                low = p;
            }
        }
        return low;
    }

    /** Returns where the cubic through two points, a left of b, with their slopes is smallest, within bounds. */
    private static double minimumOfCubic(Point a, Point b, double min, double max) {
        double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t);
        double square = d1 * d1 - a.slope * b.slope;
        if (!(square >= 0)) {
            return (min + max) / 2;
        }
        double d2 = Math.sqrt(square);
        double t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
        return Math.min(Math.max(t, min), max);
    }
}
