package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi bundle}: packs Jacobi with a Java runtime for a machine that has none. */
@Command(name = "bundle",
        description = "Packs Jacobi with a Java runtime of its own into an archive for this kind of system, to be unpacked where"
                + " there is no Java. With --cuda also the tests and benchmarks of GPUs.")
final class BundleCommand implements Callable<Integer> {
    private static final double MB = 1e6;

    @Spec
    private CommandSpec spec;

    @Option(names = "--cuda", description = "Also for NVIDIA GPUs; driver and toolkit are the machine's own.")
    private boolean cuda;

    @Option(names = "--out", paramLabel = "DIR", required = true,
            description = "The folder in which the archive is made.")
    private Path out;

    @Override
    public Integer call() {
        String root = System.getProperty("jacobi.root");
        if (root == null) {
            throw CommandFailure
                    .usage("bundle packs what a build has left in the source folder; start it as ./jacobi bundle");
        }
        try {
            Bundle.Archive archive = new Bundle(Path.of(root), cuda, spec.commandLine().getErr()::println).make(out);
            spec.commandLine().getOut().printf(Locale.ROOT, "%s, %.1f MB%n", archive.file(), archive.bytes() / MB);
            return 0;
        } catch (IOException e) {
            throw CommandFailure.failed("the bundle cannot be made: " + e.getMessage(), e);
        }
    }
}
