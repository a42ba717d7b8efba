package org.jacobi.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A folder with all that Jacobi needs but a system, and the archive of it.
 *
 * <p>It is made of what a build has left: jars, and with CUDA the classes of the tests and the benchmarks. The runtime has no
 * desktop, so that no pictures are drawn. Jars are stored, not compressed, because the archive's compressor does better on
 * what is not. The system's commands tar, xz and strip do what they are known for.
 */
final class Bundle {
    private static final List<String> MODULES =
            List.of("java.base", "java.logging", "java.management", "java.sql", "java.xml",
                    "jdk.incubator.vector", "jdk.unsupported");
    /** Libraries that are of no use without a desktop, or without JMH's benchmarks. */
    private static final PathMatcher LEFT_OUT = FileSystems.getDefault()
            .getPathMatcher(
                    "glob:{xchart,jmh,jopt-simple,commons-math3,pytorch-*-linux,pytorch-*-windows,pytorch-*-macosx}*.jar");
    /** The parts of the native libraries' jars that are loaded: OpenBLAS without LAPACK's binding, three of CUDA's. */
    private static final List<String> NATIVES =
            List.of("libopenblas.so", "libjniopenblas_nolapack.so", "libgfortran.so",
                    "libquadmath.so", "libgcc_s.so", "libjnijavacpp.so", "libjnicudart.so", "libjninvrtc.so",
                    "libjnicublas.so");

    private final Path root;
    private final boolean cuda;
    private final Consumer<String> say;

    /**
     * An archive that was made.
     *
     * @param file  where it is
     * @param bytes how large
     */
    record Archive(Path file, long bytes) {
    }

    /**
     * Prepares a bundle.
     *
     * @param root the source folder, in which the build has left its results
     * @param say  is told what is done
     */
    Bundle(Path root, boolean cuda, Consumer<String> say) {
        this.root = root;
        this.cuda = cuda;
        this.say = say;
    }

    /** Makes folder and archive in a folder; what an earlier call left there is replaced. */
    Archive make(Path out) throws IOException {
        String name = "jacobi-" + (cuda ? "cuda-" : "") + System.getProperty("os.name").toLowerCase(Locale.ROOT)
                + "-" + System.getProperty("os.arch");
        Path folder = Files.createDirectories(out).toAbsolutePath().resolve(name);
        delete(folder);
        Files.createDirectories(folder.resolve("lib"));
        libraries(folder.resolve("lib"));
        runtime(folder.resolve("runtime"));
        script(folder.resolve("run"), "The jacobi command", "org.jacobi.app.Main");
        if (cuda) {
            script(folder.resolve("gpu-check"),
                    "Tests and measures the first GPU, and writes gpu-check.md and gpu-bench.md",
                    "org.jacobi.tests.GpuCheck", "org.jacobi.bench.GpuBench");
            for (String file : List.of("bench/peers/gpt2_train.py", "docs/cuda.md")) {
                Files.copy(root.resolve(file), folder.resolve(Path.of(file).getFileName()));
            }
        }
        for (String file : List.of("LICENSE", "THIRD-PARTY.md")) {
            Files.copy(root.resolve(file), folder.resolve(file));
        }
        say.accept("compressing " + folder);
        Path archive = folder.resolveSibling(name + ".tar.xz");
        Files.deleteIfExists(archive);
        pack(folder, archive);
        return new Archive(archive, Files.size(archive));
    }

    /** Makes a Java runtime of the needed modules, without the symbols that debuggers read. */
    private void runtime(Path folder) throws IOException {
        say.accept("making a Java runtime");
        Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
        if (!Files.isExecutable(jlink)) {
            throw new IOException("this Java has no jlink: " + jlink + "; use a whole JDK");
        }
        run(List.of(jlink.toString(), "--add-modules", String.join(",", MODULES), "--no-header-files", "--no-man-pages",
                "--compress=zip-0", "--output", folder.toString()));
        try (Stream<Path> files = Files.walk(folder.resolve("lib"))) {
            List<String> strip = new ArrayList<>(List.of("strip", "--strip-unneeded"));
            files.filter(file -> file.toString().endsWith(".so")).map(Path::toString).forEach(strip::add);
            run(strip);
        }
    }

    /** Copies the jars that a build has left and that are needed. */
    void libraries(Path lib) throws IOException {
        say.accept("gathering libraries");
        Set<String> taken = new HashSet<>();
        List<Path> folders = new ArrayList<>(List.of(root.resolve("app/target"), root.resolve("app/target/lib")));
        if (cuda) {
            folders.addAll(List.of(root.resolve("bench/target"), root.resolve("tests/target/lib")));
        }
        for (Path folder : folders) {
            for (Path jar : jars(folder)) {
                String name = jar.getFileName().toString();
                if (!LEFT_OUT.matches(jar.getFileName()) && (cuda || !name.startsWith("cuda-")) && taken.add(name)) {
                    store(jar, lib.resolve(name));
                }
            }
        }
        if (cuda) {
            Path tests = root.resolve("tests/target/test-classes");
            if (!Files.isDirectory(tests)) {
                throw new IOException("the tests are not built: there is no " + tests);
            }
            store(tests, lib.resolve("jacobi-tests.jar"));
        }
    }

    /** Returns a folder's jars. */
    static List<Path> jars(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException("not built: there is no " + folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    /** Whether a file of a jar is needed: of native libraries only some are, and nothing that compiles against them. */
    private static boolean needed(String name) {
        boolean library = name.contains(".so") || name.endsWith(".dll") || name.endsWith(".dylib");
        return library
                ? NATIVES.stream().anyMatch(name.substring(name.lastIndexOf('/') + 1)::startsWith)
                : !name.endsWith(".h") && !name.contains("/include/") && !name.startsWith("META-INF/native-image/");
    }

    /** Copies a jar, or a folder of classes, into a jar without compression. */
    private static void store(Path from, Path to) throws IOException {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
            out.setMethod(ZipOutputStream.STORED);
            if (Files.isDirectory(from)) {
                try (Stream<Path> files = Files.walk(from)) {
                    for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                        put(out, from.relativize(file).toString(), Files.readAllBytes(file));
                    }
                }
                return;
            }
            try (ZipFile jar = new ZipFile(from.toFile())) {
                for (Enumeration<? extends ZipEntry> entries = jar.entries(); entries.hasMoreElements();) {
                    ZipEntry entry = entries.nextElement();
                    if (!entry.isDirectory() && needed(entry.getName())) {
                        try (InputStream in = jar.getInputStream(entry)) {
                            put(out, entry.getName(), in.readAllBytes());
                        }
                    }
                }
            }
        }
    }

    private static void put(ZipOutputStream out, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 sum = new CRC32();
        sum.update(content);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(sum.getValue());
        entry.setTime(0);
        out.putNextEntry(entry);
        out.write(content);
        out.closeEntry();
    }

    /** Writes a script that needs nothing but a shell: it starts each of the programs with the Java runtime beside it. */
    private static void script(Path file, String what, String... programs) throws IOException {
        StringBuilder flags = new StringBuilder();
        try (InputStream in = Bundle.class.getResourceAsStream("java.flags")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> line.startsWith("-"))
                    .forEach(flag -> flags.append(' ').append(flag));
        }
        StringBuilder calls = new StringBuilder();
        for (String program : programs) {
            calls.append("java ").append(program).append(" \"$@\" || status=$?\n");
        }
        Files.writeString(file, """
                #!/bin/sh
                # %s, with the Java runtime beside this script. JACOBI_JAVA_OPTS: further options for the JVM.
                here=${0%%/*}
                [ "$here" = "$0" ] && here=.
                case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
                    C | POSIX) export LC_ALL=C.UTF-8 ;;
                esac
                java() {
                    "$here/runtime/bin/java"%s --add-modules jdk.incubator.vector -Djacobi.root="$here" \\
                        ${JACOBI_JAVA_OPTS:-} -cp "$here/lib/*" "$@"
                }
                status=0
                %sexit $status
                """.formatted(what, flags, calls));
        if (!file.toFile().setExecutable(true)) {
            throw new IOException(file + " cannot be made executable");
        }
    }

    private static void pack(Path folder, Path archive) throws IOException {
        List<ProcessBuilder> commands = List.of(
                new ProcessBuilder("tar", "-C", folder.getParent().toString(), "--sort=name", "--owner=0", "--group=0",
                        "--mtime=@0", "-cf", "-", folder.getFileName().toString()),
                new ProcessBuilder("xz", "-9", "-e", "-T1").redirectOutput(archive.toFile()));
        commands.forEach(command -> command.redirectError(ProcessBuilder.Redirect.INHERIT));
        for (Process process : ProcessBuilder.startPipeline(commands)) {
            requireSuccess(process, "packing");
        }
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        requireSuccess(process, command.getFirst() + ": " + output.strip());
    }

    private static void requireSuccess(Process process, String what) throws IOException {
        try {
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                throw new IOException(what + " (exit code " + exitCode + ")");
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
