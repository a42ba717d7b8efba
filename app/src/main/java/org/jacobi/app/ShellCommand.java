package org.jacobi.app;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jdk.jshell.tool.JavaShellToolBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code jacobi shell}: the JDK's own shell, with Jacobi imported. */
@Command(name = "shell", description = "Starts JShell with Jacobi imported: every line of Java runs as it is typed.")
final class ShellCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "Files of lines to run first.")
    private List<String> files = new ArrayList<>();

    @Override
    public Integer call() {
        if (ModuleLayer.boot().findModule("jdk.jshell").isEmpty()) {
            throw CommandFailure.usage("this Java (" + System.getProperty("java.home")
                    + ") has no JShell; use a whole JDK, not only a runtime");
        }
        for (String file : files) {
            if (!Files.isRegularFile(Path.of(file))) {
                throw CommandFailure.usage(file + ": there is no such file");
            }
        }
        try {
            Path startup = Files.createTempFile("jacobi", ".jsh");
            try (InputStream lines = ShellCommand.class.getResourceAsStream("shell.jsh")) {
                Files.copy(lines, startup, StandardCopyOption.REPLACE_EXISTING);
                return Tool.start(arguments(startup));
            } finally {
                Files.delete(startup);
            }
        } catch (IOException e) {
            throw CommandFailure.failed("JShell cannot be started: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the shell's arguments: what is typed runs in a JVM with all flags. Unlike the JVM, the shell refuses a
     * class path with an entry that does not exist.
     */
    private List<String> arguments(Path startup) {
        String classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Files.exists(Path.of(entry))).collect(Collectors.joining(File.pathSeparator));
        List<String> arguments = new ArrayList<>(List.of("--class-path", classPath, "--startup", "DEFAULT",
                "--startup", startup.toString(), "--feedback", "concise"));
        JavaProcess.options().forEach(option -> arguments.add("-R" + option));
        arguments.addAll(files);
        return arguments;
    }

    /** Apart, so that the command loads where there is no JShell. */
    private static final class Tool {
        static int start(List<String> arguments) throws IOException {
            try {
                return JavaShellToolBuilder.builder().start(arguments.toArray(String[]::new));
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
