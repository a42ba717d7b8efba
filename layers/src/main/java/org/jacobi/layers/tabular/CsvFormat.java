package org.jacobi.layers.tabular;

import java.util.List;
import java.util.Set;

/**
 * How a CSV file is to be read.
 *
 * @param separator what stands between fields
 * @param header    whether the first record has the columns' names; else they are c0, c1, …
 * @param missing   the fields, without spaces around, that mean a missing value
 * @param texts     columns that are text even if all of their fields are numbers, such as codes
 * @param numbers   columns whose fields must be numbers
 * @param comment   what a line begins with that is to be skipped, or null for no such lines
 */
public record CsvFormat(char separator, boolean header, Set<String> missing, Set<String> texts, Set<String> numbers,
        Character comment) {

    /** Commas, a header, and "", ?, NA for missing values. */
    public static final CsvFormat DEFAULT = new CsvFormat(',', true, Set.of("", "?", "NA"), Set.of(), Set.of(), null);

    /** Copies the sets. */
    public CsvFormat {
        missing = Set.copyOf(missing);
        texts = Set.copyOf(texts);
        numbers = Set.copyOf(numbers);
    }

    /** Returns this with another separator, such as ';' or a tab. */
    public CsvFormat separator(char newSeparator) {
        return new CsvFormat(newSeparator, header, missing, texts, numbers, comment);
    }

    /** Returns this for files with or without a header. */
    public CsvFormat header(boolean has) {
        return new CsvFormat(separator, has, missing, texts, numbers, comment);
    }

    /** Returns this with other fields that mean a missing value. */
    public CsvFormat missing(String... markers) {
        return new CsvFormat(separator, header, Set.copyOf(List.of(markers)), texts, numbers, comment);
    }

    /** Returns this with columns that are text in any case. */
    public CsvFormat texts(String... columns) {
        return new CsvFormat(separator, header, missing, Set.copyOf(List.of(columns)), numbers, comment);
    }

    /** Returns this with columns that must be numbers. */
    public CsvFormat numbers(String... columns) {
        return new CsvFormat(separator, header, missing, texts, Set.copyOf(List.of(columns)), comment);
    }

    /** Returns this, skipping lines that begin with the given character. */
    public CsvFormat comment(char begin) {
        return new CsvFormat(separator, header, missing, texts, numbers, begin);
    }
}
