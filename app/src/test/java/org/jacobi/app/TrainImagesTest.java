package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import org.jacobi.layers.optim.OneCycleSchedule;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

/** Networks for images by command: trained, gone on with, measured and asked. */
class TrainImagesTest {
    @TempDir
    Path folder;

    private static JacobiRun run(Object... args) {
        return JacobiRun.of(Arrays.stream(args).map(Object::toString).toArray(String[]::new));
    }

    private static JacobiRun succeeding(Object... args) {
        JacobiRun run = run(args);
        assertEquals(0, run.exitCode(), run.err());
        return run;
    }

    private static double number(JacobiRun run, String name) {
        return run.out().lines().filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1))).findFirst().orElseThrow();
    }

    @Test
    void digitsAreLearnedMeasuredAndTold() throws IOException {
        Path data = DrawnShapes.mnist(folder.resolve("data"), 40, 20);
        Path out = folder.resolve("run");
        JacobiRun trained = succeeding("train", "mnist", "--data", data, "--out", out, "--epochs", 8, "--batch", 16,
                "--lr", 0.1);
        assertTrue(number(trained, "accuracy") > 0.9, trained.out());
        for (String said : List.of("held-out examples", "time: ", "memory: ", "precision", "run folder: " + out,
                "jacobi train mnist --resume " + out + " --epochs 16")) {
            assertTrue(trained.out().contains(said), trained.out());
        }
        assertFalse(trained.out().contains("tokens"), trained.out());
        for (String file : List.of("config.json", "metrics.csv", "loss.png", "accuracy.png", "confusion.png",
                "report.html", "events", "best/model.safetensors", "last/optimizer.safetensors")) {
            assertTrue(Files.exists(out.resolve(file)), file);
        }
        List<String> table = Files.readAllLines(out.resolve("metrics.csv"));
        assertEquals(9, table.size());
        assertTrue(table.getFirst().startsWith("epoch,step,lr,grad_norm,train_loss,train_accuracy"), table.getFirst());

        JacobiRun again = succeeding("evaluate", "--model", out, "--data", data);
        assertEquals(number(trained, "accuracy"), number(again, "accuracy"));
        assertEquals(number(trained, "loss"), number(again, "loss"));
        JacobiRun other = succeeding("evaluate", "--model", out, "--data", data.resolve("train-images-idx3-ubyte"));
        assertTrue(number(other, "accuracy") > 0.9, other.out());

        Path cross = DrawnShapes.png(folder.resolve("cross.png"), 1, 28, new Random(5));
        Path broken = Files.writeString(folder.resolve("broken.png"), "no image");
        JacobiRun told = run("predict", "--model", out, "--top", 2, cross, broken, cross);
        assertEquals(2, told.exitCode());
        assertTrue(told.err().contains("broken.png: is no image"), told.err());
        List<String> lines = told.out().lines().toList();
        assertEquals(2, lines.size(), told.out());
        assertEquals(lines.getFirst(), lines.getLast());
        String[] fields = lines.getFirst().split("\t");
        assertEquals(5, fields.length, told.out());
        assertEquals(cross.toString(), fields[0]);
        assertEquals("1", fields[1]);
        assertTrue(Double.parseDouble(fields[2]) > Double.parseDouble(fields[4]), told.out());
    }

    @Test
    void aRunThatIsGoneOnWithEndsWithTheSameBits() throws IOException {
        Path data = DrawnShapes.cifar(folder.resolve("shapes.bin"), 20, 3);
        Object[] recipe = {"train", "cifar", "--data", data, "--batch", 16, "--epochs", 2, "--seed", 7, "--out"};
        Path whole = folder.resolve("whole");
        Path cut = folder.resolve("cut");
        succeeding(with(recipe, whole));

        // Stopped after the first step, and again after the next, in the middle of the first epoch.
        assertStopped(1, "--data", data, "--batch", 16, "--epochs", 2, "--seed", 7, "--out", cut);
        assertStopped(2, "--resume", cut, "--workers", 0);
        JacobiRun resumed = succeeding("train", "cifar", "--resume", cut, "--workers", 2, "--threads", 1);
        assertTrue(resumed.out().contains("held-out examples"), resumed.out());
        for (String file : List.of("last/model.safetensors", "last/optimizer.safetensors", "best/model.safetensors")) {
            assertEquals(-1, Files.mismatch(whole.resolve(file), cut.resolve(file)), file);
        }
        JacobiRun complete = run("train", "cifar", "--resume", cut);
        assertEquals(2, complete.exitCode());
        assertTrue(complete.err().contains("complete after epoch 2; give --epochs"), complete.err());
        JacobiRun changed = run("train", "cifar", "--resume", cut, "--lr", 1);
        assertTrue(changed.err().contains("--lr contradicts --resume"), changed.err());
        JacobiRun other = run("train", "mnist", "--resume", cut, "--epochs", 4);
        assertTrue(other.err().contains("was not begun with jacobi train mnist"), other.err());
        Path else_ = DrawnShapes.cifar(folder.resolve("else.bin"), 20, 4);
        JacobiRun foreign = run("train", "cifar", "--resume", cut, "--epochs", 4, "--data", else_);
        assertEquals(2, foreign.exitCode());
        assertTrue(foreign.err().contains("is not the data that the run was begun with"), foreign.err());
        JacobiRun longer = succeeding("train", "cifar", "--resume", cut, "--epochs", 3);
        assertTrue(longer.err().contains("the learning rate is that of a run of 3 epochs, not 2"), longer.err());
        List<String> table = Files.readAllLines(cut.resolve("metrics.csv"));
        assertEquals(4, table.size());
        String[] third = table.getLast().split(",");
        assertEquals(new OneCycleSchedule(0.1, 9).at(8), Double.parseDouble(third[2]), "the last of nine steps");
    }

    private static Object[] with(Object[] args, Object... more) {
        return Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray();
    }

    /** Runs the command with a stop that is asked for already: it ends after one step. */
    private static void assertStopped(int step, Object... args) {
        StopSignal stop = new StopSignal();
        stop.request();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new TrainCifarCommand(stop)).setErr(new PrintWriter(err));
        assertEquals(StopSignal.INTERRUPTED,
                line.execute(Arrays.stream(args).map(Object::toString).toArray(String[]::new)), err.toString());
        stop.close();
        assertTrue(err.toString().contains("stopped after step " + step + " in epoch 1 of 2, all is saved"),
                err.toString());
    }

    @Test
    void foldersOfFilesAreClasses() throws IOException {
        Path data = DrawnShapes.folders(folder.resolve("data"), 30, 5);
        Path out = folder.resolve("run");
        JacobiRun trained = succeeding("train", "images", "--data", data, "--out", out, "--size", 24, "--epochs", 10,
                "--batch", 12, "--no-augment");
        assertTrue(number(trained, "accuracy") >= 7.0 / 9, trained.out());
        assertTrue(trained.out().contains("frame"), trained.out());
        // A part of the classes will do to measure; their names count, not their places.
        Path part = DrawnShapes.folders(folder.resolve("part"), 10, 6);
        try (var files = Files.list(part.resolve("bar"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(part.resolve("bar"));
        JacobiRun measured = succeeding("evaluate", "--model", out, "--data", part);
        assertTrue(number(measured, "accuracy") > 0.7, measured.out());
        assertTrue(measured.out().lines().anyMatch(line -> line.matches("bar +0 .*")), measured.out());
        Files.move(part.resolve("cross"), part.resolve("circle"));
        JacobiRun unknown = run("evaluate", "--model", out, "--data", part);
        assertEquals(2, unknown.exitCode());
        assertTrue(unknown.err().contains("is of class circle, but the classes are bar, cross, frame"),
                unknown.err());
    }

    @Test
    void partsMayBeGivenAndWeightsToo() throws IOException {
        Path data = folder.resolve("data");
        DrawnShapes.folders(data.resolve("train"), 6, 5);
        DrawnShapes.folders(data.resolve("val"), 3, 6);
        Path first = folder.resolve("first");
        succeeding("train", "images", "--data", data, "--out", first, "--size", 16, "--epochs", 1, "--batch", 6);
        Path weights = first.resolve("best/model.safetensors");
        succeeding("train", "images", "--data", data, "--out", folder.resolve("second"), "--size", 16, "--epochs", 1,
                "--weights", weights);
        JacobiRun misfit = run("train", "images", "--data", data, "--out", folder.resolve("third"), "--size", 32,
                "--network", "resnet18", "--epochs", 1, "--weights", weights);
        assertEquals(2, misfit.exitCode());
        assertTrue(misfit.err().contains("does not fit resnet18"), misfit.err());
        // A head for other classes stays out, also of a network whose last tensors are no head's.
        Path shapes = DrawnShapes.folders(folder.resolve("two"), 12, 7);
        Path residual = folder.resolve("residual");
        succeeding("train", "images", "--data", shapes, "--out", residual, "--size", 32, "--network", "resnet18",
                "--epochs", 1, "--batch", 12);
        deleteAll(shapes.resolve("frame"));
        succeeding("train", "images", "--data", shapes, "--out", folder.resolve("other"), "--size", 32, "--network",
                "resnet18", "--epochs", 1, "--weights", residual.resolve("best/model.safetensors"));
        Files.move(data.resolve("val/bar"), data.resolve("bar"));
        JacobiRun missing = run("train", "images", "--data", data, "--out", folder.resolve("fourth"));
        assertEquals(2, missing.exitCode());
        assertTrue(missing.err().contains("val: has no folder bar, but this is a class"), missing.err());
    }

    @Test
    void partsMayHaveOtherNamesOrBeMissing() throws IOException {
        Path data = folder.resolve("data");
        DrawnShapes.folders(data.resolve("train"), 20, 5);
        DrawnShapes.folders(data.resolve("test"), 5, 6);
        Object[] args = {"train", "images", "--data", data, "--size", 16, "--epochs", 1, "--batch", 6, "--out"};
        // All of test is held out, and a tenth of train compares epochs.
        JacobiRun run = succeeding(with(args, folder.resolve("a")));
        assertTrue(run.out().matches("(?s).*\\nbar +5 .*"), run.out());
        Files.move(data.resolve("test"), data.resolve("valid"));
        assertTrue(succeeding(with(args, folder.resolve("b"))).out().matches("(?s).*\\nbar +5 .*"));
        deleteAll(data.resolve("valid"));
        run = succeeding(with(args, folder.resolve("c")));
        assertTrue(run.out().matches("(?s).*\\nbar +2 .*"), run.out());
        // What is no part is a class, even if its name is train.
        Files.move(data.resolve("train/bar"), data.resolve("plane"));
        assertTrue(succeeding(with(args, folder.resolve("d"))).out().matches("(?s).*\\ntrain +4 .*"));
        deleteAll(data.resolve("plane"));
        deleteAll(data.resolve("train/cross"));
        assertRefused("train: all images are of one class, frame", with(args, folder.resolve("e")));
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    // ---- bad input -------------------------------------------------------------------------------------------------

    @Test
    void whatCannotBeUsedIsNamedBeforeAnythingIsMade() throws IOException {
        Path out = folder.resolve("out");
        Path mnist = DrawnShapes.mnist(folder.resolve("mnist"), 12, 4);
        Files.delete(mnist.resolve("t10k-labels-idx1-ubyte"));
        assertRefused("its labels are missing", "train", "mnist", "--data", mnist, "--out", out);
        assertRefused("--data is missing", "train", "mnist", "--out", out);
        assertRefused("epochs 0: expected 1 or more", "train", "mnist", "--data", mnist, "--epochs", 0);

        Path cifar = DrawnShapes.cifar(folder.resolve("a.bin"), 10, 1);
        byte[] bytes = Files.readAllBytes(cifar);
        bytes[3073 * 5] = 11;
        Path wrong = Files.write(folder.resolve("wrong.bin"), bytes);
        assertRefused("the class of image 5, at offset 15365, is 11", "train", "cifar", "--data", wrong, "--out", out);
        Path shorter = Files.write(folder.resolve("short.bin"), Arrays.copyOf(bytes, 5000));
        assertRefused("has 5000 bytes", "train", "cifar", "--data", shorter, "--out", out);
        assertRefused("there is no such", "train", "cifar", "--data", folder.resolve("none"), "--out", out);

        Path images = DrawnShapes.folders(folder.resolve("images"), 4, 1);
        Path broken = Files.writeString(images.resolve("cross/image9.png"), "no image");
        assertRefused("image9.png: is no image", "train", "images", "--data", images, "--out", out);
        Files.delete(broken);
        Files.createDirectory(images.resolve("empty"));
        assertRefused("empty: has no images", "train", "images", "--data", images, "--out", out);
        DrawnShapes.png(images.resolve("empty/one.png"), 1, 20, new Random(1));
        assertRefused("class empty has 1 image; 3 at least are needed", "train", "images", "--data", images, "--out",
                out);
        Files.delete(images.resolve("empty/one.png"));
        Files.delete(images.resolve("empty"));
        assertRefused("resnet18 takes 32 to 4096", "train", "images", "--data", images, "--out", out, "--network",
                "resnet18", "--size", 16);
        assertFalse(Files.exists(out));
        assertRefused("is not empty", "train", "images", "--data", images, "--out", folder);
    }

    @Test
    void aDamagedRunFolderIsRefused() throws IOException {
        Path data = DrawnShapes.cifar(folder.resolve("a.bin"), 10, 1);
        Path out = folder.resolve("run");
        succeeding("train", "cifar", "--data", data, "--out", out, "--epochs", 1, "--batch", 8);
        assertRefused("needs --data, not --text", "evaluate", "--model", out, "--text", data);
        assertRefused("needs --data", "evaluate", "--model", out);
        assertRefused("there is no such file", "evaluate", "--model", out, "--data", folder.resolve("none"));
        Path config = out.resolve("config.json");
        String good = Files.readString(config);
        for (String[] change : new String[][] {{"\"task\" : \"images\"", "\"task\" : \"dreams\""},
            {"\"channels\" : 3", "\"channels\" : 2"}, {"\"airplane\", ", ""}, {"\"small\"", "\"resnet18\""},
            {"\"height\" : 32", "\"height\" : 1000000"}, {"\"mean\"", "\"meen\""}, {"}", ""}}) {
            String bad = good.replace(change[0], change[1]);
            assertFalse(bad.equals(good), change[0]);
            Files.writeString(config, bad);
            for (String[] command : new String[][] {{"evaluate", "--model", out.toString(), "--data",
                data.toString()}, {"predict", "--model", out.toString(), "x.png"}}) {
                assertRefused(out.toString(), (Object[]) command);
            }
        }
        Files.writeString(config, good);
        Path model = out.resolve("best/model.safetensors");
        byte[] bytes = Files.readAllBytes(model);
        Files.write(model, Arrays.copyOf(bytes, bytes.length / 2));
        assertRefused("model.safetensors", "evaluate", "--model", out, "--data", data);
    }

    private static void assertRefused(String reason, Object... args) {
        JacobiRun run = run(args);
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(run.err().contains(reason), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
    }

    // ---- real data -------------------------------------------------------------------------------------------------

    private static Path real(String name) {
        Path root = Path.of(System.getProperty("jacobi.root", "..")).toAbsolutePath().normalize();
        Path file = root.resolveSibling("shared").resolve("data").resolve(name);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return file;
    }

    @Test
    void realPhotographsAreLearnedBetterThanByChance() throws IOException {
        byte[] all = Files.readAllBytes(real("cifar10/train_4000.bin"));
        Path some = Files.write(folder.resolve("some.bin"), Arrays.copyOf(all, 600 * 3073));
        Path others = Files.write(folder.resolve("others.bin"), Arrays.copyOfRange(all, 600 * 3073, 900 * 3073));
        Path out = folder.resolve("run");
        succeeding("train", "cifar", "--data", some, "--out", out, "--epochs", 4, "--batch", 32);
        JacobiRun measured = succeeding("evaluate", "--model", out, "--data", others);
        assertTrue(number(measured, "accuracy") > 0.2, measured.out());
        assertEquals(10, measured.out().lines().filter(line -> line.matches("[a-z]+ +[0-9]+ .*")).count(),
                measured.out());
    }
}
