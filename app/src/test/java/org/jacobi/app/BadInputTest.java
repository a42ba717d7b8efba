package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a user gives that cannot be used: one clear line, an exit code of 2, and nothing left behind. */
class BadInputTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void files() throws IOException {
        JacobiRun.text(folder);
        Files.writeString(folder.resolve("empty.txt"), "");
        Files.writeString(folder.resolve("short.txt"), "too short to train on");
        Files.writeString(folder.resolve("greek.txt"), "the qu\u03b9ck");
        Files.writeString(folder.resolve("one.txt"), "t");
        Files.write(folder.resolve("latin1.txt"), new byte[] {'c', 'a', 'f', (byte) 0xE9, '\n'});
        assertEquals(0, JacobiRun.train(folder.resolve("text.txt"), folder.resolve("run"), "--steps", "2").exitCode());
        for (String name : new String[] {"cut", "cut-config", "other-model", "no-model", "no-config", "old-model"}) {
            Files.createDirectory(folder.resolve(name));
            try (Stream<Path> all = Files.list(folder.resolve("run"))) {
                for (Path file : all.toList()) {
                    Files.copy(file, folder.resolve(name).resolve(file.getFileName()));
                }
            }
        }
        cut("cut/model.safetensors");
        cut("cut/optimizer.safetensors");
        cut("cut-config/config.json");
        Path config = folder.resolve("other-model/config.json");
        Files.writeString(config, Files.readString(config).replace("\"channels\" : 8", "\"channels\" : 16"));
        Files.delete(folder.resolve("no-model/model.safetensors"));
        Files.delete(folder.resolve("no-config/config.json"));
        Path state = folder.resolve("old-model/state.json");
        Files.writeString(state, Files.readString(state).replace("\"step\" : 2", "\"step\" : 1"));
    }

    private static void cut(String name) throws IOException {
        Path file = folder.resolve(name);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    }

    /**
     * Each row: the arguments, in which @ stands for the folder and ~ for the tiny recipe; then what the line must say.
     */
    @ParameterizedTest
    @ValueSource(strings = {
        " | missing required subcommand",
        "train | missing required subcommand",
        "trian | there is no command 'trian'; did you mean train?",
        "dance | there is no command 'dance': known are train, generate, evaluate, predict, info, run, shell",
        "train gtp | there is no command 'gtp'; did you mean gpt?",
        "info now | unexpected argument 'now'",
        "train gpt --txet @/text.txt --out @/new | there is no option '--txet'; did you mean --text?",
        "train gpt --steps many --out @/new | invalid value for option '--steps': 'many' is not an int",
        "train gpt --steps 0 --out @/new | --steps 0: expected 1 or more",
        "train gpt --threads 0 --out @/new | --threads 0: expected 1 to 1024",
        "train gpt --device tpu --out @/new | --device tpu: there is no such device; known are cpu, cuda and cuda:N",
        "train gpt --device cuda:9999 --out @/new | --device cuda:9999: ",
        "train mnist --data @ --device cuda:9999 --out @/new | --device cuda:9999: ",
        "train gpt --precision f64 --out @/new | --precision f64: there is no such precision; known are f32, bf16",
        "train mnist --data @ --precision f64 --out @/new | --precision f64: there is no such precision; known are",
        "train gpt --preset huge --out @/new | --preset huge: there is no such preset; known are default,",
        "train gpt --set size=3 --out @/new | --set size: there is no such setting; known are layers, heads,",
        "train gpt --set layers=0 --out @/new | --set layers=0: expected a whole number, 1 to 1000000000",
        "train gpt --set layers=2.5 --out @/new | --set layers=2.5: expected a whole number",
        "train gpt --set layers=99999999999 --out @/new | --set layers=99999999999: expected a whole number",
        "train gpt --set lr=-1 --out @/new | --set lr=-1: expected a number above 0",
        "train gpt --set lr=NaN --out @/new | --set lr=NaN: expected a number above 0",
        "train gpt --set dropout=1 --out @/new | --set dropout=1: expected a number of at least 0 and below 1",
        "train gpt --set bias=yes --out @/new | --set bias=yes: expected true or false",
        "train gpt --set lr --out @/new | should be in KEY=VALUE format but was lr",
        "train gpt --set channels=128 heads=3 --out @/new | channels=128 cannot be shared out among heads=3",
        "train gpt --set lr=0.1 minLr=0.2 --out @/new | minLr=0.2 is above lr=0.1",
        "train gpt --set steps=5 --steps 6 --out @/new | both say how many steps",
        "train gpt --text @/text.txt --set channels=1000000 context=8 --out @/new | make layers, channels,",
        "train gpt ~ --text @/missing.txt --out @/new | --text @/missing.txt: there is no such file",
        "train gpt ~ --text @/empty.txt --out @/new | --text @/empty.txt: the file is empty",
        "train gpt ~ --text @/text.txt @/empty.txt --out @/new | --text @/empty.txt: the file is empty",
        "train gpt ~ --text @/latin1.txt --out @/new | is not UTF-8 text: byte 0xE9 at position 3",
        "train gpt ~ --text @ --out @/new | is a folder, expected a text file",
        "train gpt ~ --text @/short.txt --out @/new | 21 characters are too few",
        "train gpt ~ --text @/text.txt --out @/run | is not empty; give another folder, or --resume",
        "train gpt ~ --text @/text.txt --out @/text.txt | is a file; give a folder",
        "train gpt ~ --text @/text.txt --out @/text.txt/new | cannot be created",
        "train gpt --resume @/new | holds no checkpoint",
        "train gpt --resume @ | holds no checkpoint",
        "train gpt --resume @/run | the run is complete at step 2; give --steps with a larger number",
        "train gpt --resume @/run --text @/missing.txt | --text @/missing.txt: there is no such file",
        "train gpt --resume @/run --steps 4 --seed 5 | --seed 5 contradicts the run",
        "train gpt --resume @/run --steps 4 --precision bf16 | --precision bf16 contradicts the run",
        "train gpt --resume @/run --steps 4 --device cuda:9999 | --device cuda:9999: ",
        "train gpt --resume @/run --steps 4 --out @/new | --out @/new contradicts --resume",
        "train gpt --resume @/run --steps 4 --preset default | --preset default contradicts the run",
        "train gpt --resume @/run --steps 4 --set layers=7 | --set layers=7 contradicts the run",
        "train gpt --resume @/run --steps 4 --text @/greek.txt | is not the text that the run was begun with",
        "train gpt --resume @/cut --steps 4 | model.safetensors",
        "train gpt --resume @/cut-config --steps 4 | config.json: is damaged",
        "train gpt --resume @/no-model --steps 4 | it has no model.safetensors",
        "train gpt --resume @/old-model --steps 4 | is of step 2, but state.json is of step 1",
        "generate | missing required option: '--model=DIR'",
        "generate --model @/new | --model @/new: there is no such folder",
        "generate --model @/text.txt | --model @/text.txt: is a file",
        "generate --model @ | is no run folder, it has no config.json",
        "generate --model @/cut | model.safetensors",
        "generate --model @/cut-config | config.json: is damaged",
        "generate --model @/other-model | has 3,696 parameters, but 1,080 numbers were saved",
        "generate --model @/no-model | it has no model.safetensors",
        "generate --model @/no-config | it has no config.json",
        "generate --model @/run --prompt \u03b1 | --prompt: unknown character '\u03b1' (U+03B1) at position 0",
        "generate --model @/run --prompt= | --prompt: is empty",
        "generate --model @/run --tokens 0 | --tokens 0: expected 1 or more",
        "generate --model @/run --temperature -1 | --temperature -1.0: expected a number of at least 0",
        "generate --model @/run --top-k -1 | --top-k -1: expected 0 (for all) or more",
        "generate --model @/run --top-p 0 | --top-p 0.0: expected a number above 0, at most 1",
        "generate --model @/run --device cuda:9999 | --device cuda:9999: ",
        "evaluate --model @/run --text @/text.txt --device cuda:9999 | --device cuda:9999: ",
        "predict --model @/run --device cuda:9999 @/text.txt | --device cuda:9999: ",
        "evaluate --model @/run --text @/missing.txt | --text @/missing.txt: there is no such file",
        "evaluate --model @/run --text @/empty.txt | the file is empty",
        "evaluate --model @/run --text @/one.txt | has one character",
        "evaluate --model @/run --text @/greek.txt | unknown character '\u03b9' (U+03B9) at position 6",
        "evaluate --model @/cut --text @/text.txt | model.safetensors",
        "run | missing required parameter: 'FILE.java'",
        "run @/Missing.java | @/Missing.java: there is no such file",
        "run @/text.txt | @/text.txt: expected a source file, whose name ends in .java",
        "shell @/missing.jsh | @/missing.jsh: there is no such file",
    })
    void isRefusedInOneLine(String row) throws IOException {
        String[] parts =
                row.replace("@", folder.toString()).replace("~", String.join(" ", JacobiRun.TINY)).split("\\|");
        JacobiRun run = JacobiRun.of(parts[0].isBlank() ? new String[0] : parts[0].strip().split(" "));
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("jacobi: "), run.err());
        assertTrue(run.err().contains(parts[1].strip()), run.err());
        assertEquals(2, run.exitCode());
        assertFalse(Files.exists(folder.resolve("new")));
        assertFalse(Files.exists(folder.resolve("metrics.csv")));
    }
}
