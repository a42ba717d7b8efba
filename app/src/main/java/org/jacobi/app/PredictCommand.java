package org.jacobi.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import org.jacobi.autograd.NoGrad;
import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jacobi predict}: asks a trained network about files. */
@Command(name = "predict", description = {
    "Asks a trained network about files.",
    "Prints a line for each file, with tabs between its fields: the file, the likeliest class and its probability. For other"
            + " networks than those that tell classes, the guide says what is printed.",
    "A file that cannot be used is named on standard error; the others are answered all the same, and the exit code is 2."
})
final class PredictCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder that jacobi train made.")
    private Path folder;

    @Option(names = "--top", paramLabel = "K", defaultValue = "1",
            description = "Print the K likeliest classes, each with its probability. Default: 1.")
    private int top;

    @Option(names = "--out", paramLabel = "DIR",
            description = "Folder for the masks of a network that tells the class of each pixel; made if need be. Default: beside"
                    + " each image.")
    private Path out;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "What to ask about.")
    private List<Path> files;

    @Mixin
    private final DeviceOption device = new DeviceOption();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (top < 1) {
            throw CommandFailure.usage("--top " + top + ": expected 1 or more");
        }
        Device where = device.get();
        if (!SavedTask.isIn(folder)) {
            throw CommandFailure.usage("--model " + folder + ": is a language model; see jacobi generate");
        }
        SavedTask<?> saved = SavedTask.load(folder, where);
        requireOwnAnswers(saved.task());
        PrintWriter lines = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        int exitCode = 0;
        for (Path file : files) {
            try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
                saved.task().predict(saved.model(), file, top, saved.task().answerFile(file, out))
                        .forEach(lines::println);
                lines.flush();
            } catch (DataException e) {
                err.println("jacobi: " + Main.printable(e.getMessage()));
                err.flush();
                exitCode = CommandFailure.USAGE;
            }
        }
        return exitCode;
    }

    /** Refuses files whose answers would go to one place, and makes the folder for answers. */
    private void requireOwnAnswers(Task<?> task) {
        Map<Path, Path> askers = new HashMap<>();
        for (Path file : files) {
            Path answer = task.answerFile(file, out);
            if (answer == null) {
                if (out != null) {
                    throw CommandFailure.usage("--out " + out + ": this network answers in lines and writes no files");
                }
                return;
            }
            Path before = askers.putIfAbsent(answer.toAbsolutePath().normalize(), file);
            if (before != null && !before.equals(file)) {
                throw CommandFailure
                        .usage(before + " and " + file + ": the answers to both would be written to " + answer
                                + "; ask about them one by one" + (out == null ? "" : ", or with another --out"));
            }
        }
        if (out != null) {
            try {
                Files.createDirectories(out);
            } catch (IOException e) {
                throw CommandFailure.usage("--out " + out + ": cannot be created: " + e, e);
            }
        }
    }
}
