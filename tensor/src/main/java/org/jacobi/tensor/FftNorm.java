package org.jacobi.tensor;

/** By what the two directions of a Fourier transform of n numbers are divided (PyTorch's and NumPy's argument norm). */
public enum FftNorm {
    /** The inverse by n: the default. */
    BACKWARD,
    /** The forward one by n. */
    FORWARD,
    /** Both by the square root of n, so that the transform keeps lengths. */
    ORTHO;

    /** Returns the factor of a transform of n numbers. */
    double scale(boolean inverse, long n) {
        return switch (this) {
            case BACKWARD -> inverse ? 1.0 / n : 1;
            case FORWARD -> inverse ? 1 : 1.0 / n;
            case ORTHO -> 1 / Math.sqrt(n);
        };
    }

    /** Returns the norm under which the opposite direction has this one's factor: that of a transform's gradient. */
    public FftNorm opposite() {
        return switch (this) {
            case BACKWARD -> FORWARD;
            case FORWARD -> BACKWARD;
            case ORTHO -> ORTHO;
        };
    }
}
