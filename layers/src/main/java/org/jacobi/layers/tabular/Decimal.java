package org.jacobi.layers.tabular;

import java.util.regex.Pattern;

/** How numbers are written: what stands before their fractions, and between their thousands. */
enum Decimal {
    /** 1234.5, or 1,234.5. */
    POINT('.', ','),
    /** 1234,5, or 1.234,5. */
    COMMA(',', '.');

    private final char mark;
    private final char group;
    private final Pattern plain;
    private final Pattern grouped;

    Decimal(char mark, char group) {
        this.mark = mark;
        this.group = group;
        plain = Pattern.compile("[+-]?(\\d+M?\\d*|M\\d+)([eE][+-]?\\d+)?".replace("M", "\\" + mark));
        grouped = Pattern.compile(
                "[+-]?\\d{1,3}(G\\d{3})+(M\\d+)?".replace("M", "\\" + mark).replace("G", "\\" + group));
    }

    boolean fits(String field) {
        return plain.matcher(field).matches() || grouped.matcher(field).matches();
    }

    /** Returns the number that a field says that fits. */
    double parse(String field) {
        return Double.parseDouble(field.replace(String.valueOf(group), "").replace(mark, '.'));
    }
}
