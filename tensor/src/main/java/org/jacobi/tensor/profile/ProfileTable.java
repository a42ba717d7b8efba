package org.jacobi.tensor.profile;

import java.util.List;
import java.util.Locale;

/** Lays profile rows out as text, a block for each kind. */
final class ProfileTable {
    private static final int NAME_WIDTH = 44;
    private static final String COLUMNS = "%-" + NAME_WIDTH + "s %8s %10s %10s %6s %10s %10s %9s %8s %8s%n";

    private ProfileTable() {
    }

    static String of(List<ProfileRow> rows, long wallNanos, int threads) {
        var text = new StringBuilder(String.format(Locale.ROOT, "%.1f ms, %d %s%n", wallNanos / 1e6, threads,
                threads == 1 ? "thread" : "threads"));
        Activity block = null;
        for (ProfileRow row : rows) {
            if (row.activity() != block) {
                block = row.activity();
                text.append(String.format("%n" + COLUMNS, block.label(), "calls", "total ms", "self ms", "%", "mean us",
                        "MB taken", "GFLOP", "GF/s", "GB/s"));
            }
            boolean counted = row.flop() > 0;
            text.append(String.format(COLUMNS, shortened(row.name()), row.calls(), number(row.totalNanos() / 1e6, 3),
                    number(row.selfNanos() / 1e6, 3), number(100.0 * row.totalNanos() / wallNanos, 1),
                    number(row.totalNanos() / 1e3 / row.calls(), 1), number(row.bytes() / 1e6, 3),
                    counted ? number(row.flop() / 1e9, 3) : "", counted ? number(row.gigaflops(), 1) : "",
                    counted ? "" : number(row.gigabytes(), 1)));
        }
        return text.toString();
    }

    private static String number(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** Keeps the end of a long name: a layer's path begins alike. */
    private static String shortened(String name) {
        return name.length() <= NAME_WIDTH ? name : "..." + name.substring(name.length() - NAME_WIDTH + 3);
    }
}
