package org.jacobi.app;

/** Why a command ends early, in one line for its user, and the exit code that tells scripts the kind of failure. */
final class CommandFailure extends RuntimeException {
    /** The command line, or something that it names, cannot be used; nothing was done. */
    static final int USAGE = 2;
    /** The work was begun and failed. */
    static final int FAILED = 1;

    private final int exitCode;

    private CommandFailure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** Makes the failure of a command that was called wrongly: a bad option, or a file that cannot be used. */
    static CommandFailure usage(String message) {
        return new CommandFailure(USAGE, message, null);
    }

    /** Makes the failure of a command that was called wrongly, with what showed it. */
    static CommandFailure usage(String message, Throwable cause) {
        return new CommandFailure(USAGE, message, cause);
    }

    /** Makes the failure of work that was under way. */
    static CommandFailure failed(String message, Throwable cause) {
        return new CommandFailure(FAILED, message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
