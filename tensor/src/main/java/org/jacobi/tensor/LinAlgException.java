package org.jacobi.tensor;

/**
 * Numbers that a decomposition cannot work with: a singular matrix, one that is not positive-definite, or an iteration that
 * did not converge. The message names the op, the entry of the batch, and what is wrong with it (PyTorch: LinAlgError).
 */
public final class LinAlgException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    /** Says what is wrong; ops outside this package say it of their own. */
    public LinAlgException(String message) {
        super(message);
    }
}
