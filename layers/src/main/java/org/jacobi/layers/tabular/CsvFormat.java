package org.jacobi.layers.tabular;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * How a CSV file is to be read.
 *
 * @param separator what stands between fields
 * @param header    whether the first record has the columns' names
 * @param names     the columns' names of a file without a header; none for c0, c1, …
 * @param missing   the fields, without spaces around, that mean a missing value
 * @param texts     columns that are text even if all of their fields are numbers, such as codes
 * @param numbers   columns whose fields must be numbers
 * @param comment   what a line begins with that is to be skipped, or null for no such lines
 */
public record CsvFormat(char separator, boolean header, List<String> names, Set<String> missing, Set<String> texts,
        Set<String> numbers, Character comment) {

    /** Commas, a header, and for missing values nothing, ?, and what programs write: NA, N/A, n/a, #N/A, NULL, null. */
    public static final CsvFormat DEFAULT = new CsvFormat(',', true, List.of(),
            Set.of("", "?", "NA", "N/A", "n/a", "#N/A", "NULL", "null"), Set.of(), Set.of(), null);

    /** Copies the collections. */
    public CsvFormat {
        names = List.copyOf(names);
        missing = Set.copyOf(missing);
        texts = Set.copyOf(texts);
        numbers = Set.copyOf(numbers);
    }

    /**
     * Returns how a file seems to be written: with tabs, semicolons or commas, whichever cuts all of its first records into equally many
     * fields; and with comments that begin with a bar, as those of C4.5, if its first line does. What it cannot be asked is whether it
     * has a header: this says yes.
     */
    public static CsvFormat detect(Path file) {
        return CsvDetection.of(file);
    }

    /** Returns this with another separator, such as ';' or a tab. */
    public CsvFormat separator(char newSeparator) {
        return new CsvFormat(newSeparator, header, names, missing, texts, numbers, comment);
    }

    /** Returns this for files with or without a header. */
    public CsvFormat header(boolean has) {
        return new CsvFormat(separator, has, List.of(), missing, texts, numbers, comment);
    }

    /** Returns this for files without a header, whose columns have the given names. */
    public CsvFormat names(List<String> columns) {
        return new CsvFormat(separator, false, columns, missing, texts, numbers, comment);
    }

    /** Returns this with other fields that mean a missing value. */
    public CsvFormat missing(String... markers) {
        return new CsvFormat(separator, header, names, Set.copyOf(List.of(markers)), texts, numbers, comment);
    }

    /** Returns this with columns that are text in any case. */
    public CsvFormat texts(String... columns) {
        return new CsvFormat(separator, header, names, missing, Set.copyOf(List.of(columns)), numbers, comment);
    }

    /** Returns this with columns that must be numbers. */
    public CsvFormat numbers(String... columns) {
        return new CsvFormat(separator, header, names, missing, texts, Set.copyOf(List.of(columns)), comment);
    }

    /** Returns this, skipping lines that begin with the given character. */
    public CsvFormat comment(char begin) {
        return new CsvFormat(separator, header, names, missing, texts, numbers, begin);
    }

    /**
     * Returns the fields of a file's first record, which are the columns' names where it has a header.
     *
     * @throws org.jacobi.layers.data.DataException if the file cannot be read, or is empty
     */
    public List<String> firstRecord(Path file) {
        return CsvTable.firstRecord(file, this);
    }
}
