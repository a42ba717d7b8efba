package org.jacobi.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.tokenizer.ByteTokenizer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi evaluate}: measures how good a model is. */
@Command(name = "evaluate", description = {
    "Measures how good a trained model is, on a text for a language model, else on data in the format of what it was trained on.",
    "Prints a name and a value on each line. For a GPT, every character but the first is predicted once: characters, loss"
            + " (nats), perplexity, bits_per_character; for a model of bytes, loss and perplexity are of a byte, and bytes and"
            + " bits_per_byte follow. For other networks: the loss and its metrics, and a table of the classes where"
            + " they are few."
})
final class EvaluateCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder that jacobi train made.")
    private Path folder;

    @Option(names = "--text", paramLabel = "FILE",
            description = "UTF-8 text of at least two characters, for a language model.")
    private Path file;

    @Option(names = "--data", paramLabel = "PATH",
            description = "Data for a network that is no language model; jacobi train NAME --help tells the formats.")
    private Path data;

    @Mixin
    private final DeviceOption device = new DeviceOption();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Device where = device.get();
        SavedTask<?> saved = SavedTask.isIn(folder) ? SavedTask.load(folder, where) : null;
        boolean text = saved == null || saved.task() instanceof TextTask;
        require(!text, "--data", data, "--text", file);
        require(text, "--text", file, "--data", data);
        if (saved != null) {
            measure(saved, text ? file : data);
        } else {
            measureText(where);
        }
        return 0;
    }

    private void require(boolean applies, String option, Path given, String other, Path otherGiven) {
        if (applies && (given == null || otherGiven != null)) {
            throw CommandFailure
                    .usage("--model " + folder + ": needs " + option + (otherGiven == null ? "" : ", not " + other)
                            + "; see jacobi evaluate --help");
        }
    }

    private <B> void measure(SavedTask<B> saved, Path path) {
        try (var _ = TensorScope.open()) {
            Measured.of(saved.task(), saved.model(), saved.task().read(path)).print(spec.commandLine().getOut());
        } catch (DataException e) {
            throw CommandFailure.usage((data == null ? "--text " : "--data: ") + e.getMessage(), e);
        }
    }

    private void measureText(Device where) {
        String text = TextFiles.read(List.of(file));
        SavedModel saved = SavedModel.load(folder, where);
        Dataset.Part all;
        try {
            all = Dataset.of(text, saved.tokenizer()).all();
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--text " + file + ": the model cannot read it: " + e.getMessage(), e);
        }
        if (all.characters() < 2) {
            throw CommandFailure
                    .usage("--text " + file + ": has one character; at least two are needed, to predict one from the"
                            + " other");
        }
        Evaluation evaluation = Evaluation.of(saved.model(), saved.model().config().contextLength(), all);
        PrintWriter out = spec.commandLine().getOut();
        out.println("characters " + all.characters());
        out.printf(Locale.ROOT, "loss %.6f%n", evaluation.loss());
        out.printf(Locale.ROOT, "perplexity %.6f%n", evaluation.perplexity());
        out.printf(Locale.ROOT, "bits_per_character %.6f%n", evaluation.bitsPerCharacter());
        if (saved.tokenizer() instanceof ByteTokenizer) {
            out.println("bytes " + all.length());
            out.printf(Locale.ROOT, "bits_per_byte %.6f%n", evaluation.bits());
        }
        spec.commandLine().getErr().println(evaluation.usage().report("a forward pass"));
    }
}
