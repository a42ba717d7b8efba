package org.jacobi.layers.metrics;

/** How the scores of several classes become one, as in scikit-learn and torchmetrics. */
public enum Average {
    /** The score of all classes' counts together. */
    MICRO,
    /** The mean score of the classes that occur, be it among predictions or targets. */
    MACRO,
    /** The mean score of the classes, each weighted by how often it is the target. */
    WEIGHTED
}
