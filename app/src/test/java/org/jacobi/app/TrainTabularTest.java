package org.jacobi.app;

import static org.jacobi.app.Called.number;
import static org.jacobi.app.Called.refused;
import static org.jacobi.app.Called.run;
import static org.jacobi.app.Called.succeeding;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks for tables by command. */
class TrainTabularTest {
    @TempDir
    Path folder;

    /** Writes rows whose class follows from a number and a text, some of which are missing. */
    Path table(String name, long seed, int rows) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("id; size ;colour;kind\n");
        for (int i = 0; i < rows; i++) {
            double size = random.nextGaussian();
            boolean red = random.nextBoolean();
            String kind = size + (red ? 1 : -1) > 0 ? "big" : size > -1 ? "middle" : "small";
            text.append(i).append(';').append(random.nextInt(20) == 0 ? "?" : Double.toString(size)).append(';')
                    .append(random.nextInt(20) == 0 ? "" : red ? "red" : "blue").append(';').append(kind).append('\n');
        }
        return Files.writeString(folder.resolve(name), text.toString());
    }

    private Path csv(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    @Test
    void learnsFromATableAndKnowsOtherRowsOfTheSameKind() throws IOException {
        Path model = folder.resolve("run");
        succeeding("train", "tabular", "--data", table("a.csv", 1, 400), "--target", "kind", "--drop", "id", "--widths",
                "16", "--batch", 16, "--lr", 0.02, "--epochs", 15, "--out", model);
        JacobiRun measured = succeeding("evaluate", "--model", model, "--data", table("b.csv", 2, 300));
        assertTrue(number(measured, "accuracy") > 0.85, measured.out());
        assertTrue(number(measured, "auc") > 0.9, measured.out());

        // Without the target, with another column, in another order, and with a colour that was never seen.
        Path asked = csv("c.csv", "more,colour,size", "1,red,2.5", "2,green,-3");
        List<String> lines = succeeding("predict", "--model", model, "--top", 3, asked).out().lines().toList();
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).startsWith(asked + ": line 2\tbig\t"), lines.get(0));
        assertTrue(lines.get(1).startsWith(asked + ": line 3\tsmall\t"), lines.get(1));
        assertEquals(7, lines.get(1).split("\t").length);
    }

    @Test
    void classesMayLookLikeNumbers() throws IOException {
        Path data = Files.writeString(folder.resolve("n.csv"), "x,y\n" + "0.1,0.0\n0.9,1.0\n".repeat(40));
        Path model = folder.resolve("run");
        succeeding("train", "tabular", "--data", data, "--target", "y", "--epochs", 5, "--batch", 8, "--out", model);
        assertEquals(1, number(succeeding("evaluate", "--model", model, "--data", data), "accuracy"));
    }

    /** Writes rows of a price, which follows from a size and a town, with some other columns. */
    private Path prices(String name, long seed, int rows, String separator) throws IOException {
        Random random = new Random(seed);
        StringBuilder text =
                new StringBuilder("\uFEFF" + String.join(separator, "key", "size", "town", "none", "price") + "\r\n");
        for (int i = 0; i < rows; i++) {
            double size = 20 + 100 * random.nextDouble();
            String town = List.of("Ulm", "Rom", "\"New\nYork\"").get(random.nextInt(3));
            double price = 1000 * size + (town.equals("Ulm") ? 50_000 : 0) + 1000 * random.nextGaussian();
            text.append(String.join(separator, "k" + seed + "-" + i, Double.toString(size), town, "",
                    String.format(Locale.ROOT, "%.2f", price))).append("\r\n");
        }
        return Files.writeString(folder.resolve(name), text.toString());
    }

    @Test
    void quantitiesAreLearnedMeasuredAndToldInTheirOwnUnit() throws IOException {
        Path model = folder.resolve("run");
        JacobiRun trained = succeeding("train", "tabular", "--data", prices("a.csv", 1, 400, ","), "--target", "price",
                "--widths", 32, "--dropout", 0, "--batch", 16, "--lr", 0.02, "--epochs", 20, "--out", model);
        assertTrue(number(trained, "r2") > 0.95, trained.out());
        Path other = prices("b.csv", 2, 200, "\t");
        JacobiRun measured = succeeding("evaluate", "--model", model, "--data", other);
        double rmse = number(measured, "rmse");
        assertTrue(number(measured, "r2") > 0.95, measured.out());
        assertTrue(number(measured, "mae") <= rmse && rmse < 7500, measured.out());
        assertTrue(Files.exists(model.resolve("rmse.png")));

        // The keys never occurred twice, so that nobody need have them; the error of one answer is about that of all.
        List<String> lines =
                succeeding("predict", "--model", model, csv("c.csv", "town,size,none", "Ulm,70,", "Bonn,30,x"))
                        .out().lines().toList();
        assertEquals(120_000, Double.parseDouble(lines.get(0).split("\t")[1]), 20_000);
        assertTrue(lines.get(1).startsWith(folder.resolve("c.csv") + ": line 3\t"), lines.get(1));
        refused(run("predict", "--model", model, csv("d.csv", "town,none", "Ulm,")), "d.csv", "no column size");
        refused(run("evaluate", "--model", model, "--data", csv("d.csv", "town,size,none,price", "Ulm,1,,cheap")),
                "d.csv: line 2", "column price", "cheap");
    }

    @Test
    void whatATargetIsFollowsFromItsValuesOrIsSaid() throws IOException {
        Path data = Files.writeString(folder.resolve("n.csv"), "x,y\n" + "1,0\n2,1\n3,2\n".repeat(30));
        Object[] args = {"train", "tabular", "--data", data, "--target", "y", "--epochs", 1, "--out"};
        assertTrue(succeeding(with(args, folder.resolve("classes"))).out().contains("accuracy"));
        JacobiRun said = succeeding(with(args, folder.resolve("numbers"), "--task", "regression"));
        assertTrue(said.out().contains("rmse"), said.out());
        assertTrue(Files.readString(folder.resolve("numbers/config.json")).contains("\"kind\" : \"REGRESSION\""));
        Path halves = Files.writeString(folder.resolve("h.csv"), "x,y\n" + "1,0.5\n2,1\n".repeat(30));
        args[3] = halves;
        assertTrue(succeeding(with(args, folder.resolve("halves"))).out().contains("rmse"));
        refused(run(with(args, folder.resolve("x"), "--task", "sorting")), "--task", "[classification, regression]");
        args[3] = Files.writeString(folder.resolve("t.csv"), "x,y\n" + "1,a\n2,b\n".repeat(30));
        refused(run(with(args, folder.resolve("x"), "--task", "regression")), "line 2, column y", "\"a\"");
    }

    private static Object[] with(Object[] args, Object... more) {
        return Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray();
    }

    @Test
    void theTestPartOfTheAdultSetWritesItsClassesWithADot() throws IOException {
        Path model = folder.resolve("run");
        succeeding("train", "tabular", "--data", table("a.csv", 1, 120), "--target", "kind", "--drop", "id", "--epochs",
                1,
                "--out", model);
        JacobiRun plain = succeeding("evaluate", "--model", model, "--data",
                csv("p.csv", "size,colour,kind", "1,red,big", "-2,blue,small"));
        JacobiRun dots = succeeding("evaluate", "--model", model, "--data",
                csv("d.csv", "size,colour,kind", "1,red,big.", "-2,blue,small."));
        assertEquals(plain.out(), dots.out());
    }

    @Test
    void filesMayHaveNoHeader() throws IOException {
        // As the Adult set comes: the part to learn from has none, and the one for tests begins with a comment and has dots.
        List<String> rows = Files.readAllLines(table("a.csv", 1, 200)).stream().skip(1)
                .map(line -> line.replace(";", ", ")).toList();
        Path data = Files.write(folder.resolve("plain.data"), rows);
        List<String> others = Files.readAllLines(table("b.csv", 2, 100)).stream().skip(1)
                .map(line -> line.replace(";", ", ")).toList();
        Path test = Files.writeString(folder.resolve("plain.test"),
                "|1x3 Cross validator\n" + String.join(".\n", others) + ".\n\n");
        Path model = folder.resolve("run");
        Object[] args = {"train", "tabular", "--data", data, "--target", "c3", "--drop", "c0", "--widths", "16",
            "--batch", 16, "--lr", 0.02, "--epochs", 5, "--out", model};
        refused(run(args), "plain.data", "no column c3", "--no-header");
        JacobiRun trained = succeeding(with(args, "--no-header"));
        assertTrue(trained.err().contains("columns of numbers: c1\ncolumns of texts: c2 (3)\n"), trained.err());
        double accuracy = number(succeeding("evaluate", "--model", model, "--data", test), "accuracy");
        assertTrue(accuracy > 0.7, "" + accuracy);

        // The other way round: the names of a header hold for files without one, and the target may be missing then.
        args[3] = folder.resolve("a.csv");
        args[5] = "kind";
        args[7] = "id";
        args[17] = folder.resolve("named");
        succeeding(args);
        assertEquals(accuracy, number(succeeding("evaluate", "--model", args[17], "--data", test), "accuracy"));
        assertEquals(succeeding("predict", "--model", model, csv("c.csv", "7,2.5,red", "8,-3,blue")).out(),
                succeeding("predict", "--model", args[17], csv("c.csv", "7,2.5,red", "8,-3,blue")).out());
        refused(run("evaluate", "--model", args[17], "--data", csv("c.csv", "7,2.5,red", "8,-3,blue")), "c.csv",
                "no column");
        refused(run("evaluate", "--model", args[17], "--data", csv("d.csv", "7,2.5,red,big", "8,x,blue,big")),
                "d.csv: line 2, column size");
        refused(run("train", "tabular", "--no-header", "--data", data, "--target", "kind", "--out",
                folder.resolve("x")),
                "no column kind", "[c0, c1, c2, c3]");
    }

    @Test
    void decimalCommasAreNumbers() throws IOException {
        Path points = prices("a.csv", 1, 200, ";");
        Path commas = Files.writeString(folder.resolve("b.csv"), Files.readString(points).replace('.', ','));
        Object[] args = {"train", "tabular", "--data", points, "--target", "price", "--epochs", 2, "--out",
            folder.resolve("points")};
        JacobiRun ofPoints = succeeding(args);
        args[3] = commas;
        args[9] = folder.resolve("commas");
        JacobiRun ofCommas = succeeding(args);
        assertEquals(number(ofPoints, "rmse"), number(ofCommas, "rmse"));
        assertTrue(ofCommas.err().contains("columns of numbers: size\n"), ofCommas.err());
        assertEquals(succeeding("evaluate", "--model", args[9], "--data", points).out(),
                succeeding("evaluate", "--model", args[9], "--data", commas).out());
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        Path data = table("a.csv", 1, 120);
        Path out = folder.resolve("x");
        refused(run("train", "tabular", "--data", data), "--target");
        refused(run("train", "tabular", "--data", data, "--target", "sort", "--out", out), "a.csv", "no column sort");
        refused(run("train", "tabular", "--data", data, "--target", "kind", "--drop", "weight", "--out", out), "weight",
                "--drop");
        refused(run("train", "tabular", "--data", data, "--target", "id", "--task", "classification", "--out", out),
                "a.csv", "class 0 has 1 examples");
        refused(run("train", "tabular", "--data", csv("k.csv", "name,y", "p,1", "q,2", "r,1", "s,2", "t,1", "u,2"),
                "--target", "y", "--out", out), "k.csv", "no feature", "name: 6 different texts");
        refused(run("train", "tabular", "--data", folder.resolve("none.csv"), "--target", "y", "--out", out),
                "none.csv");
        String[] rows = {"x,y", "1,a", "2,a", "3,a", "4,b", "5,b", "6,b", ""};
        for (String[] bad : new String[][] {{"NaN,b", "line 8", "column x", "NaN"}, {"7", "line 8", "1 fields"},
            {"7,", "line 8", "column y", "missing"}, {"7,c", "class c", "1 examples"}}) {
            rows[7] = bad[0];
            bad[0] = "d.csv";
            refused(run("train", "tabular", "--data", csv("d.csv", rows), "--target", "y", "--out", out), bad);
        }
        assertTrue(Files.notExists(out));

        Path model = folder.resolve("run");
        succeeding("train", "tabular", "--data", data, "--target", "kind", "--epochs", 1, "--out", model);
        refused(run("evaluate", "--model", model, "--data", csv("h.csv", "id,size,colour,kind", "1,1,red,big",
                "2,1,red,huge")), "h.csv: line 3", "huge", "big");
        refused(run("evaluate", "--model", model, "--data", csv("h.csv", "id,size,colour,kind", "1,large,red,big")),
                "h.csv: line 2", "column size", "large");
        refused(run("predict", "--model", model, csv("i.csv", "id,colour", "1,red")), "i.csv", "no column size");
        refused(run("predict", "--model", model, "--out", folder.resolve("masks"),
                csv("j.csv", "size,colour", "1,red")),
                "--out", "writes no files");
    }
}
