package org.jacobi.bench;

/** Why no result was written, in one line for the user. */
final class Failure extends Exception {
    Failure(String message) {
        super(message);
    }

    Failure(String message, Throwable cause) {
        super(message, cause);
    }
}
