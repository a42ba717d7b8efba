package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import org.jacobi.app.Main;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Where the Vector API or OpenBLAS is missing, in JVMs that really lack them, everything works as well: every op
 * conforms, a GPT trains as elsewhere, and what was trained elsewhere is loaded and writes the same. One line on
 * standard error and {@code jacobi info} tell the cause.
 */
class FallbackTest {
    /** How far a loss may lie from that of the whole configuration, relative to it. */
    private static final double TOLERANCE = 1e-4;

    /** Ways to be without something. */
    enum Missing {
        NOTHING("", "", List.of()),
        VECTOR_API("the Vector API is missing; start java with --add-modules jdk.incubator.vector", "", List.of()),
        OPENBLAS("", "not on the class path (no org.bytedeco.", List.of()),
        OPENBLAS_NATIVES("", "no native library is there", List.of()),
        SOUND_OPENBLAS("", "could not be loaded: ", List.of()),
        WISH_FOR_OPENBLAS("", "turned off by -Djacobi.blas=none", List.of("-Djacobi.blas=none")),
        BOTH("the Vector API is missing; start java with --add-modules jdk.incubator.vector",
                "not on the class path (no org.bytedeco.", List.of());

        /** What info says of the vectors; empty if they run. */
        final String noVectors;
        /** What info says of OpenBLAS; empty if it runs. */
        final String noOpenBlas;
        private final List<String> options;

        Missing(String noVectors, String noOpenBlas, List<String> options) {
            this.noVectors = noVectors;
            this.noOpenBlas = noOpenBlas;
            this.options = options;
        }

        ChildJvm start(String main, String... arguments) throws IOException {
            List<String> all = new ArrayList<>(options);
            all.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
            if (noVectors.isEmpty()) {
                all.addAll(List.of("--add-modules", "jdk.incubator.vector"));
            }
            // JavaCPP unpacks libraries; what is damaged stays among the test's own files.
            all.add("-Dorg.bytedeco.javacpp.cachedir=" + temp.resolve(name()));
            all.addAll(List.of("-cp", switch (this) {
                case OPENBLAS, BOTH -> classPathWithout("openblas-.*");
                case OPENBLAS_NATIVES -> classPathWithout("openblas-.*-(linux|macosx|windows)-.*");
                case SOUND_OPENBLAS -> damaged() + File.pathSeparator
                        + classPathWithout("openblas-.*-(linux|macosx|windows)-.*");
                default -> ChildJvm.classPath();
            }));
            return ChildJvm.startExactly(all, main, arguments);
        }

        /** Returns the class path less some files; the app's jar, which names its libraries itself, is unpacked. */
        private static String classPathWithout(String file) {
            return Arrays.stream(ChildJvm.classPath().split(File.pathSeparator)).map(Path::of)
                    .filter(entry -> !entry.getFileName().toString().matches(file))
                    .map(entry -> entry.getFileName().toString().startsWith("jacobi-app-")
                            ? entry.resolveSibling("classes")
                            : entry)
                    .map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        }

        /** Makes a folder of classes in which the library is there, but cannot be loaded. */
        private static Path damaged() throws IOException {
            String library = "org/bytedeco/openblas/" + org.bytedeco.javacpp.Loader.getPlatform() + "/"
                    + System.mapLibraryName("jniopenblas_nolapack");
            Path file = temp.resolve("damaged").resolve(library);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "not a library\n".repeat(1000));
            return temp.resolve("damaged");
        }
    }

    /** Asks for information, trains a few steps, and has another run's model write. */
    static final class Session {
        private Session() {
        }

        public static void main(String[] args) {
            jacobi("info");
            jacobi("train", "gpt", "--text", args[0], "--out", args[1], "--steps", "12", "--set", "layers=2", "heads=2",
                    "channels=32", "context=16", "batch=4", "dropout=0.1", "lr=0.01", "minLr=0.01", "warmup=0",
                    "evalInterval=12", "evalBatches=1");
            System.out.println("written: "
                    + jacobi("generate", "--model", args[2], "--temperature", "0", "--prompt", "the", "--tokens",
                            "20"));
        }

        private static String jacobi(String... args) {
            StringWriter out = new StringWriter();
            int exitCode = Main.run(new PrintWriter(out), new PrintWriter(System.err), args);
            System.out.print(out);
            if (exitCode != 0) {
                System.exit(exitCode);
            }
            return out.toString().strip();
        }
    }

    /** Checks the table of ops and prints what it ran on. */
    static final class Conformance {
        private Conformance() {
        }

        public static void main(String[] args) {
            CpuBackend cpu = (CpuBackend) Device.CPU.backend();
            System.out.println(cpu.describe());
            System.out.println(cpu.gemm());
            for (OpSample sample : OpSamples.all()) {
                ConformanceTest.check(Device.CPU, sample, 1, 7, 16, 17, 67);
            }
        }
    }

    @TempDir
    private static Path temp;
    private static Path text;
    private static Path whole;
    private static ChildJvm.Result wholeSession;

    @BeforeAll
    static void trainWithEverything() throws IOException, InterruptedException {
        text = Files.writeString(temp.resolve("text.txt"), "the quick brown fox jumps over the lazy dog\n".repeat(10));
        whole = temp.resolve("whole");
        wholeSession = session(Missing.NOTHING, whole);
        Assumptions.assumeTrue(wholeSession.out().contains("\ngemm      OpenBLAS\n"),
                "OpenBLAS is missing here anyway");
        Assumptions.assumeTrue(wholeSession.out().contains("\nbackend   cpu: Vector API"),
                "the Vector API is missing here anyway");
        assertEquals(List.of(), warnings(wholeSession));
    }

    private static ChildJvm.Result session(Missing missing, Path folder) throws IOException, InterruptedException {
        return missing.start(Session.class.getName(), text.toString(), folder.toString(), whole.toString()).result()
                .succeeded();
    }

    private static List<String> warnings(ChildJvm.Result result) {
        return result.err().lines().filter(line -> line.startsWith("jacobi:")).toList();
    }

    private static String line(ChildJvm.Result result, String start) {
        return result.out().lines().filter(line -> line.startsWith(start)).findFirst()
                .orElseThrow(() -> new AssertionError(start + " is not told: " + result));
    }

    private static double[] losses(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve("metrics.csv")).stream().skip(2)
                .mapToDouble(line -> Double.parseDouble(line.split(",", -1)[1])).toArray();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
    void trainingAndWritingAgreeAndTheCauseIsTold(Missing missing) throws IOException, InterruptedException {
        Path folder = temp.resolve("run-" + missing);
        ChildJvm.Result session = session(missing, folder);

        String backend = line(session, "backend ");
        assertTrue(missing.noVectors.isEmpty() ? backend.contains("Vector API, ")
                : backend.endsWith("plain loops (" + missing.noVectors + ")"), backend);
        assertEquals(missing.noOpenBlas.isEmpty(), line(session, "gemm ").endsWith("OpenBLAS"));
        String openBlas = line(session, "openblas ");
        assertTrue(missing.noOpenBlas.isEmpty() ? openBlas.contains(" OpenBLAS ")
                : openBlas.startsWith("openblas  not used: " + missing.noOpenBlas), openBlas);

        List<String> causes = new ArrayList<>();
        if (!missing.noVectors.isEmpty()) {
            causes.add(missing.noVectors);
        }
        if (!missing.noOpenBlas.isEmpty() && missing != Missing.WISH_FOR_OPENBLAS) {
            causes.add(missing.noOpenBlas);
        }
        List<String> warnings = warnings(session);
        assertEquals(causes.size(), warnings.size(), session::toString);
        for (String cause : causes) {
            assertTrue(warnings.stream().anyMatch(line -> line.contains(cause)), session::toString);
        }

        double[] expected = losses(whole);
        double[] actual = losses(folder);
        assertEquals(12, expected.length);
        assertEquals(expected.length, actual.length);
        for (int step = 0; step < expected.length; step++) {
            assertEquals(expected[step], actual[step], TOLERANCE * expected[step], "loss of step " + (step + 1));
        }
        assertTrue(actual[11] < 0.9 * actual[0], () -> Arrays.toString(actual));
        assertEquals(line(wholeSession, "written: "), line(session, "written: "));
    }

    @Test
    void theMatrixProductInJavaConforms() throws IOException, InterruptedException {
        ChildJvm.Result result = Missing.OPENBLAS.start(Conformance.class.getName()).result().succeeded();
        List<String> lines = result.out().lines().toList();
        assertTrue(lines.getFirst().startsWith("Vector API"), result::toString);
        assertFalse(lines.get(1).startsWith("OpenBLAS"), result::toString);
    }

    @Test
    void plainLoopsConform() throws IOException, InterruptedException {
        ChildJvm.Result result = Missing.BOTH.start(Conformance.class.getName()).result().succeeded();
        assertTrue(result.out().startsWith("plain loops"), result::toString);
    }

    @Test
    void aJvmThatForbidsNativeAccessIsToldInOneLine() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.startExactly(List.of("--illegal-native-access=deny",
                "-Djacobi.restarted=true", "-cp", ChildJvm.classPath()), Main.class.getName(), "generate", "--model",
                whole.toString()).result();
        assertEquals(1, result.exitCode(), result::toString);
        assertEquals(List.of("jacobi: this JVM forbids native access, which tensors need; start java with"
                + " --enable-native-access=ALL-UNNAMED"), result.err().lines().toList());
    }
}
