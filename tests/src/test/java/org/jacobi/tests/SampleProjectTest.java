package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user's project, {@code samples/hello-transformer}: Maven finds Jacobi by its coordinates, and the program runs from
 * the class path and from the module path.
 *
 * <p>Jacobi's jars lie in a repository of files, as on a server. Maven keeps what it fetches in a folder of the test's
 * own; all else it finds in this machine's local repository, which serves as another such server and is only read.
 */
class SampleProjectTest {
    private static final long PATIENCE_SECONDS = 240;
    private static final List<String> MODULES = List.of("native", "tensor", "autograd", "layers", "transformer");

    @TempDir
    private static Path temp;
    private static Path target;

    @BeforeAll
    static void buildTheSample() throws IOException, InterruptedException {
        Path maven = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "mvn")).filter(Files::isExecutable).findFirst().orElse(null);
        Assumptions.assumeTrue(maven != null, "there is no mvn to build with");
        Path served = temp.resolve("served");
        deploy(served, Project.root().resolve("pom.xml"), "jacobi", "pom");
        for (String module : MODULES) {
            Path folder = Project.root().resolve(module);
            Path jar = folder.resolve("target/jacobi-" + module + "-0.1.0.jar");
            Assumptions.assumeTrue(Files.exists(jar) && Files.getLastModifiedTime(jar)
                    .compareTo(Files.getLastModifiedTime(folder.resolve("target/classes/module-info.class"))) >= 0,
                    () -> jar + " is not built; mvn verify builds it");
            deploy(served, folder.resolve("pom.xml"), "jacobi-" + module, "pom");
            deploy(served, jar, "jacobi-" + module, "jar");
        }
        Path project = temp.resolve("hello-transformer");
        copy(Project.root().resolve("samples/hello-transformer"), project);
        Path local = Path.of(System.getProperty("localRepository",
                Path.of(System.getProperty("user.home"), ".m2", "repository").toString()));
        Path settings = Files.writeString(temp.resolve("settings.xml"), settings(served.toUri(), local.toUri()));
        Path log = temp.resolve("build.log");
        var builder = new ProcessBuilder(maven.toString(), "-B", "-q", "-s", settings.toString(),
                "-Dmaven.repo.local=" + temp.resolve("fetched"), "package").directory(project.toFile())
                .redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS"));
        Process build = builder.start();
        boolean ended = build.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            build.destroyForcibly().waitFor();
        }
        assertTrue(ended && build.exitValue() == 0, () -> read(log));
        target = project.resolve("target");
    }

    private static void deploy(Path repository, Path file, String artifact, String type) throws IOException {
        Path place = repository.resolve("org/jacobi/" + artifact + "/0.1.0/" + artifact + "-0.1.0." + type);
        Files.createDirectories(place.getParent());
        Files.copy(file, place);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).filter(file -> !file.startsWith(from.resolve("target")))
                    .toList()) {
                Path copy = to.resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    /** Returns settings that lead Maven to both servers, and nowhere else. */
    private static String settings(URI jacobi, URI everythingElse) {
        return """
                <settings>
                  <mirrors>
                    <mirror><id>others</id><mirrorOf>external:*</mirrorOf><url>%s</url></mirror>
                  </mirrors>
                  <profiles>
                    <profile>
                      <id>jacobi</id>
                      <repositories>
                        <repository><id>jacobi</id><url>%s</url></repository>
                      </repositories>
                    </profile>
                  </profiles>
                  <activeProfiles><activeProfile>jacobi</activeProfile></activeProfiles>
                </settings>
                """.formatted(everythingElse, jacobi);
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Checks that the program learned, that the JVM had nothing to warn of, and that nothing of Jacobi was missing. */
    private static void assertLearned(ChildJvm.Result result) {
        result.succeeded();
        double[] losses = result.out().lines().filter(line -> line.startsWith("step "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).toArray();
        assertEquals(6, losses.length, result::toString);
        assertTrue(losses[0] > 2 && losses[5] < 0.1, result::toString);
        assertTrue(result.out().endsWith(" holds numbers, a la" + System.lineSeparator()), result::toString);
        assertEquals(List.of("WARNING: Using incubator modules: jdk.incubator.vector"), result.err().lines().toList());
    }

    private static String path(String libraries) {
        return target.resolve("hello-transformer-1.0.jar") + File.pathSeparator + target.resolve(libraries);
    }

    @Test
    void runsFromTheClassPath() throws IOException, InterruptedException {
        assertLearned(ChildJvm.startExactly(List.of("--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", path("lib") + File.separator + "*"),
                "hello.HelloTransformer").result());
    }

    @Test
    void runsFromTheModulePath() throws IOException, InterruptedException {
        assertLearned(ChildJvm.startExactly(List.of("-p", path("lib"), "--add-modules", "ALL-MODULE-PATH",
                "--enable-native-access=org.jacobi.natives,org.bytedeco.javacpp,org.bytedeco.openblas", "-m"),
                "hello.transformer/hello.HelloTransformer").result());
    }

    @Test
    void onTheModulePathAMissingOpenBlasIsTold() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.startExactly(List.of("-p", path("lib"),
                "--enable-native-access=org.jacobi.natives", "-m"), "hello.transformer/hello.HelloTransformer").result()
                .succeeded();
        assertEquals("jacobi: matrix products run in Java instead of OpenBLAS: the module org.bytedeco.openblas is not "
                + "loaded; start java with --add-modules ALL-MODULE-PATH", result.err().lines().toList().getLast());
    }

    @Test
    void whatIsInternalStaysSo() throws IOException, InterruptedException {
        Path source = Files.createDirectories(temp.resolve("intruder")).resolve("module-info.java");
        Files.writeString(source, "module intruder { requires org.jacobi.transformer; }");
        Path intruder = Files.writeString(source.resolveSibling("Intruder.java"), """
                package intruder;
                class Intruder {
                    Object backend = new org.jacobi.tensor.backend.cpu.CpuBackend();
                    Object op = org.jacobi.autograd.ops.Relu.class;
                    Object mine = org.jacobi.tensor.backend.reference.ReferenceBackend.class;
                }
                """);
        Process compiler = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-proc:none", "-d", temp.resolve("intruded").toString(), "-p", target.resolve("lib").toString(),
                source.toString(), intruder.toString()).redirectErrorStream(true).start();
        String said = new String(compiler.getInputStream().readAllBytes());
        assertEquals(1, compiler.waitFor(), said);
        assertTrue(said.contains("(package org.jacobi.tensor.backend.cpu is declared in module org.jacobi.tensor, "
                + "which does not export it)") && said.contains("org.jacobi.autograd.ops is not visible")
                && !said.contains("reference"), said);
    }
}
