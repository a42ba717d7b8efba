package org.jacobi.layers.tabular;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import org.jacobi.layers.data.DataException;

/**
 * Named columns of equal length, each of numbers or of texts. Tables do not change; what changes one returns another.
 *
 * <pre>{@code
 * Table table = Table.read(Path.of("adult.data")).drop("fnlwgt").dropDuplicates();
 * }</pre>
 */
public final class Table {
    private final Map<String, Column> columns = new LinkedHashMap<>();
    private final int rows;
    private final String source;
    /** The line of the source where each row begins, or null where there is none. */
    private final long[] lines;

    Table(List<? extends Column> columns, String source, long[] lines) {
        this.source = source;
        this.lines = lines;
        rows = columns.isEmpty() ? 0 : columns.get(0).size();
        for (Column column : columns) {
            if (column.size() != rows || this.columns.put(column.name(), column) != null) {
                throw new IllegalArgumentException("Table: column " + column.name() + " has " + column.size()
                        + " rows, the first has " + rows + "; lengths must be equal and names differ");
            }
        }
    }

    /** Makes a table of columns of equal length. */
    public static Table of(Column... columns) {
        return new Table(List.of(columns), "table", null);
    }

    /** Reads a CSV file as {@link CsvFormat#DEFAULT} says: with a header and commas. */
    public static Table read(Path file) {
        return read(file, CsvFormat.DEFAULT);
    }

    /**
     * Reads a CSV file in UTF-8 (RFC 4180; spaces around fields are dropped). A column whose fields are all numbers has numbers, any
     * other has texts. Numbers may have thousands apart, 1,234.5. They may also be written 1.234,5: all are read so first if a column can
     * be read in no other way, or, where fields are not separated by commas, if any column can.
     *
     * @throws DataException if the file cannot be read, or a line has another number of fields than the first, or a column of numbers
     *                       has a field that is no finite number; it names file, line and column
     */
    public static Table read(Path file, CsvFormat format) {
        return CsvTable.read(file, format);
    }

    /** Returns the number of rows. */
    public int rows() {
        return rows;
    }

    /** Returns the columns' names, in order. */
    public List<String> names() {
        return List.copyOf(columns.keySet());
    }

    /** Returns the columns, in order. */
    public List<Column> columns() {
        return List.copyOf(columns.values());
    }

    /** Returns a column. */
    public Column column(String name) {
        Column column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException(source + " has no column " + name + "; there are " + names());
        }
        return column;
    }

    /** Returns a column that has numbers. */
    public Column.Numbers numbers(String name) {
        return column(name) instanceof Column.Numbers numbers ? numbers : wrongKind(name, "texts", "numbers");
    }

    /** Returns a column that has texts. */
    public Column.Texts texts(String name) {
        return column(name) instanceof Column.Texts texts ? texts : wrongKind(name, "numbers", "texts");
    }

    private <T> T wrongKind(String name, String found, String expected) {
        throw new IllegalArgumentException(source + ": column " + name + " has " + found + ", expected " + expected
                + "; CsvFormat says what a column is read as");
    }

    /** Returns what errors call a row: its file and line, where it has one. */
    public String place(int row) {
        return lines == null ? source + ": row " + row : source + ": line " + lines[row];
    }

    /** Returns the table with these columns only, in this order. */
    public Table select(String... names) {
        return new Table(Arrays.stream(names).map(this::column).toList(), source, lines);
    }

    /** Returns the table without these columns. */
    public Table drop(String... names) {
        Set<String> dropped = Set.copyOf(Arrays.asList(names));
        dropped.forEach(this::column);
        return new Table(columns.values().stream().filter(column -> !dropped.contains(column.name())).toList(), source,
                lines);
    }

    /** Returns the table with a column more, or with another in the place of one of its name. */
    public Table with(Column column) {
        Map<String, Column> changed = new LinkedHashMap<>(columns);
        changed.put(column.name(), column);
        return new Table(List.copyOf(changed.values()), source, lines);
    }

    /** Returns the table with a function applied to the texts of a column that are not missing. */
    public Table mapTexts(String name, UnaryOperator<String> function) {
        return with(new Column.Texts(name, Arrays.stream(texts(name).values())
                .map(text -> text == null ? null : function.apply(text)).toArray(String[]::new)));
    }

    /** Returns the table of the given rows, in that order: the numbers that {@code Splits} makes. */
    public Table rows(long... numbers) {
        int[] chosen = new int[numbers.length];
        for (int i = 0; i < chosen.length; i++) {
            if (numbers[i] < 0 || numbers[i] >= rows) {
                throw new IndexOutOfBoundsException("rows: " + numbers[i] + " is out of range for " + rows + " rows");
            }
            chosen[i] = (int) numbers[i];
        }
        return ofRows(chosen);
    }

    /** Returns the rows that a test of their numbers holds for. */
    public Table filter(IntPredicate test) {
        return ofRows(IntStream.range(0, rows).filter(test).toArray());
    }

    private Table ofRows(int[] chosen) {
        return new Table(columns.values().stream().map(column -> column.rows(chosen)).toList(), source,
                lines == null ? null : Arrays.stream(chosen).mapToLong(row -> lines[row]).toArray());
    }

    /** Returns the rows that have a value in each of the given columns; in all columns, if none is given. */
    public Table dropMissing(String... names) {
        List<Column> checked = names.length == 0 ? columns() : Arrays.stream(names).map(this::column).toList();
        return filter(row -> checked.stream().noneMatch(column -> column.isMissing(row)));
    }

    /** Returns the table with a number in the place of those that a column lacks. */
    public Table fillMissing(String name, double number) {
        return with(new Column.Numbers(name, Arrays.stream(numbers(name).values())
                .map(value -> Double.isNaN(value) ? number : value).toArray()));
    }

    /** Returns the table with a text in the place of those that a column lacks. */
    public Table fillMissing(String name, String text) {
        return with(new Column.Texts(name, Arrays.stream(texts(name).values())
                .map(value -> value == null ? text : value).toArray(String[]::new)));
    }

    /** Returns how many values each column lacks. */
    public Map<String, Integer> missing() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        columns.forEach((name, column) -> counts.put(name,
                (int) IntStream.range(0, rows).filter(column::isMissing).count()));
        return counts;
    }

    /** Returns the table without rows that equal an earlier one in every column. */
    public Table dropDuplicates() {
        Set<List<String>> seen = new HashSet<>();
        return filter(row -> {
            List<String> values = new ArrayList<>();
            columns.values().forEach(column -> values.add(column instanceof Column.Numbers numbers
                    ? Double.toString(numbers.values()[row] + 0.0) : column.text(row)));
            return seen.add(values);
        });
    }

    /** Returns a line for each column: its name, kind, number of missing values, and range or number of categories. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(source + ": " + rows + " rows");
        Map<String, Integer> missing = missing();
        columns.forEach((name, column) -> {
            text.append("\n  ").append(name).append(": ");
            switch (column) {
                case Column.Numbers numbers -> {
                    double[] present = numbers.present();
                    text.append("numbers");
                    if (present.length > 0) {
                        text.append(" from ").append(Arrays.stream(present).min().getAsDouble()).append(" to ")
                                .append(Arrays.stream(present).max().getAsDouble());
                    }
                }
                case Column.Texts texts -> text
                        .append(Arrays.stream(texts.values()).filter(value -> value != null).distinct().count())
                        .append(" different texts");
            }
            if (missing.get(name) > 0) {
                text.append(", ").append(missing.get(name)).append(" missing");
            }
        });
        return text.toString();
    }
}
