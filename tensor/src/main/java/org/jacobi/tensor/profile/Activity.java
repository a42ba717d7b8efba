package org.jacobi.tensor.profile;

import java.util.Locale;

/** What a stretch of profiled time was spent on, from the outside in. */
public enum Activity {
    /** What a program marked with {@link Profiler#region}. */
    REGION,
    /** A layer's forward, under the layer's path. */
    LAYER,
    /** The forward of a differentiable op. */
    FORWARD,
    /** The backward of a differentiable op. */
    BACKWARD,
    /** A kernel of the backend. */
    KERNEL;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
