package org.jacobi.layers.train;

/**
 * A loss or a gradient that is not a finite number ended a training.
 *
 * <p>Its message names the op, the line and the layer where the first NaN or infinity came up; the cause, if it was found, has
 * the calls of that op's forward.
 */
public final class DivergedException extends ArithmeticException {
    private final transient StepRecord step;

    DivergedException(String message, StepRecord step, Throwable cause) {
        super(message);
        this.step = step;
        initCause(cause);
    }

    /** Returns the step that was not taken. */
    public StepRecord step() {
        return step;
    }
}
