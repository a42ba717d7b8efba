package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code jacobi run}: runs a program that uses Jacobi from its source file. */
@Command(name = "run",
        description = "Runs a Java program that uses Jacobi, straight from its source file. The exit code is"
                + " the program's own: 1 if it throws, or does not compile.")
final class RunCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE.java",
            description = "The program, for example with nothing but void main(). It may use classes of source files beside it.")
    private Path file;

    @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "What the program is given.")
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        if (!file.toString().endsWith(".java")) {
            throw CommandFailure.usage(file + ": expected a source file, whose name ends in .java");
        }
        if (!Files.isRegularFile(file)) {
            throw CommandFailure.usage(file + (Files.exists(file) ? ": is no file" : ": there is no such file"));
        }
        try {
            return JavaProcess.runSource(file, arguments);
        } catch (IOException e) {
            throw CommandFailure.failed("java cannot be started: " + e.getMessage(), e);
        }
    }
}
