package org.jacobi.layers.tabular;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.jacobi.layers.data.DataException;

/**
 * Numbers the texts of a column, in the order of the alphabet: a label encoder, and the first half of one-hot encoding.
 *
 * @param column     the column
 * @param categories the texts by their numbers
 * @param missing    the text that a missing value counts as, or null if it is an error
 * @param unknown    what becomes of texts that the training rows do not have
 */
public record CategoryEncoder(String column, List<String> categories, String missing, Unknown unknown) {
    /** What becomes of a text that the training rows do not have. */
    public enum Unknown {
        /** It is an error. */
        ERROR,
        /** It has the number -1, and zeros where categories are one-hot. */
        ZEROS
    }

    /** What becomes of a missing value. */
    public enum Missing {
        /** It is an error. */
        ERROR,
        /** It is a category of its own. */
        CATEGORY,
        /** It counts as the most frequent text of the training rows, the first in the alphabet of several. */
        MODE
    }

    private static final String OWN_CATEGORY = "(missing)";

    /** Copies the list. */
    public CategoryEncoder {
        categories = List.copyOf(categories);
    }

    /** Learns the categories of a training table. */
    public static CategoryEncoder fit(Table train, String column, Missing missing, Unknown unknown) {
        return fit(train, column, missing, unknown, 1);
    }

    /**
     * Learns the categories of a training table that occur often enough.
     *
     * @param least how many training rows a text must have; others are unknown
     * @throws IllegalArgumentException if rare texts would be errors in the training rows themselves
     */
    public static CategoryEncoder fit(Table train, String column, Missing missing, Unknown unknown, int least) {
        if (least > 1 && unknown == Unknown.ERROR) {
            throw new IllegalArgumentException("CategoryEncoder: column " + column + ": texts of less than " + least
                    + " rows would be unknown, and errors; take Unknown.ZEROS");
        }
        Column values = train.column(column);
        Map<String, Integer> counts = new TreeMap<>();
        boolean some = false;
        for (int i = 0; i < values.size(); i++) {
            if (values.isMissing(i)) {
                some = true;
            } else {
                counts.merge(values.text(i), 1, Integer::sum);
            }
        }
        String stand = switch (missing) {
            case ERROR -> null;
            case CATEGORY -> OWN_CATEGORY;
            // The map is sorted, and the first of equal counts is kept.
            case MODE -> counts.entrySet().stream().reduce((a, b) -> b.getValue() > a.getValue() ? b : a)
                    .map(Map.Entry::getKey).orElse(null);
        };
        counts.values().removeIf(count -> count < least);
        if (missing == Missing.CATEGORY && some) {
            counts.put(stand, 1);
        }
        return new CategoryEncoder(column, List.copyOf(counts.keySet()), stand, unknown);
    }

    /**
     * Returns each row's number.
     *
     * @throws DataException if a value is missing or unknown and that is an error, with its place
     */
    public long[] encode(Table table) {
        Column values = table.column(column);
        Map<String, Integer> numbers = new HashMap<>();
        for (int i = 0; i < categories.size(); i++) {
            numbers.put(categories.get(i), i);
        }
        long[] codes = new long[values.size()];
        for (int i = 0; i < codes.length; i++) {
            String text = values.isMissing(i) ? missing : values.text(i);
            if (text == null) {
                throw new DataException(table.place(i) + ", column " + column + ": the value is missing; drop such rows"
                        + " (Table.dropMissing) or have it count as a category");
            }
            Integer code = numbers.get(text);
            if (code == null && unknown == Unknown.ERROR) {
                throw new DataException(table.place(i) + ", column " + column + ": \"" + text
                        + "\" is not among the " + categories.size() + " categories of the training rows: "
                        + shortened(categories));
            }
            codes[i] = Objects.requireNonNullElse(code, -1);
        }
        return codes;
    }

    private static String shortened(List<String> categories) {
        return categories.size() <= 20 ? categories.toString()
                : categories.subList(0, 20).toString().replace("]", ", ...]");
    }

    /** Returns the text of each number, or null for -1. */
    public String[] decode(long... codes) {
        return Arrays.stream(codes).mapToObj(code -> code < 0 ? null : categories.get((int) code))
                .toArray(String[]::new);
    }
}
