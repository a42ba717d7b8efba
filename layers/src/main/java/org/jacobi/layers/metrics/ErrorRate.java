package org.jacobi.layers.metrics;

import java.util.List;

/**
 * How many insertions, deletions and substitutions lead from predicted texts to their targets, by the length of the targets: it
 * may be above 1.
 */
public abstract class ErrorRate {
    private long errors;
    private long length;

    ErrorRate() {
    }

    abstract List<String> units(String text);

    /** Takes in one more text. */
    public final void update(String prediction, String target) {
        List<String> reference = units(target);
        errors += distance(units(prediction), reference);
        length += reference.size();
    }

    /**
     * Returns the rate of all texts together.
     *
     * @throws IllegalStateException if all targets were empty
     */
    public final double compute() {
        if (length == 0) {
            throw new IllegalStateException(getClass().getSimpleName()
                    + ": there is no target with anything in it; call update first");
        }
        return (double) errors / length;
    }

    /** Forgets what was taken in. */
    public final void reset() {
        errors = 0;
        length = 0;
    }

    /** Returns the edit distance (Levenshtein, 1966): the row of the table for each prefix of b replaces the one before. */
    static int distance(List<String> a, List<String> b) {
        int[] row = new int[a.size() + 1];
        for (int i = 0; i <= a.size(); i++) {
            row[i] = i;
        }
        for (int j = 1; j <= b.size(); j++) {
            int diagonal = row[0];
            row[0] = j;
            for (int i = 1; i <= a.size(); i++) {
                int substituted = diagonal + (a.get(i - 1).equals(b.get(j - 1)) ? 0 : 1);
                diagonal = row[i];
                row[i] = Math.min(substituted, Math.min(row[i], row[i - 1]) + 1);
            }
        }
        return row[a.size()];
    }
}
