package org.jacobi.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command, run in this JVM.
 *
 * @param exitCode what the shell would see
 * @param out      what it wrote on standard output
 * @param err      what it wrote on standard error
 */
record JacobiRun(int exitCode, String out, String err) {

    /** A recipe that takes no time. */
    static final List<String> TINY = List.of("--set", "layers=1", "heads=2", "channels=8", "context=8", "batch=2",
            "evalInterval=4", "evalBatches=1", "warmup=2");

    static JacobiRun of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), args);
        return new JacobiRun(exitCode, out.toString(), err.toString());
    }

    /** Trains a tiny model. */
    static JacobiRun train(Path text, Path folder, String... more) {
        List<String> args =
                new ArrayList<>(List.of("train", "gpt", "--text", text.toString(), "--out", folder.toString()));
        args.addAll(TINY);
        args.addAll(List.of(more));
        return of(args.toArray(String[]::new));
    }

    /** Writes a text of lower-case words into a folder. */
    static Path text(Path folder) throws IOException {
        return Files.writeString(folder.resolve("text.txt"),
                "the quick brown fox jumps over the lazy dog\n".repeat(10));
    }
}
