package org.jacobi.app;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;

import org.jacobi.layers.data.DataException;

/** Checks that several tasks share. */
final class Problems {
    private static final int MAX_CLASSES = 1 << 16;

    private Problems() {
    }

    /** Requires something of what was read from a file, or of settings. */
    static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** Requires names of classes, each once. */
    static void requireClasses(List<String> classes) {
        require(classes != null && !classes.isEmpty() && classes.size() <= MAX_CLASSES
                && classes.stream().allMatch(Objects::nonNull)
                && new HashSet<>(classes).size() == classes.size(), "classes: expected names, each once");
    }

    /**
     * Requires that each class occurs in a part of the data.
     *
     * @param where what the part is, for the error
     * @param least how often a class must occur
     * @throws DataException naming the class that does not
     */
    static void requireEachClass(List<String> classes, long[] labels, int least, String where) {
        int[] counts = new int[classes.size()];
        for (long label : labels) {
            counts[(int) label]++;
        }
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] < least) {
                throw new DataException("class " + classes.get(i) + " has " + counts[i] + " examples " + where
                        + ", expected at least " + least);
            }
        }
    }

    /** Returns a list of names for a message, that of many its beginning. */
    static String abridged(List<String> names) {
        int most = 20;
        return String.join(", ", names.subList(0, Math.min(most, names.size())))
                + (names.size() > most ? " and " + (names.size() - most) + " more" : "");
    }
}
