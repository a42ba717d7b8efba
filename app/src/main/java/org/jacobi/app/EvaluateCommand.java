package org.jacobi.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import org.jacobi.transformer.tokenizer.ByteTokenizer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi evaluate}: measures how well a model predicts a text. */
@Command(name = "evaluate", description = {
    "Measures how well a trained model predicts a text: every character but the first, each once.",
    "Prints a name and a value on each line: characters, loss (nats), perplexity, bits_per_character; for a model of"
            + " bytes, loss and perplexity are of a byte, and bytes and bits_per_byte follow."
})
final class EvaluateCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder that jacobi train made.")
    private Path folder;

    @Option(names = "--text", required = true, paramLabel = "FILE",
            description = "UTF-8 text of at least two characters.")
    private Path file;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        String text = TextFiles.read(List.of(file));
        SavedModel saved = SavedModel.load(folder);
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
        return 0;
    }
}
