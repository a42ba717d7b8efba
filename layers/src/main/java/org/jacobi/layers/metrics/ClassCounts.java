package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/** How often each class was found, wrongly claimed and missed: what class metrics are made of. */
abstract class ClassCounts {
    /** Takes in one more batch. */
    public abstract void update(Tensor prediction, Tensor target);

    /** Leaves out what has this target, such as padding. */
    public abstract ClassCounts ignoreIndex(long target);

    /** Forgets what was taken in. */
    public abstract void reset();

    /**
     * Returns tp, fp and fn of each class.
     *
     * @throws IllegalStateException if nothing was taken in
     */
    abstract double[][] counts();

    /** Returns whether a class that occurs nowhere counts in a macro average, with a score of 0. */
    abstract boolean countsAbsent();
}
