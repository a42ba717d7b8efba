package org.jacobi.app;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Another JVM that has all the flags Jacobi runs with, and this one's options, class path, streams and fate: a signal
 * that ends this JVM ends the other one first, which may take its time to save.
 */
final class JavaProcess {
    private static final String VECTOR_API = "jdk.incubator.vector";
    private static final String VECTOR_API_WARNING = "WARNING: Using incubator modules: " + VECTOR_API;
    /** Set in a JVM that {@link #restart} started: whatever it still lacks, it does not try again. */
    private static final String RESTARTED = "jacobi.restarted";
    /** Variables whose options this JVM has read and hands on itself. */
    private static final List<String> OPTION_VARIABLES = List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS");

    private JavaProcess() {
    }

    // ---- flags -----------------------------------------------------------------------------------------------------

    /**
     * Returns whether this JVM was started without a flag that {@link #restart} can give it, as by {@code java -jar}. A
     * JVM under a debugger stays: another one could not listen on the same port.
     */
    static boolean lacksFlags() {
        return System.getProperty(RESTARTED) == null
                && ownOptions().stream().noneMatch(option -> option.startsWith("-agentlib:jdwp"))
                && (hasVectorApi() && ModuleLayer.boot().findModule(VECTOR_API).isEmpty()
                        || !JavaProcess.class.getModule().isNativeAccessEnabled());
    }

    private static boolean hasVectorApi() {
        return ModuleFinder.ofSystem().find(VECTOR_API).isPresent();
    }

    private static List<String> ownOptions() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    /**
     * Returns the options of this JVM, after the flags that it should have; a collector that was chosen stays chosen.
     */
    static List<String> options() {
        List<String> own = ownOptions().stream()
                .filter(option -> !option.startsWith("-D" + Terminal.DESCRIPTOR_PROPERTY + "=")).toList();
        boolean collects = own.stream().anyMatch(option -> option.matches("-XX:\\+Use\\w+GC"));
        List<String> options = new ArrayList<>();
        try (InputStream flags = JavaProcess.class.getResourceAsStream("java.flags")) {
            new String(flags.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.startsWith("#") && !(collects && line.startsWith("-XX:+Use")))
                    .forEach(options::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (hasVectorApi()) {
            options.add("--add-modules=" + VECTOR_API);
        }
        options.addAll(own);
        return options;
    }

    // ---- processes -------------------------------------------------------------------------------------------------

    /**
     * Runs the command in a JVM with all flags.
     *
     * @return its exit code
     * @throws IOException if no JVM can be started
     */
    static int restart(String... args) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-D" + RESTARTED + "=true", Main.class.getName()));
        arguments.addAll(List.of(args));
        return await(builder(arguments).start());
    }

    /**
     * Runs the program in a source file. What it writes on standard error passes through this JVM, which drops the
     * JVM's word on the incubating Vector API.
     *
     * @return its exit code; 1 if it does not compile or throws
     * @throws IOException if no JVM can be started
     */
    static int runSource(Path file, List<String> args) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(file.toString()));
        arguments.addAll(args);
        Process program = builder(arguments).redirectError(ProcessBuilder.Redirect.PIPE).start();
        Thread errors = Thread.ofPlatform().name("jacobi-stderr").start(() -> passErrors(program.getErrorStream()));
        int exitCode = await(program);
        try {
            errors.join();
        } catch (InterruptedException _) {
            // the rest of its errors is lost
        }
        return exitCode;
    }

    private static ProcessBuilder builder(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().keySet().removeAll(OPTION_VARIABLES);
        return builder;
    }

    /**
     * Waits for a process. A signal that is to end this JVM meanwhile is passed on, and obeyed when the process has
     * ended; where processes can only be killed, as on Windows, a Ctrl-C reaches it from the console.
     */
    private static int await(Process process) {
        Thread hook = new Thread(() -> {
            if (process.supportsNormalTermination()) {
                process.destroy();
            }
            waitFor(process);
        }, "jacobi-child");
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            int exitCode = waitFor(process);
            Runtime.getRuntime().removeShutdownHook(hook);
            return exitCode;
        } catch (IllegalStateException _) {
            return waitFor(process); // this JVM ends already, with the exit code of its signal
        }
    }

    private static int waitFor(Process process) {
        while (true) {
            try {
                return process.waitFor();
            } catch (InterruptedException _) {
                // nobody else can tell the exit code
            }
        }
    }

    /** Copies whole lines up to the one that is dropped, and from then on bytes as they come. */
    private static void passErrors(InputStream errors) {
        try (var in = new BufferedInputStream(errors)) {
            var line = new ByteArrayOutputStream();
            for (int next; hasVectorApi() && (next = in.read()) >= 0;) {
                line.write(next);
                if (next == '\n') {
                    if (line.toString().strip().equals(VECTOR_API_WARNING)) {
                        line.reset();
                        break;
                    }
                    line.writeTo(System.err);
                    line.reset();
                }
            }
            line.writeTo(System.err);
            in.transferTo(System.err);
        } catch (IOException _) {
            // the program closed its standard error
        }
    }
}
