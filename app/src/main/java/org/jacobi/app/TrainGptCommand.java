package org.jacobi.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.Platform;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.transformer.generate.Sampling;
import org.jacobi.transformer.generate.TextGenerator;
import org.jacobi.transformer.tokenizer.ByteTokenizer;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.jacobi.transformer.tokenizer.Tokenizer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi train gpt}: trains a GPT on the characters or the bytes of a text, or continues to. */
@Command(name = "gpt",
        description = "Trains a GPT on the characters or bytes of a text: the first 90%% train, the rest validates.")
final class TrainGptCommand implements Callable<Integer> {
    private static final int DEFAULT_SEED = 1337;
    private static final String CHAR = "char";
    private static final String BYTE = "byte";
    /**
     * A minute's training leaves a model unsure of much, so that most of what it thinks possible is wrong; but where it
     * is too sure, it repeats itself. Hence few candidates and a high temperature.
     */
    private static final Sampling SAMPLING = new Sampling(0.9, 5, 1);
    private static final int SAMPLE_TOKENS = 500;

    @Option(names = "--text", arity = "1..*", paramLabel = "FILE",
            description = "UTF-8 texts, read one after the other. Default: Java sources of this project.")
    private List<Path> texts = List.of();

    @Option(names = "--tokenizer", paramLabel = "NAME",
            description = "char: a token for each character that occurs in the text; byte: one for each byte of UTF-8,"
                    + " so that the model can read any text. Default: char.")
    private String tokenizerName;

    @Option(names = "--preset", paramLabel = "NAME", completionCandidates = GptRecipe.PresetNames.class,
            description = "Recipe: ${COMPLETION-CANDIDATES}.")
    private String preset;

    @Option(names = "--out", paramLabel = "DIR", description = "Run folder. Default: runs/gpt-<date>-<time>.")
    private Path out;

    @Option(names = "--steps", paramLabel = "N", description = "Training steps in all, also with --resume.")
    private Integer steps;

    @Option(names = "--resume", paramLabel = "DIR",
            description = "Continue the run of this folder, to the same bits as if it had never stopped.")
    private Path resume;

    @Option(names = "--seed", paramLabel = "N", description = "Source of all random numbers. Default: 1337.")
    private Long seed;

    @Option(names = "--precision", paramLabel = "TYPE", description = Precision.HELP)
    private String precision;

    @Mixin
    private final DeviceOption device = new DeviceOption();

    @Mixin
    private final ThreadsOption threads = new ThreadsOption();

    @Option(names = "--set", arity = "1..*", paramLabel = "key=value",
            completionCandidates = GptRecipe.SettingNames.class,
            description = "Changes the recipe: ${COMPLETION-CANDIDATES}.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Spec
    private CommandSpec spec;

    private final StopSignal stop;

    TrainGptCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        threads.apply();
        checkTokenizer();
        return resume == null ? begin() : proceed();
    }

    // ---- a new run -------------------------------------------------------------------------------------------------

    /** Begins a run. Whatever can be wrong is found before the run folder is made. */
    private int begin() {
        GptRecipe recipe = recipe();
        Precision computed = precision == null ? Precision.F32 : Precision.of(precision);
        Device where = device.get();
        NewFolder.check(out);
        String text = TextFiles.read(texts);
        Tokenizer tokenizer = BYTE.equals(tokenizerName) ? new ByteTokenizer() : CharTokenizer.of(text);
        Dataset data = Dataset.of(text, tokenizer);
        checkSizes("--set", recipe, data, tokenizer, where);
        RunConfig config = new RunConfig(Main.version(), recipe.model(tokenizer.vocabSize()),
                RunConfig.TokenizerConfig.of(tokenizer), recipe, seed == null ? DEFAULT_SEED : seed, computed,
                new RunConfig.TextSource(absolute(texts), TextFiles.sha256(text), data.all().characters()));
        GptTraining training = new GptTraining(config, data, where);
        boolean made = out == null || Files.notExists(out);
        Path folder = NewFolder.make(out, "gpt");
        try (Metrics metrics = Metrics.open(folder)) {
            metrics.rewindTo(0);
            return run(new GptRun(folder, training, metrics));
        } catch (IOException e) {
            throw cannotGoOn(folder, false, FileErrors.describe(e), e);
        } catch (OutOfMemoryError e) {
            boolean cleared = Metrics.removeEmpty(folder) && (!made || remove(folder));
            throw cannotGoOn(folder, cleared, Main.describe(e), e);
        }
    }

    private GptRecipe recipe() {
        GptRecipe recipe = GptRecipe.preset(preset == null ? "default" : preset);
        for (var setting : settings.entrySet()) {
            recipe = recipe.with(setting.getKey(), setting.getValue());
        }
        if (steps != null) {
            checkSteps();
            recipe = recipe.withSteps(steps);
        }
        List<String> problems = recipe.problems();
        if (!problems.isEmpty()) {
            throw CommandFailure.usage("--set: " + problems.getFirst());
        }
        return recipe;
    }

    private void checkSteps() {
        if (steps < 1) {
            throw CommandFailure.usage("--steps " + steps + ": expected 1 or more");
        }
        if (settings.containsKey("steps")) {
            throw CommandFailure.usage(
                    "--steps and --set steps=... both say how many steps to train; give one of them");
        }
    }

    private void checkTokenizer() {
        if (tokenizerName != null && !tokenizerName.equals(CHAR) && !tokenizerName.equals(BYTE)) {
            throw CommandFailure
                    .usage("--tokenizer " + tokenizerName + ": there is no such tokenizer; known are " + CHAR
                            + ", " + BYTE);
        }
    }

    private static void checkSizes(String whose, GptRecipe recipe, Dataset data, Tokenizer tokenizer,
            Device device) {
        int validation = data.validation().length();
        if (Math.min(validation, data.training().length()) <= recipe.context()) {
            throw CommandFailure.usage("--text: " + data.all().length() + " "
                    + RunConfig.TokenizerConfig.of(tokenizer).kind() + " are too few: " + validation
                    + " of them validate, and a context of " + recipe.context() + " needs more than that many; give a"
                    + " longer text, or --set context=N with a smaller N");
        }
        double bytes = recipe.estimatedBytes(tokenizer.vocabSize());
        long machine = Platform.totalMemoryBytes();
        long limit = SlabAllocator.global().limit();
        boolean limited = machine <= 0 || limit < machine;
        long memory = limited ? limit : machine;
        if (bytes > memory && device == Device.CPU) {
            throw CommandFailure.usage(whose + ": training takes about " + NativeMemory.readable((long) bytes)
                    + " with these sizes, and " + (limited ? "-Djacobi.memory.limit allows " : "this machine has ")
                    + NativeMemory.readable(memory) + "; make layers, channels, context or batch smaller"
                    + (limited ? ", or raise the limit" : ""));
        }
    }

    /** Removes a folder, unless something is in it; returns whether it is gone. */
    private static boolean remove(Path folder) {
        try {
            return Files.deleteIfExists(folder);
        } catch (IOException _) {
            return false;
        }
    }

    private static List<String> absolute(List<Path> files) {
        return files.stream().map(file -> file.toAbsolutePath().normalize().toString()).toList();
    }

    // ---- an old run ------------------------------------------------------------------------------------------------

    /** Continues a run from its last checkpoint. */
    private int proceed() {
        Device where = device.get();
        CheckpointStore store = new CheckpointStore(resume);
        if (!store.exists()) {
            throw CommandFailure.usage(
                    "--resume " + resume + ": holds no checkpoint; give a folder that jacobi train gpt made");
        }
        try (Metrics metrics = Metrics.open(resume)) {
            return run(reopen(store, metrics, where));
        } catch (IOException e) {
            throw cannotGoOn(resume, false, FileErrors.describe(e), e);
        } catch (OutOfMemoryError e) {
            throw cannotGoOn(resume, false, Main.describe(e), e);
        }
    }

    private GptRun reopen(CheckpointStore store, Metrics metrics, Device where) throws IOException {
        try (var _ = TensorScope.open()) {
            Checkpoint checkpoint = store.load();
            RunConfig config = continued(checkpoint);
            Tokenizer tokenizer = config.tokenizer().tokenizer();
            String text = readAgain(config.text());
            if (config.training().steps() <= checkpoint.state().step()) {
                throw CommandFailure.usage("--resume " + resume + ": the run is complete at step "
                        + checkpoint.state().step() + "; give --steps with a larger number to train on");
            }
            GptTraining training;
            try {
                config.requireFit(checkpoint.model());
                Dataset data = Dataset.of(text, tokenizer);
                checkSizes("--resume " + resume, config.training(), data, tokenizer, where);
                training = new GptTraining(config, data, where);
                training.restore(checkpoint);
            } catch (IllegalArgumentException e) {
                throw CommandFailure.usage("--resume " + resume + ": " + e.getMessage(), e);
            }
            metrics.rewindTo(checkpoint.state().step());
            GptRun run = new GptRun(resume, training, metrics);
            run.restore(checkpoint.state());
            return run;
        }
    }

    /** Returns the run's configuration with the new total of steps and place of the text; refuses any other change. */
    private RunConfig continued(Checkpoint checkpoint) {
        RunConfig config = checkpoint.config();
        if (out != null && !out.toAbsolutePath().normalize().equals(resume.toAbsolutePath().normalize())) {
            throw CommandFailure.usage(
                    "--out " + out + " contradicts --resume " + resume + ": a run goes on in its folder");
        }
        if (seed != null && seed != config.seed()) {
            throw CommandFailure.usage(
                    "--seed " + seed + " contradicts the run in " + resume + ", whose seed is " + config.seed());
        }
        if (precision != null && Precision.of(precision) != config.precision()) {
            throw CommandFailure
                    .usage("--precision " + precision + " contradicts the run in " + resume + ", which was begun with "
                            + config.precision() + "; leave it out");
        }
        if (tokenizerName != null
                && tokenizerName.equals(BYTE) != (config.tokenizer().tokenizer() instanceof ByteTokenizer)) {
            throw CommandFailure.usage("--tokenizer " + tokenizerName + " contradicts the run in " + resume
                    + ", whose tokens are " + config.tokenizer().kind() + "; leave it out");
        }
        if (preset != null && !GptRecipe.preset(preset).withSteps(1).equals(config.training().withSteps(1))) {
            throw CommandFailure.usage("--preset " + preset + " contradicts the run in " + resume
                    + ", which was begun with other settings; leave it out");
        }
        settings.forEach((key, value) -> {
            if (!config.training().has(key, value)) {
                throw CommandFailure.usage("--set " + key + "=" + value + " contradicts the run in " + resume
                        + "; of a run only --steps can be changed");
            }
        });
        int total = config.training().steps();
        if (steps != null) {
            checkSteps();
            total = steps;
        }
        return config.with(total, texts.isEmpty() ? config.text().files() : absolute(texts));
    }

    private static String readAgain(RunConfig.TextSource source) {
        String text = TextFiles.read(source.paths());
        if (!TextFiles.sha256(text).equals(source.sha256())) {
            throw CommandFailure.usage((source.files().isEmpty() ? "the default corpus"
                    : "--text " + String.join(" ", source.files()))
                    + ": is not the text that the run was begun with, its SHA-256 differs; give that text with --text");
        }
        return text;
    }

    // ---- both ------------------------------------------------------------------------------------------------------

    /** Returns the failure of a training that cannot go on; says what is saved and how to continue from it. */
    private static CommandFailure cannotGoOn(Path folder, boolean cleared, String why, Throwable e) {
        String then;
        if (new CheckpointStore(folder).exists()) {
            then = "The last checkpoint is kept; when this is mended, continue with: " + again(folder);
        } else if (cleared) {
            then = "Nothing was saved; begin again when this is mended";
        } else {
            then = "There is no checkpoint in " + folder + "; remove it, and begin again when this is mended";
        }
        return CommandFailure.failed("training stopped: " + why + ". " + then, e);
    }

    private static String again(Path folder) {
        return "jacobi train gpt --resume " + folder;
    }

    private int run(GptRun run) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        GptTraining training = run.training();
        GptRecipe recipe = training.config().training();
        Dataset.Part text = training.data().all();
        err.printf(Locale.ROOT, "%s: %d layers, %d channels, %,d parameters; %,d characters %s; %s%n",
                run.folder(), recipe.layers(), recipe.channels(), training.model().parameterCount(), text.characters(),
                String.format(Locale.ROOT, isOfBytes(training) ? "in %,d bytes" : "of %d kinds",
                        isOfBytes(training) ? text.length() : training.config().model().vocabSize()),
                DeviceOption.describe(training.model().device()));
        err.flush();
        stop.watch();
        boolean complete;
        try (Progress progress = new Progress(err, Terminal.isStandardErrorTerminal(), training.step(), recipe.steps(),
                recipe.batch() * recipe.context())) {
            complete = run.train(progress, stop::requested);
        }
        String again = again(run.folder());
        if (!complete) {
            err.println("stopped after step " + training.step() + " of " + recipe.steps()
                    + ", all is saved; to continue: " + again);
            return StopSignal.INTERRUPTED;
        }
        stop.unwatch(); // all is saved: from here on a signal may end the program at once
        report(run, again + " --steps " + 2 * recipe.steps());
        return 0;
    }

    private void report(GptRun run, String again) {
        PrintWriter output = spec.commandLine().getOut();
        Evaluation evaluation = run.training().evaluate();
        double entropy = run.training().data().validation().unigramEntropy();
        String perByte = isOfBytes(run.training())
                ? String.format(Locale.ROOT, "%.4f bits per byte, ", evaluation.bits())
                : "";
        output.printf(Locale.ROOT, "validation loss %.4f (%s%.4f bits per character) on all %,d held-out characters%n",
                evaluation.loss(), perByte, evaluation.bitsPerCharacter(), evaluation.characters());
        double below = 100 * (1 - evaluation.loss() / entropy);
        output.printf(Locale.ROOT, "unigram entropy %.4f: the loss is %.1f%% %s it%n", entropy, Math.abs(below),
                below < 0 ? "above" : "below");
        if (run.bestStep() != run.training().step()) {
            output.printf(Locale.ROOT, "lowest estimate %.4f at step %d%n", run.bestLoss(), run.bestStep());
        }
        output.println(run.usage().report("a step"));
        output.println("sample:");
        output.println(sample(run.training()));
        output.println("run folder: " + run.folder());
        output.println("to write more: jacobi generate --model " + run.folder());
        output.println("to train on: " + again);
    }

    private static boolean isOfBytes(GptTraining training) {
        return training.config().tokenizer().tokenizer() instanceof ByteTokenizer;
    }

    private static String sample(GptTraining training) {
        Tokenizer tokenizer = training.config().tokenizer().tokenizer();
        StringBuilder text = new StringBuilder();
        new TextGenerator(training.model(), tokenizer, SAMPLING, new Generator(training.config().seed())).generate(
                GenerateCommand.defaultPrompt(tokenizer), SAMPLE_TOKENS, text::append);
        return text.toString();
    }
}
