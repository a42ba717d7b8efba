package org.jacobi.natives;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the shared allocator watches its blocks and how much it may give out, as two system properties say.
 *
 * <p>{@code -Djacobi.memory} is {@code plain} (what is not given), {@code report} (every block's creation site is
 * recorded) or {@code guarded} (recorded, poisoned and fenced by red zones). {@code -Djacobi.memory.limit} is a number of
 * bytes such as {@code 512m} or {@code 4g}, or a share of the physical memory such as {@code 75%}.
 */
final class MemorySettings {
    enum Mode {
        PLAIN, REPORT, GUARDED
    }

    static final String MODE_PROPERTY = "jacobi.memory";
    static final String LIMIT_PROPERTY = "jacobi.memory.limit";
    static final long UNLIMITED = Long.MAX_VALUE;

    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)([kmgt%]?)");

    private MemorySettings() {
    }

    /** What -Djacobi.memory chooses; null for a property that is not set. */
    static Mode mode(String text) {
        if (text == null) {
            return Mode.PLAIN;
        }
        for (Mode mode : Mode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("-D" + MODE_PROPERTY + "=" + text + ": expected plain, report or guarded");
    }

    /**
     * The bytes that -Djacobi.memory.limit allows to be live; null for a property that is not set.
     *
     * @param physicalBytes what a share is a share of, or -1 when unknown
     */
    static long limit(String text, long physicalBytes) {
        if (text == null) {
            return UNLIMITED;
        }
        Matcher amount = AMOUNT.matcher(text.toLowerCase(Locale.ROOT));
        if (!amount.matches()) {
            throw badLimit(text, "");
        }
        String unit = amount.group(2);
        double number = Double.parseDouble(amount.group(1));
        if (unit.equals("%")) {
            if (physicalBytes < 0) {
                throw badLimit(text, "; this system does not tell its physical memory, so a share of it is unknown");
            }
            if (number > 100) {
                throw badLimit(text, "; a share is at most 100%");
            }
            number *= physicalBytes / 100.0;
        } else if (!unit.isEmpty()) {
            number *= 1L << 10 * (1 + "kmgt".indexOf(unit));
        }
        if (number < 1) {
            throw badLimit(text, "; a limit is at least one byte");
        }
        return (long) number;
    }

    private static IllegalArgumentException badLimit(String text, String why) {
        return new IllegalArgumentException("-D" + LIMIT_PROPERTY + "=" + text
                + ": expected a number of bytes, with k, m, g or t for powers of 1024 (such as 512m or 4g), or a share of"
                + " the physical memory (such as 75%)" + why);
    }
}
