package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code jacobi} in a clean clone of the last commit: it builds once, and starts the program without noise.
 *
 * <p>Maven is the real one, asked not to go to the network, behind a script that counts how often it is called.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LauncherTest {
    private static final long PATIENCE_SECONDS = 240;

    private record Result(int exitCode, String out, String err) {
        List<String> errorLines() {
            return err.lines().toList();
        }
    }

    @TempDir
    private static Path temp;
    private static Path clone;
    private static Path tools;
    private static Path builds;

    @BeforeAll
    static void cloneTheProject() throws IOException, InterruptedException {
        Assumptions.assumeTrue(find("bash") != null, "there is no bash, in which the launcher is written");
        Assumptions.assumeTrue(find("git") != null, "there is no git to clone with");
        Path maven = find("mvn");
        Assumptions.assumeTrue(maven != null, "there is no mvn to build with");
        clone = temp.resolve("clone");
        Result cloned = run(temp, "git", "clone", "--quiet", Project.root().toString(), clone.toString());
        Assumptions.assumeTrue(cloned.exitCode() == 0 && Files.exists(clone.resolve("jacobi")),
                () -> "the project is no git repository with a commit that can be cloned: " + cloned.err());
        tools = Files.createDirectory(temp.resolve("tools"));
        builds = temp.resolve("builds");
        String repository = System.getProperty("maven.repo.local");
        mvnIs("exec '" + maven + "' -o " + (repository == null ? "" : "-Dmaven.repo.local='" + repository + "' ")
                + "\"$@\"");
    }

    // ---- helpers ---------------------------------------------------------------------------------------------------

    private static Path find(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator)).map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable).findFirst().orElse(null);
    }

    /** Puts a script in the place of mvn; each of its calls is counted. */
    private static void mvnIs(String command) throws IOException {
        Path script =
                Files.writeString(tools.resolve("mvn"), "#!/bin/sh\necho build >>'" + builds + "'\n" + command + "\n");
        assertTrue(script.toFile().setExecutable(true));
    }

    private static int builds() throws IOException {
        return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
    }

    private static Process start(Path folder, Path out, Path err, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        var environment = builder.environment();
        environment.keySet()
                .removeAll(List.of("JACOBI_JAVA_OPTS", "JACOBI_DEBUG", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        if (tools != null) {
            environment.put("PATH", tools + File.pathSeparator + Path.of(System.getProperty("java.home"), "bin")
                    + File.pathSeparator + environment.get("PATH"));
        }
        return builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    }

    private static Result run(Path folder, String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(temp, "run", ".out");
        Path err = Files.createTempFile(temp, "run", ".err");
        return result(start(folder, out, err, command), out, err);
    }

    private static Result result(Process process, Path out, Path err) throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        return new Result(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private static Result jacobi(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(clone.resolve("jacobi").toString()));
        command.addAll(List.of(arguments));
        return run(temp, command.toArray(String[]::new));
    }

    // ---- starts ----------------------------------------------------------------------------------------------------

    @Test
    @Order(1)
    void twoFirstStartsAtOnceBuildOnce() throws IOException, InterruptedException {
        Path out = temp.resolve("other.out");
        Path err = temp.resolve("other.err");
        Process other = start(temp, out, err, clone.resolve("jacobi").toString(), "--version");
        Result info = jacobi("info");
        Result version = result(other, out, err);
        Path log = clone.resolve("target/jacobi-build.log");
        Assumptions.assumeFalse(Files.exists(log) && Files.readString(log).contains("offline mode"),
                "Maven's local repository lacks what the launcher's build needs, and this test does not download");
        assertEquals(0, info.exitCode(), info::toString);
        assertTrue(info.out().startsWith("version") && info.out().contains("\ngemm"), info::toString);
        assertEquals(0, version.exitCode(), version::toString);
        assertTrue(version.out().startsWith("jacobi 0."), version::toString);
        assertEquals(1, builds());
        String noise = info.err() + version.err();
        assertTrue(noise.contains("Building"), noise);
        assertFalse(noise.toLowerCase().contains("incubator"), noise);
        assertEquals("", run(clone, "git", "status", "--porcelain").out(),
                "the build leaves files that git does not ignore");
    }

    private static void requireBuilt() {
        Assumptions.assumeTrue(Files.exists(clone.resolve("app/target/built")),
                "the first start has not built anything");
    }

    @Test
    @Order(2)
    void aLaterStartBuildsNothingAndSaysNothing() throws IOException, InterruptedException {
        requireBuilt();
        int before = builds();
        Result help = jacobi("--help");
        assertEquals(0, help.exitCode(), help::toString);
        for (String command : List.of("train", "generate", "evaluate", "info", "run", "shell", "bench")) {
            assertTrue(help.out().contains(command), help::toString);
        }
        assertEquals("", help.err());
        assertEquals(before, builds());
    }

    @Test
    @Order(2)
    void aLinkToTheLauncherWorksFromAnywhere() throws IOException, InterruptedException {
        requireBuilt();
        Path link = Files.createSymbolicLink(temp.resolve("a link"), clone.resolve("jacobi"));
        Result version = run(Path.of("/"), link.toString(), "--version");
        assertEquals(0, version.exitCode(), version::toString);
    }

    @Test
    @Order(2)
    void anUnknownCommandIsOneLineAndAnExitCode() throws IOException, InterruptedException {
        requireBuilt();
        Result result = jacobi("trian");
        assertEquals(2, result.exitCode(), result::toString);
        assertEquals(1, result.errorLines().size(), result::toString);
        assertTrue(result.err().contains("trian"), result::toString);
    }

    @Test
    @Order(2)
    void theBenchmarksAreBuiltWhenTheyAreAskedFor() throws IOException, InterruptedException {
        requireBuilt();
        int before = builds();
        for (int i = 0; i < 2; i++) {
            Result result = jacobi("bench", "opps");
            assertEquals(2, result.exitCode(), result::toString);
            assertTrue(result.errorLines().getLast().contains("known are ops and train"), result::toString);
            assertEquals(before + 1, builds());
        }
        assertEquals("", run(clone, "git", "status", "--porcelain").out(), "the build leaves files");
    }

    @Test
    @Order(2)
    void aJdkThatIsTooOldIsPassedOver() throws IOException, InterruptedException {
        requireBuilt();
        Path old = Files.createDirectories(temp.resolve("jdk-17/bin"));
        for (String program : List.of("java", "javac")) {
            Path script = Files.writeString(old.resolve(program), "#!/bin/sh\nexit 99\n");
            assertTrue(script.toFile().setExecutable(true));
        }
        Files.writeString(old.resolveSibling("release"), "JAVA_VERSION=\"17.0.9\"\n");
        Result version =
                run(temp, "env", "JAVA_HOME=" + old.getParent(), clone.resolve("jacobi").toString(), "--version");
        assertEquals(0, version.exitCode(), version::toString);
    }

    // ---- builds that fail: mvn is another script from here on ---------------------------------------------------------

    @Test
    @Order(3)
    void aNewerSourceIsBuiltAndAFailureTold() throws IOException, InterruptedException {
        requireBuilt();
        int before = builds();
        mvnIs("echo '[ERROR] something is wrong in Some.java'; exit 1");
        Path source = clone.resolve("app/src/main/java/org/jacobi/app/Main.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(2)));
        Result result = jacobi("--version");
        assertNotEquals(0, result.exitCode(), result::toString);
        assertTrue(result.err().contains("the build failed") && result.err().contains("Some.java"), result::toString);
        assertEquals(before + 1, builds());
    }

    @Test
    @Order(4)
    void withoutANetworkAndWithNothingBuiltALineSaysSo() throws IOException, InterruptedException {
        mvnIs("echo '[ERROR] Could not transfer artifact a:b:pom:1 from somewhere: Unknown host'; exit 1");
        Path fresh = temp.resolve("fresh");
        assertEquals(0, run(temp, "git", "clone", "--quiet", clone.toString(), fresh.toString()).exitCode());
        Result result = run(temp, fresh.resolve("jacobi").toString(), "--version");
        assertNotEquals(0, result.exitCode(), result::toString);
        assertTrue(result.errorLines().getLast().contains("network"), result::toString);
        assertTrue(result.errorLines().size() <= 2, result::toString);
    }
}
