package org.jacobi.bench;

import java.util.List;

/** A case that one side is ready to compute. */
interface Work {
    /** How many runs {@link #results} makes of a work that changes its own state. */
    int STEPS_COMPARED = 3;

    /** Computes once, and frees what the computation alone needed. This is what is measured. */
    void run();

    /**
     * Computes and returns the numbers by which the sides are compared: results and gradients of an op, the parameters
     * that an optimizer changed, or the losses of a training.
     */
    List<float[]> results();
}
