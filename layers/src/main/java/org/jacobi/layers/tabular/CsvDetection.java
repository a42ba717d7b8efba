package org.jacobi.layers.tabular;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

import de.siegmar.fastcsv.reader.CsvParseException;

/** Finds out how a CSV file is written, by its first records. */
final class CsvDetection {
    private static final int RECORDS = 20;
    private static final char COMMENT = '|';

    private CsvDetection() {
    }

    static CsvFormat of(Path file) {
        CsvFormat format = CsvFormat.DEFAULT;
        String line = firstLine(file);
        if (!line.isEmpty() && line.charAt(0) == COMMENT) {
            format = format.comment(COMMENT);
        }
        // A comma may be a decimal one, so that what else cuts the records alike goes before it.
        CsvFormat found = format;
        return Stream.of('\t', ';', ',').map(found::separator).filter(each -> cutsAlike(file, each)).findFirst()
                .orElseGet(() -> found.separator(mostFrequent(line)));
    }

    private static boolean cutsAlike(Path file, CsvFormat format) {
        try (var records = CsvTable.records(file, format)) {
            int[] counts = records.stream().limit(RECORDS).mapToInt(each -> each.getFieldCount()).distinct().toArray();
            return counts.length == 1 && counts[0] > 1;
        } catch (IOException | UncheckedIOException | CsvParseException _) {
            return false; // reading the table says what is wrong
        }
    }

    /** What errors are told by, where records differ: that which the first line has most of. */
    private static char mostFrequent(String line) {
        return Stream.of(',', ';', '\t').max(Comparator.comparingLong((Character separator) -> line.chars()
                .filter(c -> c == separator).count()).thenComparing(separator -> separator == ',')).orElseThrow();
    }

    private static String firstLine(Path file) {
        try (BufferedReader text = CsvTable.withoutMark(file)) {
            String line = text.readLine();
            return line == null ? "" : line;
        } catch (IOException _) {
            return "";
        }
    }
}
