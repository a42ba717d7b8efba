package org.jacobi.layers.data;

/** Data that cannot be used: names the file or example, what was found and what was expected. */
public final class DataException extends RuntimeException {
    /** Makes an exception of what is wrong. */
    public DataException(String problem) {
        super(problem);
    }

    /** Makes an exception of what is wrong and what came before it. */
    public DataException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
