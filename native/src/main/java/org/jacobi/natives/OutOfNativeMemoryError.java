package org.jacobi.natives;

/** That an allocator may not give out more native memory, or the system has none: a larger Java heap does not help. */
public final class OutOfNativeMemoryError extends OutOfMemoryError {
    private final String shortage;
    private final String holders;

    OutOfNativeMemoryError(String shortage, String advice, String holders) {
        super(shortage + "; " + advice + (holders.isEmpty() ? "" : "\n" + holders));
        this.shortage = shortage;
        this.holders = holders;
    }

    /** Returns what was asked for, and what is live, in one line without advice. */
    public String shortage() {
        return shortage;
    }

    /** Returns who holds the memory, as lines of text; empty when nobody knows. */
    public String holders() {
        return holders;
    }
}
