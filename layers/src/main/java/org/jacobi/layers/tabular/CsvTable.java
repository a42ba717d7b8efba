package org.jacobi.layers.tabular;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.jacobi.layers.data.DataException;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;

/** Reads one CSV file, record by record, into columns. */
final class CsvTable {
    private static final Pattern NOT_FINITE = Pattern.compile("[+-]?(nan|inf|infinity)", Pattern.CASE_INSENSITIVE);

    private final Path file;
    private final CsvFormat format;
    private final List<String> names = new ArrayList<>();
    private final List<List<String>> fields = new ArrayList<>();
    /** Equal texts of a column share one object. */
    private final List<Map<String, String>> known = new ArrayList<>();
    private final LongStream.Builder lines = LongStream.builder();
    private long[] lineOf;

    private CsvTable(Path file, CsvFormat format) {
        this.file = file;
        this.format = format;
    }

    static Table read(Path file, CsvFormat format) {
        return new CsvTable(file, format).read();
    }

    /** Returns the fields of the first record. */
    static List<String> firstRecord(Path file, CsvFormat format) {
        try (var records = records(file, format)) {
            return records.stream().findFirst().map(record -> record.getFields().stream().map(String::strip).toList())
                    .orElseThrow(() -> new DataException(file + ": has no rows"));
        } catch (CsvParseException | UncheckedIOException | IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Opens a file. */
    static CsvReader<CsvRecord> records(Path file, CsvFormat format) throws IOException {
        var builder = CsvReader.builder().fieldSeparator(format.separator()).trimWhitespacesAroundQuotes(true)
                .allowUnclosedQuote(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE);
        if (format.comment() != null) {
            builder.commentStrategy(CommentStrategy.SKIP).commentCharacter(format.comment());
        }
        return builder.ofCsvRecord(withoutMark(file));
    }

    private Table read() {
        try (var records = records(file, format)) {
            records.forEach(this::add);
        } catch (CsvParseException | UncheckedIOException | IOException e) {
            throw unreadable(file, e);
        }
        lineOf = lines.build().toArray();
        if (lineOf.length == 0) {
            throw new DataException(file + ": has no rows" + (format.header() ? " after its header" : ""));
        }
        requireColumns(format.texts());
        requireColumns(format.numbers());
        List<Column> columns = new ArrayList<>();
        List<Decimal> ways = ways();
        for (int i = 0; i < names.size(); i++) {
            columns.add(column(names.get(i), fields.get(i), ways));
        }
        return new Table(columns, file.toString(), lineOf);
    }

    /** Opens a file behind the byte order mark that spreadsheets write. */
    static BufferedReader withoutMark(Path file) throws IOException {
        BufferedReader text = Files.newBufferedReader(file);
        try {
            text.mark(1);
            if (text.read() != '\uFEFF') {
                text.reset();
            }
            return text;
        } catch (IOException e) {
            text.close();
            throw e;
        }
    }

    private static DataException unreadable(Path file, Exception e) {
        return new DataException(file + ": " + reason(e), e);
    }

    /** What is wrong is at the end of the chain: the reader wraps what the file's characters make it throw. */
    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof CharacterCodingException) {
            return "is not UTF-8 text; convert it, for example with iconv -f LATIN1 -t UTF-8, or -f UTF-16 what begins with"
                    + " the bytes FF FE";
        }
        return e instanceof IOException ? "cannot be read: " + cause
                : e.getMessage() + (cause == e ? "" : ": " + cause.getMessage());
    }

    private void add(CsvRecord record) {
        if (names.isEmpty()) {
            begin(record);
            if (format.header()) {
                return;
            }
        }
        if (record.getFieldCount() != names.size()) {
            throw new DataException(file + ": line " + record.getStartingLineNumber() + " has " + record.getFieldCount()
                    + " fields, expected " + names.size() + (format.header() ? ", as in the header" : ", as before"));
        }
        lines.add(record.getStartingLineNumber());
        for (int i = 0; i < names.size(); i++) {
            String field = record.getField(i).strip();
            fields.get(i).add(
                    format.missing().contains(field) ? null : known.get(i).computeIfAbsent(field, same -> same));
        }
    }

    private void begin(CsvRecord first) {
        if (!format.header() && !format.names().isEmpty() && format.names().size() != first.getFieldCount()) {
            throw new DataException(file + ": line " + first.getStartingLineNumber() + " has " + first.getFieldCount()
                    + " fields, expected " + format.names().size() + ": " + format.names());
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < first.getFieldCount(); i++) {
            String name = format.header() ? first.getField(i).strip()
                    : format.names().isEmpty() ? "c" + i : format.names().get(i);
            if (name.isEmpty() || !seen.add(name)) {
                throw new DataException(
                        file + ": the header has " + (name.isEmpty() ? "no name for" : "the name " + name
                                + " twice, again for") + " column " + i
                                + "; the first line must have the columns' names"
                                + " (CsvFormat.header(false) reads files without)");
            }
            names.add(name);
            fields.add(new ArrayList<>());
            known.add(new HashMap<>());
        }
    }

    private void requireColumns(Set<String> columns) {
        for (String column : columns) {
            if (!names.contains(column)) {
                throw new DataException(file + ": has no column " + column + "; there are " + names);
            }
        }
    }

    /**
     * Returns how the file's numbers may be written, the likeliest way first. With commas if a column can be read so only: where commas
     * separate fields, 1,234 in quotes is a thousand, elsewhere it has a fraction.
     */
    private List<Decimal> ways() {
        boolean commas = IntStream.range(0, names.size()).filter(i -> !format.texts().contains(names.get(i)))
                .mapToObj(fields::get)
                .anyMatch(values -> values.stream().anyMatch(field -> field != null && field.indexOf(',') >= 0)
                        && areNumbers(values, Decimal.COMMA)
                        && (format.separator() != ',' || !areNumbers(values, Decimal.POINT)));
        return commas ? List.of(Decimal.COMMA, Decimal.POINT) : List.of(Decimal.POINT);
    }

    private static boolean areNumbers(List<String> values, Decimal way) {
        return values.stream().allMatch(
                field -> field == null || way.fits(field) || NOT_FINITE.matcher(field).matches());
    }

    private Column column(String name, List<String> values, List<Decimal> ways) {
        Decimal way = ways.stream().filter(each -> areNumbers(values, each)).findFirst().orElse(null);
        boolean numbers = format.numbers().contains(name) || !format.texts().contains(name) && way != null
                && values.stream().anyMatch(Objects::nonNull);
        if (!numbers) {
            return new Column.Texts(name, values.toArray(String[]::new));
        }
        Decimal used = way == null ? ways.getFirst() : way;
        double[] parsed = new double[values.size()];
        for (int i = 0; i < parsed.length; i++) {
            String field = values.get(i);
            parsed[i] = field == null ? Double.NaN
                    : used.fits(field) ? used.parse(field) : Double.POSITIVE_INFINITY;
            if (Double.isInfinite(parsed[i])) {
                throw new DataException(file + ": line " + lineOf[i] + ", column " + name + ": \"" + field
                        + "\" is not a finite number; correct it, or leave it empty, which means a missing value, as what"
                        + " CsvFormat.missing names does");
            }
        }
        return new Column.Numbers(name, parsed);
    }
}
