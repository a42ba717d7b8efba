package org.jacobi.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jacobi.natives.OutOfNativeMemoryError;
import org.jacobi.natives.Settings;
import org.jacobi.natives.SlabAllocator;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code jacobi} command. */
@Command(name = "jacobi", scope = ScopeType.INHERIT, mixinStandardHelpOptions = true, versionProvider = Main.class,
        description = {"Trains and runs neural networks written from scratch in Java.",
            "Benchmarks are a program of their own: ./jacobi bench --help"},
        exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
            "0:done",
            "1:failed while it worked",
            "2:the command line, or a file that it names, cannot be used; nothing was done",
            "130:stopped by Ctrl-C, after saving (143: by the system)"
        })
public final class Main implements IVersionProvider {
    /** A word that differs more from what was typed was hardly meant. */
    private static final int MAX_TYPING_ERRORS = 2;

    @Option(names = "--debug", scope = ScopeType.INHERIT,
            description = "Print the stack trace of a failure; so does setting JACOBI_DEBUG.")
    private boolean debug;

    /**
     * Runs the command and ends the JVM with its exit code. A JVM that lacks flags, as after {@code java -jar},
     * has another one do so.
     */
    public static void main(String[] args) {
        Terminal.takeOverStandardError();
        if (JavaProcess.lacksFlags()) {
            try {
                System.exit(JavaProcess.restart(args));
            } catch (IOException _) {
                // the kernels and jacobi info tell what is missing
            }
        }
        System.setProperty("java.awt.headless", "true");
        System.exit(run(new PrintWriter(System.out), new PrintWriter(System.err), args));
    }

    /**
     * Runs the command.
     *
     * @return the exit code: 0 done, 1 failed, 2 called wrongly, 130 stopped by Ctrl-C
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return new Main().execute(out, err, args);
    }

    private int execute(PrintWriter out, PrintWriter err, String... args) {
        try {
            Settings.check();
        } catch (IllegalArgumentException e) {
            int exitCode = report(e.getMessage(), e, err, CommandFailure.USAGE);
            err.flush();
            return exitCode;
        }
        try (var stop = new StopSignal()) {
            CommandLine line = new CommandLine(this)
                    .addSubcommand(new CommandLine(new TrainCommand())
                            .addSubcommand(new TrainGptCommand(stop))
                            .addSubcommand(new TrainMnistCommand(stop))
                            .addSubcommand(new TrainCifarCommand(stop))
                            .addSubcommand(new TrainImagesCommand(stop))
                            .addSubcommand(new TrainTabularCommand(stop))
                            .addSubcommand(new TrainAudioCommand(stop))
                            .addSubcommand(new TrainCtcCommand(stop))
                            .addSubcommand(new TrainSegmentationCommand(stop))
                            .addSubcommand(new TrainLstmCommand(stop)))
                    .addSubcommand(new GenerateCommand())
                    .addSubcommand(new EvaluateCommand())
                    .addSubcommand(new PredictCommand())
                    .addSubcommand(new InfoCommand())
                    .addSubcommand(new CommandLine(new RunCommand()).setStopAtPositional(true))
                    .addSubcommand(new ShellCommand())
                    .addSubcommand(new BundleCommand());
            line.setOut(out).setErr(err).setExpandAtFiles(false);
            line.setParameterExceptionHandler((e, _) -> misused(e, err));
            line.setExecutionExceptionHandler((e, _, _) -> failed(e, err));
            try {
                return line.execute(args);
            } catch (Error e) {
                return failed(e, err);
            } finally {
                out.flush();
                err.flush();
            }
        }
    }

    private int misused(ParameterException e, PrintWriter err) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        String message = Character.toLowerCase(e.getMessage().charAt(0)) + e.getMessage().substring(1);
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            message = unknown(unmatched.getUnmatched().getFirst(), unmatched.isUnknownOption(), command);
        }
        // Of a word for an option there is the constant's name beside its own.
        message = message.replaceAll("\\b[A-Z0-9]+, (?=[a-z])", "");
        return report(message + (message.endsWith("?") ? " See " : "; see ") + command.qualifiedName() + " --help", e,
                err,
                CommandFailure.USAGE);
    }

    private static String unknown(String argument, boolean option, CommandSpec command) {
        Set<String> known = option ? command.optionsMap().keySet() : command.subcommands().keySet();
        if (known.isEmpty()) {
            return "unexpected argument '" + argument + "'";
        }
        String similar = known.stream().min(Comparator.comparingInt(name -> distance(argument, name))).orElseThrow();
        return "there is no " + (option ? "option" : "command") + " '" + argument + "'"
                + (distance(argument, similar) <= MAX_TYPING_ERRORS ? "; did you mean " + similar + "?"
                        : ": known are " + String.join(", ", known));
    }

    /**
     * Returns how many letters must be added, removed or replaced to make one word of the other (Levenshtein, 1966).
     */
    private static int distance(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    private int failed(Throwable e, PrintWriter err) {
        return switch (e) {
            case CommandFailure failure -> report(failure.getMessage(), e, err, failure.exitCode());
            case OutOfMemoryError error -> report(describe(error), e, err, CommandFailure.FAILED);
            case IllegalAccessError _ -> report(e.getMessage(), e, err, CommandFailure.FAILED); // no native access
            default -> report("unexpected failure: " + e + " (--debug shows where)", e, err, CommandFailure.FAILED);
        };
    }

    /** Returns what memory is short and what helps. */
    static String describe(OutOfMemoryError e) {
        return "out of memory: " + switch (e) {
            case OutOfNativeMemoryError error -> error.shortage() + "; use a smaller model, batch or context"
                    + (SlabAllocator.global().limit() == Long.MAX_VALUE ? "" : ", or raise the limit");
            default -> e.getMessage()
                    + "; use a smaller model, batch or context, or a larger heap (JACOBI_JAVA_OPTS=-Xmx...)";
        };
    }

    private int report(String message, Throwable e, PrintWriter err, int exitCode) {
        err.println("jacobi: " + printable(message));
        if ((e instanceof CommandFailure ? e.getCause() : e) instanceof OutOfNativeMemoryError shortage) {
            shortage.holders().lines().forEach(err::println);
        }
        if (debug || System.getenv("JACOBI_DEBUG") != null) {
            e.printStackTrace(err);
        }
        return exitCode;
    }

    /** Returns a message in one line, without what would steer a terminal: it may quote what a file holds. */
    static String printable(String message) {
        return message.lines().map(String::strip).collect(Collectors.joining(" ")).replaceAll("\\p{Cntrl}", "?");
    }

    /** Returns the version of the jar that this class was loaded from. */
    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version != null ? version : "(unpacked classes, no version)";
    }

    @Override
    public String[] getVersion() {
        return new String[] {"jacobi " + version()};
    }
}
