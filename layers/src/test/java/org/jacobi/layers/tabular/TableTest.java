package org.jacobi.layers.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.jacobi.layers.SharedData;
import org.jacobi.layers.data.Refused;
import org.jacobi.layers.data.Splits;
import org.jacobi.layers.data.TensorDataset;
import org.jacobi.layers.tabular.CategoryEncoder.Missing;
import org.jacobi.layers.tabular.CategoryEncoder.Unknown;
import org.jacobi.layers.train.Json;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {
    @TempDir
    private Path folder;

    private Path csv(String text) throws IOException {
        return Files.writeString(folder.resolve("t.csv"), text);
    }

    @Test
    void csvFiles() throws IOException {
        Table table = Table.read(csv("\uFEFFage, job,note\n39, clerk, \"a, \"\"b\"\"\"\n\n?,  farmer,NA\n5e1,?,x\n"));
        assertEquals(List.of("age", "job", "note"), table.names());
        assertArrayEquals(new double[] {39, Double.NaN, 50}, table.numbers("age").values());
        assertArrayEquals(new String[] {"clerk", "farmer", null}, table.texts("job").values());
        assertEquals("a, \"b\"", table.texts("note").values()[0]);
        assertTrue(table.place(1).endsWith("t.csv: line 4"), table.place(1));
        assertEquals("{age=1, job=1, note=1}", table.missing().toString());
        assertEquals(1, table.dropMissing().rows());
        assertEquals(2, table.dropMissing("job").rows());
        assertEquals(List.of("x"), Table.read(csv("\uFEFF\"x\"\r\n1\r\n")).names());
        Table plain = Table.read(csv("1;x\n2;y\n|no\n"), CsvFormat.DEFAULT.header(false).separator(';').comment('|'));
        assertEquals(List.of("c0", "c1"), plain.names());
        assertEquals(2, plain.rows());
        assertEquals("1", Table.read(csv("a,b\n1,2\n"), CsvFormat.DEFAULT.texts("a")).texts("a").values()[0]);
        Refused.argument(() -> plain.numbers("c1"), "column c1 has texts");
        Refused.argument(() -> plain.column("x"), "no column x", "[c0, c1]");
    }

    @Test
    void howAFileIsWrittenIsFoundOut() throws IOException {
        assertEquals('\t', CsvFormat.detect(csv("a,x\tb\n1\t2\n")).separator());
        assertEquals(';', CsvFormat.detect(csv("\"a,b\";\"c,d\"\n1,5;2,5\n")).separator());
        assertEquals(';', CsvFormat.detect(csv("1,5;2,5\n1;2\n")).separator());
        assertEquals(',', CsvFormat.detect(csv("a,b\n\"x;\ny\",z;\n")).separator());
        assertEquals(';', CsvFormat.detect(csv("a;b;c\n1;2\n")).separator()); // which is wrong, but not in commas
        assertEquals(',', CsvFormat.detect(csv("a\n1\n")).separator());
        assertEquals(',', CsvFormat.detect(csv("")).separator());
        Path bars = csv("|1x3 Cross validator\n25, Private\n38, ?\n\n");
        CsvFormat format = CsvFormat.detect(bars).names(List.of("age", "work"));
        assertEquals(List.of("25", "Private"), format.firstRecord(bars));
        Table table = Table.read(bars, format);
        assertEquals(List.of("age", "work"), table.names());
        assertArrayEquals(new double[] {25, 38}, table.numbers("age").values());
        assertEquals(bars + ": line 3", table.place(1));
        Refused.data(() -> Table.read(bars, format.names(List.of("a", "b", "c"))), "line 2 has 2 fields", "[a, b, c]");
        Refused.data(() -> format.firstRecord(csv("")), "t.csv: has no rows");
        assertEquals(List.of("|a", "b"), Table.read(csv("x,y\n|a,b\n"), CsvFormat.detect(csv("x,y\n|a,b\n"))
                .header(false)).rows(1).columns().stream().map(column -> column.text(0)).toList());
    }

    @Test
    void decimalCommasAndThousands() throws IOException {
        CsvFormat semicolons = CsvFormat.DEFAULT.separator(';');
        Table german = Table.read(csv("a;b;c;d\n1,5;1.234;x;0.25\n-,5;1.234.567,8;1,5;7\n2;NA;2;\n"), semicolons);
        assertArrayEquals(new double[] {1.5, -0.5, 2}, german.numbers("a").values());
        assertArrayEquals(new double[] {1234, 1234567.8, Double.NaN}, german.numbers("b").values());
        assertArrayEquals(new String[] {"x", "1,5", "2"}, german.texts("c").values());
        assertArrayEquals(new double[] {0.25, 7, Double.NaN}, german.numbers("d").values());
        // Without a decimal comma anywhere a point is one.
        assertEquals(1.234, Table.read(csv("b;c\n1.234;x\n"), semicolons).numbers("b").values()[0]);
        assertEquals(1.234, Table.read(csv("b;c\n1,234;x\n"), semicolons).numbers("b").values()[0]);
        // Between commas it is the other way round.
        assertEquals(1234.5, Table.read(csv("b,c\n\"1,234.5\",x\n")).numbers("b").values()[0]);
        assertEquals(1234, Table.read(csv("b,c\n\"1,234\",x\n")).numbers("b").values()[0]);
        assertEquals(12.34, Table.read(csv("b,c\n\"12,34\",x\n")).numbers("b").values()[0]);
        assertEquals("1,5", Table.read(csv("b;c\n1,5;x\n"), semicolons.texts("b")).texts("b").values()[0]);
        Refused.data(() -> Table.read(csv("a;b\n1,5;2,5\n1;2,5x\n"), semicolons.numbers("b")), "line 3, column b",
                "2,5x");
        Refused.data(() -> Table.read(csv("a;b\n1,5;2,5\n1;inf\n"), semicolons), "line 3, column b", "inf");
    }

    @Test
    void brokenCsvFiles() throws IOException {
        Refused.data(() -> Table.read(csv("a,b\n1,2\n3\n")), "t.csv: line 3 has 1 fields, expected 2");
        Refused.data(() -> Table.read(csv("a,b\n1,2,3\n")), "line 2 has 3 fields");
        Refused.data(() -> Table.read(csv("a,a\n1,2\n")), "the name a twice");
        Refused.data(() -> Table.read(csv("a,\n1,2\n")), "no name for column 1");
        Refused.data(() -> Table.read(csv("a,b\n")), "has no rows after its header");
        Refused.data(() -> Table.read(csv("")), "has no rows");
        Refused.data(() -> Table.read(csv("a,b\n1,2\n3,NaN\n")), "line 3, column b: \"NaN\" is not a finite number");
        Refused.data(() -> Table.read(csv("a,b\n1,2\n1e999,2\n")), "line 3, column a: \"1e999\"");
        Refused.data(() -> Table.read(csv("a\n1\nx\n"), CsvFormat.DEFAULT.numbers("a")), "line 3, column a: \"x\"");
        Refused.data(() -> Table.read(csv("a\n1\n"), CsvFormat.DEFAULT.numbers("b")), "has no column b");
        Refused.data(() -> Table.read(folder.resolve("none.csv")), "none.csv");
        Refused.data(
                () -> Table.read(Files.write(folder.resolve("latin.csv"),
                        "a\nGr\u00fc\u00dfe\n".getBytes(StandardCharsets.ISO_8859_1))),
                "latin.csv", "UTF-8");
        Refused.data(() -> Table.read(csv("a,b\n1,\"2\n")), "t.csv");
    }

    @Test
    void cleaning() {
        Table table = Table.of(new Column.Numbers("x", new double[] {1, 2, 3, 4, 100, 1}),
                new Column.Texts("y", new String[] {"a", "b", "a", null, "a", "a"}));
        assertEquals(5, table.dropDuplicates().rows());
        // Quartiles 1.25 and 3.75: bounds -2.5 and 7.5.
        Outliers iqr = Outliers.iqr(table, 1.5, "x");
        assertEquals(new Outliers.Bounds("x", -2.5, 7.5), iqr.bounds().get(0));
        assertArrayEquals(new double[] {1, 2, 3, 4, 7.5, 1}, iqr.clip(table).numbers("x").values());
        assertEquals(5, iqr.drop(table).rows());
        Outliers z = Outliers.zScore(table, 2, "x");
        double mean = 111 / 6.0;
        double deviation = Math.sqrt((1 + 4 + 9 + 16 + 10000 + 1) / 6.0 - mean * mean);
        assertEquals(mean + 2 * deviation, z.bounds().get(0).high(), 1e-9);
        assertEquals(5, z.drop(table).rows());
        assertEquals("z", table.fillMissing("y", "z").texts("y").values()[3]);
        assertEquals("A", table.mapTexts("y", text -> text.toUpperCase(Locale.ROOT)).texts("y").values()[0]);
        assertNull(table.rows(3, 0).texts("y").values()[0]);
        Refused.argument(() -> new Column.Numbers("x", new double[] {1, Double.NEGATIVE_INFINITY}),
                "row 1 is -Infinity");
        Refused.argument(() -> table.with(new Column.Numbers("z", new double[2])), "z has 2 rows");
    }

    private static Table people() {
        return Table.of(new Column.Numbers("age", new double[] {20, 40, Double.NaN, 60}),
                new Column.Texts("job", new String[] {"b", "a", "b", null}),
                new Column.Texts("rich", new String[] {"no", "yes", "no", "yes"}));
    }

    @Test
    void tensorsOfTables() {
        TableEncoder encoder = TableEncoder.target("rich").impute(Impute.MEAN).missing(Missing.CATEGORY)
                .unknown(Unknown.ZEROS).fit(people());
        assertEquals(List.of("age", "job=(missing)", "job=a", "job=b"), encoder.names());
        float z = (float) Math.sqrt(1.5);
        assertArrayEquals(new float[] {-z, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, z, 1, 0, 0},
                encoder.features(people()).toFloatArray(), 1e-6f);
        assertArrayEquals(new long[] {0, 1, 0, 1}, encoder.targets(people()).toLongArray());
        assertEquals(List.of("no", "yes"), encoder.classes());
        assertArrayEquals(new long[] {2, 1, 2, 0}, encoder.categoryCodes(people()).toLongArray());
        assertEquals(Shape.of(4, 1), encoder.numberFeatures(people()).shape());
        assertArrayEquals(new String[] {"yes", null}, encoder.label().decode(1, -1));
        // What another table has does not change what was learned.
        Table other = Table.of(new Column.Numbers("age", new double[] {1000}),
                new Column.Texts("job", new String[] {"new"}), new Column.Texts("rich", new String[] {"no"}));
        assertArrayEquals(new float[] {960 / (20 / z), 0, 0, 0}, encoder.features(other).toFloatArray(), 1e-3f);
        TensorDataset data = encoder.dataset(people());
        assertEquals(4, data.size());
        TableEncoder mode = TableEncoder.target("rich").impute(Impute.MEDIAN).missing(Missing.MODE).fit(people());
        assertArrayEquals(new long[] {1, 0, 1, 1}, mode.categoryCodes(people()).toLongArray());
        Refused.data(() -> mode.features(other), "row 0, column job: \"new\"", "[a, b]");
    }

    @Test
    void rareTextsAreUnknown() {
        Table train = Table.of(new Column.Texts("town", new String[] {"Ulm", "Rom", "Ulm", null}),
                new Column.Texts("name", new String[] {"a", "b", "c", "d"}));
        TableEncoder encoder = TableEncoder.target(null).missing(Missing.CATEGORY).unknown(Unknown.ZEROS)
                .minFrequency(2).fit(train);
        // Rom and all names occur once; a table need not have the column of names then.
        assertEquals(List.of("town=(missing)", "town=Ulm"), encoder.names());
        assertArrayEquals(new float[] {0, 1, 0, 0, 0, 1, 1, 0},
                encoder.features(train.drop("name")).toFloatArray());
        Refused.argument(() -> TableEncoder.target(null).missing(Missing.CATEGORY).minFrequency(2).fit(train), "town",
                "less than 2 rows");
    }

    @Test
    void whatWasNotChosenIsAnError() {
        Refused.data(() -> TableEncoder.target("rich").fit(people()).features(people()), "table: row 2, column age",
                "missing");
        Refused.data(() -> TableEncoder.target("rich").impute(Impute.MODE).fit(people()).features(people()),
                "row 3, column job");
        Refused.argument(() -> TableEncoder.target("poor").fit(people()), "no column poor");
        Refused.argument(() -> TableEncoder.target("rich").scale(Scaling.NONE, "job").fit(people()), "job has texts");
        Refused.data(() -> TableEncoder.target(null)
                .fit(Table.of(new Column.Numbers("x", new double[] {Double.NaN}))), "x has no numbers");
    }

    @Test
    void scalings() {
        Table table = Table.of(new Column.Numbers("x", new double[] {1, 2, 3, 4, 10}),
                new Column.Numbers("y", new double[] {5, 5, 5, 5, 5}));
        assertArrayEquals(new float[] {0, 1 / 9f, 2 / 9f, 3 / 9f, 1}, column(table, Scaling.MIN_MAX, 0), 1e-6f);
        assertArrayEquals(new float[] {-1, -0.5f, 0, 0.5f, 3.5f}, column(table, Scaling.ROBUST, 0), 1e-6f);
        assertArrayEquals(new float[] {1, 2, 3, 4, 10}, column(table, Scaling.NONE, 0));
        float deviation = (float) Math.sqrt(10);
        assertArrayEquals(new float[] {-3 / deviation, -2 / deviation, -1 / deviation, 0, 6 / deviation},
                column(table, Scaling.STANDARD, 0), 1e-6f);
        assertArrayEquals(new float[5], column(table, Scaling.STANDARD, 1));
        NumberEncoder encoder = NumberEncoder.fit(table, "x", Impute.ERROR, Scaling.STANDARD);
        assertEquals(10, encoder.decode(6 / Math.sqrt(10)), 1e-9);
        Tensor target = TableEncoder.target("x").scaleTarget(Scaling.MIN_MAX).fit(table).targets(table);
        assertArrayEquals(new float[] {0, 1 / 9f, 2 / 9f, 3 / 9f, 1}, target.toFloatArray(), 1e-6f);
    }

    /** What scikit-learn's rule gives: the mean of numpy.interp from below and from above, then the normal distribution's inverse. */
    @Test
    void quantiles() {
        Table table = Table.of(new Column.Numbers("x", new double[] {10, 1, 2, 2, 2, 7}),
                new Column.Numbers("y", new double[] {5, 5, 5, 5, 5, 5}));
        assertArrayEquals(new float[] {1, 0, 0.4f, 0.4f, 0.4f, 0.8f}, column(table, Scaling.QUANTILE_UNIFORM, 0),
                1e-6f);
        assertArrayEquals(new float[6], column(table, Scaling.QUANTILE_UNIFORM, 1));
        float end = 5.1993375f;
        float of04 = -0.2533471f; // the normal distribution's 0.4 and 0.8
        float of08 = 0.8416212f;
        assertArrayEquals(new float[] {end, -end, of04, of04, of04, of08}, column(table, Scaling.QUANTILE_NORMAL, 0),
                1e-5f);
        assertArrayEquals(new float[] {-end, -end, -end, -end, -end, -end},
                column(table, Scaling.QUANTILE_NORMAL, 1), 1e-5f);

        NumberEncoder uniform = NumberEncoder.fit(table, "x", Impute.MEDIAN, Scaling.QUANTILE_UNIFORM);
        NumberEncoder normal = NumberEncoder.fit(table, "x", Impute.MEDIAN, Scaling.QUANTILE_NORMAL);
        // Between 1 and 2 is a fifth, from 2 to 7 another, and beyond the training rows there is nothing.
        assertEquals(0.1, uniform.encode(1.5), 1e-12);
        assertEquals(0.7, uniform.encode(4.5), 1e-12);
        assertEquals(0, uniform.encode(-100));
        assertEquals(1, uniform.encode(1e9));
        assertEquals(-1.2815515655446004, normal.encode(1.5), 1e-9);
        for (NumberEncoder encoder : List.of(uniform, normal)) {
            for (double number : new double[] {1, 1.5, 2, 4.5, 7, 9.99, 10}) {
                assertEquals(number, encoder.decode(encoder.encode(number)), 1e-6);
            }
        }
        NumberEncoder constant = NumberEncoder.fit(table, "y", Impute.ERROR, Scaling.QUANTILE_UNIFORM);
        assertEquals(1, constant.encode(6));
        assertEquals(5, constant.decode(constant.encode(5)));
        Table one = Table.of(new Column.Numbers("x", new double[] {3}));
        assertArrayEquals(new float[] {0}, column(one, Scaling.QUANTILE_UNIFORM, 0));
    }

    @Test
    void manyNumbersBecomeNormal() {
        double[] skewed = new double[20_001];
        for (int i = 0; i < skewed.length; i++) {
            skewed[i] = Math.exp(i * 5e-4);
        }
        Table table = Table.of(new Column.Numbers("x", skewed));
        float[] uniform = column(table, Scaling.QUANTILE_UNIFORM, 0);
        for (int i = 0; i < skewed.length; i++) {
            assertEquals(i / 20_000.0, uniform[i], 2e-5);
        }
        NumberEncoder.Quantile encoder = (NumberEncoder.Quantile) NumberEncoder.fit(table, "x", Impute.ERROR,
                Scaling.QUANTILE_NORMAL);
        assertEquals(1000, encoder.quantiles().values().length);
        float[] normal = column(table, Scaling.QUANTILE_NORMAL, 0);
        double squares = 0;
        for (float value : normal) {
            squares += value * value;
        }
        assertEquals(1, squares / normal.length, 0.02);
        assertEquals(0, normal[10_000], 1e-4);
    }

    @Test
    void encodersAreSaved() {
        Table table = Table.of(new Column.Numbers("x", new double[] {10, 1, 2, 2, 2, 7}),
                new Column.Numbers("y", new double[] {5, 5, 4, 5, 5, 5}),
                new Column.Texts("job", new String[] {"a", "b", "a", "b", "a", "b"}));
        TableEncoder encoder = TableEncoder.target("job").impute(Impute.MEDIAN).scale(Scaling.QUANTILE_NORMAL, "x")
                .fit(table);
        TableEncoder read = Json.read(Json.write(encoder), TableEncoder.class);
        assertEquals(encoder, read);
        assertEquals(encoder.hashCode(), read.hashCode());
        assertArrayEquals(encoder.features(table).toFloatArray(), read.features(table).toFloatArray());
        // As before there were quantiles.
        assertEquals(new NumberEncoder.Affine("x", 2, 1, 3),
                Json.read("{\"column\": \"x\", \"fill\": 2.0, \"offset\": 1.0, \"scale\": 3.0}", NumberEncoder.class));
        Refused.argument(() -> Json.read(Json.write(encoder).replace("10.0", "0.0"), TableEncoder.class), "quantiles");
        Refused.argument(() -> Json.read("{\"column\": \"x\", \"fill\": 2.0, \"scale\": 3.0}", NumberEncoder.class),
                "offset");
    }

    private static float[] column(Table table, Scaling scaling, int column) {
        return TableEncoder.target(null).scale(scaling).fit(table).features(table).select(1, column).contiguous()
                .toFloatArray();
    }

    @Test
    void realAdult() {
        Table table = Table.read(SharedData.file("adult/adult.data"));
        assertEquals(32_561, table.rows());
        assertEquals(15, table.names().size());
        assertEquals(1836, table.missing().get("workclass"));
        assertEquals(1843, table.missing().get("occupation"));
        assertEquals(583, table.missing().get("native-country"));
        assertEquals(38.58, Arrays.stream(table.numbers("age").values()).average().orElseThrow(), 0.01);
        assertEquals(32_537, table.dropDuplicates().rows());
        assertEquals(30_162, table.dropMissing().rows());
        Table other = table.drop("fnlwgt");
        long[] labels = CategoryEncoder.fit(other, "Y", Missing.ERROR, Unknown.ERROR).encode(other);
        assertEquals(7841, Arrays.stream(labels).sum());
        List<long[]> parts = Splits.stratified(labels, 1, 0.8, 0.2);
        Table train = other.rows(parts.get(0));
        TableEncoder encoder = TableEncoder.target("Y").missing(Missing.CATEGORY).unknown(Unknown.ZEROS).fit(train);
        Tensor features = encoder.features(other.rows(parts.get(1)));
        assertEquals(Shape.of(6512, encoder.names().size()), features.shape());
        assertEquals(List.of("<=50K", ">50K"), encoder.classes());
        Tensor ofTrain = encoder.features(train);
        assertEquals(0, ofTrain.narrow(1, 0, 5).mean(0).abs().amax().item(), 1e-4);
        assertEquals(train.rows() * 8.0, ofTrain.narrow(1, 5, encoder.names().size() - 5).sum().item(), 0.5);
    }
}
