package org.jacobi.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jacobi.bench.Forks.Fork;
import org.jacobi.bench.Forks.Pair;
import org.jacobi.bench.Report.Figures;
import org.jacobi.bench.Report.Noise;
import org.jacobi.bench.Report.Row;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jacobi bench}: measures, compares, and leaves a result file. */
@Command(name = "jacobi bench", mixinStandardHelpOptions = true,
        description = "Measures ops and training steps, beside official PyTorch if asked to, and writes the results"
                + " into bench/results.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed while it worked; no result was written",
            "2:the command line cannot be used"})
public final class BenchCommand implements Callable<Integer> {
    private static final int DEFAULT_FORKS = 5;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "ops|train",
            description = "What to measure; without it, both.")
    private String group;

    @Parameters(index = "1", arity = "0..1", paramLabel = "PATTERN",
            description = "Only cases of this name, in which * stands for anything, as in 'matmul*'.")
    private String pattern;

    @Option(names = "--peers", description = "Measure official PyTorch too, in turns.")
    private boolean peers;

    @Option(names = "--aa", description = "Measure PyTorch against itself first: the noise floor. Needs --peers.")
    private boolean aa;

    @Option(names = "--forks", paramLabel = "N",
            description = "JVMs a side and case; 5 by default, and at least 5 for a comparison that counts.")
    private int forks = DEFAULT_FORKS;

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        // A fork would measure on for a while after Ctrl-C.
        Runtime.getRuntime().addShutdownHook(
                new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly)));
        System.exit(run(new PrintWriter(System.out), new PrintWriter(System.err), args));
    }

    /**
     * Runs the command.
     *
     * @return the exit code: 0 done, 1 failed, 2 called wrongly
     */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new BenchCommand()).setOut(out).setErr(err);
        line.setParameterExceptionHandler((e, _) -> {
            err.println("jacobi bench: " + e.getMessage() + "; see jacobi bench --help");
            return CommandLine.ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((e, _, _) -> {
            err.println("jacobi bench: " + (e instanceof Failure ? e.getMessage() : "unexpected failure: " + e));
            return CommandLine.ExitCode.SOFTWARE;
        });
        int exitCode = line.execute(args);
        out.flush();
        err.flush();
        return exitCode;
    }

    @Override
    public Integer call() throws Failure, IOException {
        List<Case> cases = chosen();
        requireSense();
        Path root = root();
        Map<String, String> machine = Machine.describe(root);
        say("%d cases, forks for each side of each: %d; about %s in all", cases.size(), forks, duration(cases));
        Path work = Files.createDirectories(root.resolve("bench/target"));
        SameWork same = null;
        if (peers) {
            say("checking that both sides compute the same ...");
            same = SameWork.check(cases.stream().filter(this::hasPeer).toList(), work);
        }
        Forks runner = new Forks(work);
        List<Row> rows = new ArrayList<>();
        for (Case which : cases) {
            Row row = measure(runner, which, same);
            rows.add(row);
            say("[%d/%d] %s: %s%s", rows.size(), cases.size(), which.name(),
                    ReportFiles.time(row.ours().medianSeconds()),
                    row.peer() == null ? "" : ", peer " + ReportFiles.time(row.peer().medianSeconds()) + ", ours/peer "
                            + ReportFiles.inWords(row.ratio()));
        }
        Report report = new Report(LocalDate.now().toString(), machine, same == null ? null : same.peer(),
                Machine.jvmFlags(), Machine.environment(), forks, rows);
        Path file = ReportFiles.write(report, root.resolve("bench/results"));
        PrintWriter out = spec.commandLine().getOut();
        rows.stream().map(Row::group).distinct()
                .forEach(word -> ReportFiles.table(report, word).forEach(out::println));
        ReportFiles.bySize(report).forEach(out::println);
        out.println("written: " + file);
        return 0;
    }

    private List<Case> chosen() {
        if (group != null && Arrays.stream(Case.Group.values()).noneMatch(known -> known.word().equals(group))) {
            throw misused("there is no '" + group + "' to measure; known are ops and train");
        }
        List<Case> ofGroup = Case.all().stream()
                .filter(which -> group == null || which.group().word().equals(group)).toList();
        List<Case> cases = ofGroup.stream()
                .filter(which -> pattern == null || glob(pattern).matcher(which.name()).matches()).toList();
        if (cases.isEmpty()) {
            throw misused("no case is called '" + pattern + "'; known are "
                    + ofGroup.stream().map(Case::name).collect(Collectors.joining(", ")));
        }
        return cases;
    }

    private static Pattern glob(String text) {
        return Pattern
                .compile(Arrays.stream(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    private void requireSense() {
        if (forks < 1) {
            throw misused("--forks is " + forks + "; it must be at least 1");
        }
        if (aa && !peers) {
            throw misused("--aa measures the peer against itself; add --peers");
        }
        if (peers && Peer.installed().isEmpty()) {
            throw misused("--peers: this build has no peer; start it as ./jacobi bench --peers, which builds one in");
        }
    }

    private ParameterException misused(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** The launcher tells where the project stands. */
    private Path root() {
        String root = System.getProperty("jacobi.root");
        if (root == null) {
            throw misused(
                    "-Djacobi.root must name the project's folder, into which the results go; ./jacobi bench does so");
        }
        return Path.of(root);
    }

    private boolean hasPeer(Case which) {
        return peers && Peer.find().whyNot(which) == null;
    }

    private String duration(List<Case> cases) {
        double seconds = cases.stream()
                .mapToDouble(which -> forks * Forks.seconds(which) * (hasPeer(which) ? aa ? 4 : 2 : 1)).sum();
        return seconds < 100 ? String.format(Locale.ROOT, "%.0f seconds", seconds)
                : String.format(Locale.ROOT, "%.0f minutes", seconds / 60);
    }

    private Row measure(Forks runner, Case which, SameWork same) throws Failure {
        if (!hasPeer(which)) {
            List<Fork> ours = new ArrayList<>();
            for (int i = 0; i < forks; i++) {
                ours.add(runner.run(which, Side.OURS));
            }
            return Row.of(which, Figures.of(ours), peers ? Peer.find().whyNot(which) : null);
        }
        Noise noise = null;
        if (aa) {
            List<Figures> twice = inTurns(runner, which, Side.PEER);
            noise = Noise.of(twice.get(0), twice.get(1));
            say("%s: peer/peer %s", which.name(), ReportFiles.inWords(noise.ratio()));
        }
        List<Figures> both = inTurns(runner, which, Side.OURS);
        return Row.of(which, both.get(0), both.get(1), noise, same.largestDifferences().get(which.name()));
    }

    /** Measures a side and the peer, in pairs of JVMs. */
    private List<Figures> inTurns(Forks runner, Case which, Side first) throws Failure {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < forks; i++) {
            pairs.add(runner.run(which, first, Side.PEER));
        }
        return List.of(Figures.of(pairs.stream().map(Pair::first).toList()),
                Figures.of(pairs.stream().map(Pair::second).toList()));
    }

    private void say(String format, Object... arguments) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf(Locale.ROOT, format + "%n", arguments);
        err.flush();
    }
}
