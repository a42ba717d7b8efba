package org.jacobi.autograd;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The values an op keeps for its backward, and the one place where their misuse is found: a graph that was already
 * released, or a value that was changed in place since.
 */
public final class Saved {
    private Variable[] values;
    private final int[] versions;
    /** Where the op was called; noted in anomaly mode only. */
    private Creation creation;

    private Saved(Variable[] values) {
        this.values = values;
        versions = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            versions[i] = values[i] == null ? 0 : values[i].data().version();
        }
    }

    /** Saves values, some of which may be null; constants are saved as constant variables. */
    public static Saved of(Variable... values) {
        return new Saved(values);
    }

    /**
     * Returns a saved value.
     *
     * @throws IllegalStateException if the value was changed in place after it was saved
     */
    public Variable get(int slot) {
        Variable value = values[slot];
        if (value != null && value.data().version() != versions[slot]) {
            throw new IllegalStateException("backward needs a value of shape " + value.shape() + " made by "
                    + value.data().origin() + " that was changed in place after it was saved (version "
                    + value.data().version() + ", expected " + versions[slot]
                    + "); run the in-place change after backward, or on a copy()");
        }
        return value;
    }

    /** Forgets the values, so that their memory can be reused; the graph cannot be walked again. */
    void release() {
        values = null;
    }

    /** Returns what is saved, to be shown: it is not checked for changes, entries may be null, and a released graph has none. */
    public List<Variable> values() {
        return values == null ? List.of() : Collections.unmodifiableList(Arrays.asList(values));
    }

    Creation creation() {
        return creation;
    }

    void created(Creation where) {
        creation = where;
    }

    /** Returns whether a backward has released the values. */
    public boolean isReleased() {
        return values == null;
    }
}
