package org.jacobi.app;

import static org.jacobi.app.Called.succeeding;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.NoGrad;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.generate.Sampling;
import org.jacobi.transformer.generate.TextGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

/**
 * What commands do with --device, on a second device that has the CPU's kernels: whatever is left on the CPU meets an operand
 * elsewhere and is refused, and the numbers are the same.
 */
class OtherDeviceTest {
    private final Device other = new Device("other", Device.CPU.backend());

    @TempDir
    Path folder;

    /** Trains on both devices, and measures and asks the network on both; the arguments are those of the command. */
    private void same(Object command, Path held, Path asked, Object... args) throws IOException {
        Path run = folder.resolve("run");
        List<Object> all = new ArrayList<>(List.of("train", new CommandLine(command).getCommandName()));
        all.addAll(List.of(args));
        all.addAll(List.of("--epochs", 1, "--out", run));
        succeeding(all.toArray());

        try (var _ = TensorScope.open(); StopSignal stop = new StopSignal()) {
            TaskConfig config = SavedTask.readConfig(run);
            Path there = Files.createDirectory(folder.resolve("there"));
            train(command, stop, there, config, config.recipe());
            assertArrayEquals(Files.readAllBytes(run.resolve("last/model.safetensors")),
                    Files.readAllBytes(there.resolve("last/model.safetensors")));
            assertArrayEquals(Files.readAllBytes(run.resolve("last/optimizer.safetensors")),
                    Files.readAllBytes(there.resolve("last/optimizer.safetensors")));
        }
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            SavedTask<?> here = SavedTask.load(run, Device.CPU);
            SavedTask<?> elsewhere = SavedTask.load(run, other);
            assertSame(other, elsewhere.model().device());
            assertEquals(measured(here, held), measured(elsewhere, held));
            assertEquals(predicted(here, asked), predicted(elsewhere, asked));
        }
    }

    private <B> void train(Object command, StopSignal stop, Path there, TaskConfig config, Recipe<B> recipe) {
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(command).setErr(new PrintWriter(err)).setOut(new PrintWriter(err));
        assertEquals(0, new TaskTraining<>(line.getCommandSpec(), stop, there, config,
                recipe.prepare(config.training()), other).run(), err.toString());
    }

    private static <B> Object measured(SavedTask<B> saved, Path held) {
        return Measured.of(saved.task(), saved.model(), saved.task().read(held)).values();
    }

    private List<String> predicted(SavedTask<?> saved, Path asked) {
        return saved.task().predict(saved.model(), asked, 2, folder.resolve("answer.png"));
    }

    @Test
    void tables() throws IOException {
        TrainTabularTest data = new TrainTabularTest();
        data.folder = folder;
        Path table = data.table("a.csv", 1, 60);
        same(new TrainTabularCommand(new StopSignal()), table, table, "--data", table, "--target", "kind", "--drop",
                "id",
                "--widths", 8, "--batch", 16, "--precision", "bf16");
    }

    @Test
    void images() throws IOException {
        Path data = DrawnShapes.folders(folder.resolve("data"), 12, 5);
        Path asked;
        try (var files = Files.list(data.resolve("bar"))) {
            asked = files.findFirst().orElseThrow();
        }
        same(new TrainImagesCommand(new StopSignal()), data, asked, "--data", data, "--size", 16, "--batch", 6,
                "--precision", "bf16");
    }

    @Test
    void recordings() throws IOException {
        TrainAudioTest data = new TrainAudioTest();
        data.folder = folder;
        Path tones = data.tones("01", 2);
        same(new TrainAudioCommand(new StopSignal()), tones, tones.resolve("0_ann_0.wav"), "--data", tones,
                "--held-out",
                "cleo", "--width", 8, "--batch", 4, "--precision", "bf16");
    }

    @Test
    void spokenSequences() throws IOException {
        TrainAudioTest data = new TrainAudioTest();
        data.folder = folder;
        Path tones = data.tones("ab", 2);
        same(new TrainCtcCommand(new StopSignal()), tones, tones.resolve("a_ben_1.wav"), "--data", tones, "--held-out",
                "cleo", "--words", 2, "--channels", 8, "--width", 8, "--batch", 4, "--precision", "bf16");
    }

    @Test
    void segmentation() throws IOException {
        TrainSegmentationTest data = new TrainSegmentationTest();
        data.folder = folder;
        Path discs = data.discs("data", 4, 40);
        same(new TrainSegmentationCommand(new StopSignal()), discs, discs.resolve("images/0.png"), "--data", discs,
                "--crop", 32, "--crops", 2, "--width", 4, "--depth", 2, "--precision", "bf16");
    }

    @Test
    void recurrentLanguageModels() throws IOException {
        TrainLstmTest data = new TrainLstmTest();
        data.folder = folder;
        Path text = data.text();
        same(new TrainLstmCommand(new StopSignal()), text, text, "--text", text, "--width", 8, "--layers", 1,
                "--context",
                16, "--batch", 4, "--precision", "bf16");
    }

    @Test
    void gpts() throws IOException {
        Path text = JacobiRun.text(folder);
        Path run = folder.resolve("run");
        assertEquals(0, JacobiRun.train(text, run, "--steps", "4", "--precision", "bf16").exitCode());
        RunConfig config = CheckpointStore.readConfig(run);
        assertSame(Precision.BF16, config.precision());
        String words = Files.readString(text);
        Dataset data = Dataset.of(words, config.tokenizer().tokenizer());
        try (var _ = TensorScope.open()) {
            GptTraining training = new GptTraining(config, data, other);
            double before = training.estimateValidationLoss();
            for (int i = 0; i < 4; i++) {
                training.next();
            }
            SavedModel here = SavedModel.load(run, Device.CPU);
            SavedModel elsewhere = SavedModel.load(run, other);
            here.model().stateDict().forEach((name, tensor) -> assertArrayEquals(tensor.toFloatArray(),
                    training.model().stateDict().get(name).toFloatArray(), name));
            assertEquals(Evaluation.of(here.model(), 8, data.validation()).loss(),
                    Evaluation.of(elsewhere.model(), 8, data.validation()).loss());
            assertEquals(before, new GptTraining(config, data, Device.CPU).estimateValidationLoss());
            assertEquals(written(here), written(elsewhere));
        }
    }

    private static String written(SavedModel saved) {
        StringBuilder text = new StringBuilder();
        new TextGenerator(saved.model(), saved.tokenizer(), new Sampling(1, 0, 1), new Generator(5)).generate("the", 30,
                text::append);
        return text.toString();
    }
}
