package org.jacobi.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

import org.jacobi.autograd.NoGrad;
import org.jacobi.layers.Layer;
import org.jacobi.layers.ModelSummary;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.train.Callback;
import org.jacobi.layers.train.ConsoleProgress;
import org.jacobi.layers.train.DivergedException;
import org.jacobi.layers.train.Evaluator;
import org.jacobi.layers.train.History;
import org.jacobi.layers.train.Json;
import org.jacobi.layers.train.StepRecord;
import org.jacobi.layers.train.TensorBoard;
import org.jacobi.layers.train.Trainer;
import org.jacobi.layers.train.report.HtmlReport;
import org.jacobi.layers.train.report.Plots;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.WholeFile;

import picocli.CommandLine.Model.CommandSpec;

/**
 * A training of a network and the folder that tells of it: {@code config.json}, the trainer's checkpoints {@code last} and
 * {@code best}, {@code metrics.csv}, pictures, TensorBoard's {@code events} and {@code report.html}.
 */
final class TaskTraining<B> {
    private final CommandSpec command;
    private final StopSignal stop;
    private final Path folder;
    private final TaskConfig config;
    private final Lesson<B> lesson;
    private final Device device;
    private final PrintWriter err;
    private final PrintWriter output;
    private final Pictures pictures;
    private final Usage usage = new Usage();

    TaskTraining(CommandSpec command, StopSignal stop, Path folder, TaskConfig config, Lesson<B> lesson,
            Device device) {
        this.command = command;
        this.stop = stop;
        this.folder = folder;
        this.config = config;
        this.lesson = lesson;
        this.device = device;
        this.err = command.commandLine().getErr();
        this.output = command.commandLine().getOut();
        this.pictures = new Pictures(message -> err.println("jacobi: " + message), stop::requested);
    }

    /**
     * Trains from the last checkpoint in the folder, or from the beginning if there is none, and tells how good the network is.
     *
     * @return the exit code
     */
    int run() {
        try (EpochFiles files = EpochFiles.open(folder, pictures)) {
            return run(files);
        } catch (IOException e) {
            throw stopped(FileErrors.describe(e), e);
        } catch (UncheckedIOException | DataException | DivergedException e) {
            throw stopped(e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw stopped(Main.describe(e), e);
        }
    }

    private int run(EpochFiles files) throws IOException {
        Generator.global().manualSeed(config.training().seed());
        Layer model = lesson.task().model().to(device);
        Trainer<B> trainer = lesson.trainer().apply(model).precision(config.training().precision().type());
        resume(trainer);
        SavedTask.writeConfig(folder, config); // with the epochs and the place of the data that hold from now on
        lesson.task().metrics().forEach(trainer::metric);
        trainer.evaluationStep(lesson.task().measurement(model))
                .callback(new ConsoleProgress(err, Terminal.isStandardErrorTerminal() ? Terminal.width() : 0))
                .callback(new TensorBoard(folder.resolve("events")))
                .callback(files)
                .callback(new Callback() {
                    @Override
                    public void onStepEnd(Trainer<?> each, StepRecord step) {
                        usage.add(step.seconds(), 0);
                        if (stop.requested()) {
                            each.stop();
                        }
                    }
                });
        lesson.task().notes().forEach(err::println);
        err.printf(Locale.ROOT, "%s: %,d parameters; %s%n", folder, parameters(model), DeviceOption.describe(device));
        err.flush();
        stop.watch();
        int epochs = config.training().epochs();
        History history = trainer.fit(lesson.training(), lesson.validation(), epochs);
        if (stop.requested() && history.epochs().size() < epochs) {
            err.println("stopped after step " + trainer.step() + " in epoch " + (history.epochs().size() + 1) + " of "
                    + epochs + ", all is saved; to continue: " + again());
            return StopSignal.INTERRUPTED;
        }
        stop.unwatch(); // all is saved: from here on a signal may end the program at once
        report(model, history);
        return 0;
    }

    private void resume(Trainer<B> trainer) {
        trainer.checkpoints(folder);
        try {
            trainer.resume();
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw CommandFailure.usage("--resume " + folder + ": " + e.getMessage(), e);
        }
        int done = trainer.history().epochs().size();
        if (done >= config.training().epochs()) {
            throw CommandFailure.usage("--resume " + folder + ": the run is complete after epoch " + done
                    + "; give --epochs with a larger number to train on");
        }
    }

    private static long parameters(Layer model) {
        return model.parameters().stream().mapToLong(param -> param.value().numel()).sum();
    }

    // ---- the end ---------------------------------------------------------------------------------------------------

    private void report(Layer model, History history) throws IOException {
        Measured measured = Measured.of(lesson.task(), model, lesson.heldOut());
        output.println("held-out examples, after "
                + (history.bestEpoch() > 0 ? "the best epoch, " + history.bestEpoch()
                        : "epoch " + history.epochs().size())
                + ":");
        measured.print(output);
        output.println(usage.report("a step"));
        HtmlReport report = new HtmlReport(command.name()).settings(settings()).model(summary(model));
        pictures.draw("report.html", () -> {
            report.history(history).metrics("held-out examples", measured.values());
            if (measured.confusion() != null) {
                byte[] picture = Plots.confusionMatrix(measured.confusion(), lesson.task().classes());
                WholeFile.write(folder.resolve("confusion.png"), picture);
                report.picture("Confusion matrix", picture);
            }
            report.write(folder.resolve("report.html"));
        });
        output.println("run folder: " + folder);
        output.println("to measure it on other data: jacobi evaluate --model " + folder + " --data PATH");
        output.println("to use it: jacobi predict --model " + folder + " FILE...");
        output.println("to train on: " + again() + " --epochs " + 2 * config.training().epochs());
    }

    private Map<String, Object> settings() {
        SequencedMap<String, Object> settings = new LinkedHashMap<>();
        for (Record part : List.of(config.training(), (Record) config.recipe())) {
            for (var component : part.getClass().getRecordComponents()) {
                settings.put(component.getName(), Json.get(part, component.getName()));
            }
        }
        settings.put("version", config.version());
        return settings;
    }

    /** Returns the layers as one batch runs through them. */
    private ModelSummary summary(Layer model) {
        var batches = lesson.heldOut().iterator();
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            B batch = Evaluator.besideModel(model, batches.next());
            return ModelSummary.of(model, () -> lesson.task().measurement(model).apply(batch));
        } finally {
            close(batches);
        }
    }

    private static void close(Object iterator) {
        if (iterator instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    // ---- failures --------------------------------------------------------------------------------------------------

    private CommandFailure stopped(String why, Throwable e) {
        String then;
        if (Files.isDirectory(folder.resolve("last"))) {
            then = "The last checkpoint is kept; when this is mended, continue with: " + again();
        } else if (Files.exists(folder.resolve(CheckpointStore.CONFIG))) {
            then = "Nothing was learned yet; when this is mended, begin again with: " + again();
        } else {
            then = "There is no checkpoint in " + folder + "; remove it, and begin again when this is mended";
        }
        return CommandFailure.failed("training stopped: " + why + ". " + then, e);
    }

    private String again() {
        return command.qualifiedName() + " --resume " + folder;
    }
}
