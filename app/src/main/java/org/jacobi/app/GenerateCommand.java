package org.jacobi.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.transformer.generate.Sampling;
import org.jacobi.transformer.generate.TextGenerator;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.jacobi.transformer.tokenizer.Tokenizer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi generate}: has a trained model write. */
@Command(name = "generate", description = "Has a trained model write text, which appears as it is written.")
final class GenerateCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder that jacobi train made.")
    private Path folder;

    @Option(names = "--prompt", paramLabel = "TEXT",
            description = "What the model continues, not empty. Default: a line break, if the model knows it.")
    private String prompt;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "300",
            description = "How many characters to write, or bytes if the model was trained on them. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--temperature", paramLabel = "T", defaultValue = "0.8",
            description = "0 takes the likeliest character each time; 1 draws as the model thinks; between, likely ones"
                    + " become likelier. Default: ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", defaultValue = "0",
            description = "Draw from the K likeliest characters; 0 for all. Default: ${DEFAULT-VALUE}.")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "1",
            description = "Draw from the likeliest characters that together have probability P. Default: "
                    + "${DEFAULT-VALUE}.")
    private double topP;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1337",
            description = "Source of the random numbers; the same seed writes the same text. Default: "
                    + "${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private final DeviceOption device = new DeviceOption();

    @Spec
    private CommandSpec spec;

    private final Usage usage = new Usage();
    private int written;
    private long lastNanos;

    @Override
    public Integer call() {
        if (tokens < 1) {
            throw CommandFailure.usage("--tokens " + tokens + ": expected 1 or more");
        }
        Sampling sampling = sampling();
        Device where = device.get();
        Writer writer = SavedTask.isIn(folder) ? recurrent(sampling, where) : gpt(sampling, where);
        String start = prompt != null ? prompt : defaultPrompt(writer.tokenizer());
        checkPrompt(start, writer.tokenizer());
        PrintWriter out = spec.commandLine().getOut();
        if (prompt != null) {
            write(out, prompt);
        }
        lastNanos = System.nanoTime();
        writer.write().accept(start, text -> take(out, text));
        out.println();
        out.flush();
        spec.commandLine().getErr().println(usage.report("a token"));
        return 0;
    }

    /**
     * A model that goes on with a prompt.
     *
     * @param tokenizer the one it was trained with
     * @param write     takes a prompt, and who takes the text of each token
     */
    private record Writer(Tokenizer tokenizer, BiConsumer<String, Consumer<String>> write) {
    }

    private Writer gpt(Sampling sampling, Device where) {
        SavedModel saved = SavedModel.load(folder, where);
        TextGenerator generator =
                new TextGenerator(saved.model(), saved.tokenizer(), sampling, new Generator(seed));
        return new Writer(saved.tokenizer(), (start, sink) -> generator.generate(start, tokens, sink));
    }

    private Writer recurrent(Sampling sampling, Device where) {
        SavedTask<?> saved = SavedTask.load(folder, where);
        if (!(saved.task() instanceof TextTask task)) {
            throw CommandFailure.usage("--model " + folder + ": is no language model; see jacobi predict");
        }
        return new Writer(task.tokenizer().tokenizer(), (start, sink) -> task.write((TextNetwork) saved.model(), start,
                tokens, sampling, new Generator(seed), sink));
    }

    /** Writes the text of a token, and times the token; what is left over at the end is none. */
    private void take(PrintWriter out, String text) {
        write(out, text);
        long now = System.nanoTime();
        if (written++ < tokens) {
            usage.add((now - lastNanos) * 1e-9, 1);
        }
        lastNanos = now;
    }

    private Sampling sampling() {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw CommandFailure.usage("--temperature " + temperature + ": expected a number of at least 0");
        }
        if (topK < 0) {
            throw CommandFailure.usage("--top-k " + topK + ": expected 0 (for all) or more");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw CommandFailure.usage("--top-p " + topP + ": expected a number above 0, at most 1");
        }
        return new Sampling(temperature, topK, topP);
    }

    private static void checkPrompt(String prompt, Tokenizer tokenizer) {
        if (prompt.isEmpty()) {
            throw CommandFailure.usage("--prompt: is empty; give at least one character, or leave it out");
        }
        try {
            tokenizer.encode(prompt);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--prompt: " + e.getMessage(), e);
        }
    }

    /**
     * Returns what a text starts from that nobody began: a line break, or where that is unknown, the first character.
     */
    static String defaultPrompt(Tokenizer tokenizer) {
        return tokenizer instanceof CharTokenizer characters && !characters.vocabulary().contains("\n")
                ? tokenizer.decode(0)
                : "\n";
    }

    private static void write(PrintWriter out, String text) {
        out.print(text);
        if (out.checkError()) { // flushes too
            throw CommandFailure.failed("standard output was closed", null);
        }
    }
}
