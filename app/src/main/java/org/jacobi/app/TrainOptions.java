package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The options that all trainings of networks have but a GPT's, and how they begin a run or go on with one. */
final class TrainOptions {
    private static final long DEFAULT_SEED = 1;
    private static final int DEFAULT_WORKERS = 1;
    /** What may be said of a run that goes on. */
    private static final Set<String> OF_ALL_RUNS =
            Set.of("--resume", "--data", "--text", "--epochs", "--threads", "--workers",
                    "--device", "--debug");

    @Option(names = {"--data", "--text"}, paramLabel = "PATH",
            description = "The data, as described above; not needed with --resume.")
    private Path data;

    @Option(names = "--out", paramLabel = "DIR", description = "Run folder. Default: runs/<name>-<date>-<time>.")
    private Path out;

    @Option(names = "--epochs", paramLabel = "N",
            description = "How often to go through the training examples in all. With --resume and another number the learning"
                    + " rate goes on as that of a run of so many epochs does there.")
    private Integer epochs;

    @Option(names = "--batch", paramLabel = "N", description = "How many examples a step has.")
    private Integer batch;

    @Option(names = "--lr", paramLabel = "X", description = "Highest learning rate.")
    private Double lr;

    @Option(names = "--seed", paramLabel = "N", description = "Source of all random numbers. Default: 1.")
    private Long seed;

    @Option(names = "--workers", paramLabel = "N",
            description = "Threads that prepare batches ahead; they change no result. Default: 1.")
    private Integer workers;

    @Option(names = "--resume", paramLabel = "DIR",
            description = "Continue the run of this folder, to the same bits as if it had never stopped.")
    private Path resume;

    @Option(names = "--precision", paramLabel = "TYPE", description = Precision.HELP)
    private String precision;

    @Mixin
    private final DeviceOption device = new DeviceOption();

    @Mixin
    private final ThreadsOption threads = new ThreadsOption();

    /** Returns whether a run is gone on with. */
    boolean resumes() {
        return resume != null;
    }

    /**
     * Begins a run, or goes on with one.
     *
     * @param command what was called, whose name is that of the training
     * @param recipe  what the command's own options say
     * @return the exit code
     */
    int run(CommandSpec command, StopSignal stop, Recipe<?> recipe) {
        threads.apply();
        try (var _ = TensorScope.open()) {
            return resumes() ? proceed(command, stop, recipe) : begin(command, stop, recipe);
        }
    }

    /** Begins a run. Whatever can be wrong is found before the run folder is made. */
    private <B> int begin(CommandSpec command, StopSignal stop, Recipe<B> recipe) {
        if (data == null) {
            throw CommandFailure.usage("--data is missing; see " + command.qualifiedName() + " --help");
        }
        Recipe.Defaults defaults = recipe.defaults();
        TrainSettings settings = new TrainSettings(absolute(data), epochs == null ? defaults.epochs() : epochs,
                batch == null ? defaults.batch() : batch, lr == null ? defaults.lr() : lr,
                seed == null ? DEFAULT_SEED : seed, workers == null ? DEFAULT_WORKERS : workers,
                precision == null ? Precision.F32 : Precision.of(precision));
        Device where = device.get();
        NewFolder.check(out);
        Lesson<B> lesson = prepare("", recipe, checked("--", settings));
        Path folder = NewFolder.make(out, command.name());
        TaskConfig config = new TaskConfig(Main.version(), lesson.task(), recipe, settings);
        return new TaskTraining<>(command, stop, folder, config, lesson, where).run();
    }

    /** Continues a run from its last checkpoint. */
    private int proceed(CommandSpec command, StopSignal stop, Recipe<?> recipe) {
        for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
            if (!OF_ALL_RUNS.contains(option.longestName())) {
                throw CommandFailure
                        .usage(option.longestName() + " contradicts --resume: a run goes on with what it was"
                                + " begun with; leave it out");
            }
        }
        SavedModel.requireFolder("--resume", resume);
        TaskConfig config;
        try {
            config = SavedTask.readConfig(resume);
        } catch (IOException e) {
            throw CheckpointStore.unreadable(resume, e);
        }
        if (config.recipe().getClass() != recipe.getClass()) {
            throw CommandFailure.usage("--resume " + resume + ": the run was not begun with "
                    + command.qualifiedName() + "; use the command that began it");
        }
        return proceed(command, stop, config, config.recipe());
    }

    private <B> int proceed(CommandSpec command, StopSignal stop, TaskConfig config, Recipe<B> recipe) {
        Device where = device.get();
        TrainSettings old = config.training();
        TrainSettings settings = new TrainSettings(data == null ? old.data() : absolute(data),
                epochs == null ? old.epochs() : epochs, old.batch(), old.lr(), old.seed(),
                workers == null ? old.workers() : workers, old.precision());
        String whose = "--resume " + resume + ": ";
        Lesson<B> lesson = prepare(whose, recipe, checked(whose, settings));
        if (!lesson.task().equals(config.task())) {
            throw CommandFailure.usage("--resume " + resume + ": " + settings.data()
                    + " is not the data that the run was begun with; give it with --data");
        }
        if (settings.epochs() != old.epochs()) {
            command.commandLine().getErr().println("jacobi: from here on the learning rate is that of a run of "
                    + settings.epochs() + " epochs, not " + old.epochs());
        }
        TaskConfig next = new TaskConfig(config.version(), config.task(), recipe, settings);
        return new TaskTraining<>(command, stop, resume, next, lesson, where).run();
    }

    private static TrainSettings checked(String whose, TrainSettings settings) {
        try {
            return settings.checked();
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(whose + e.getMessage(), e);
        }
    }

    private static <B> Lesson<B> prepare(String whose, Recipe<B> recipe, TrainSettings settings) {
        try {
            return recipe.prepare(settings);
        } catch (DataException e) {
            throw CommandFailure.usage("--data: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(whose + e.getMessage(), e);
        }
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
