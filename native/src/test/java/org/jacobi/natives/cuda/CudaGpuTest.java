package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link CudaGpu} as a whole, in processes whose driver is a fake. */
class CudaGpuTest {
    @TempDir
    private Path folder;

    /** Runs a main class; words that are no options are its arguments. */
    private String run(Class<?> main, Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
        Stream.of(words).filter(word -> word.startsWith("-")).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        Stream.of(words).filter(word -> !word.startsWith("-")).forEach(command::add);
        ProcessBuilder child = new ProcessBuilder(command).redirectErrorStream(true);
        child.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        child.environment().putAll(environment);
        Process process = child.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** Builds the fakes, and returns the environment in which they are found. */
    private Map<String, String> fakes() throws IOException {
        try {
            new CudaLibraries().open(CudaLibraries.RUNTIME);
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, e.getMessage());
        }
        Path driver = Files.createDirectories(folder.resolve("driver"));
        Path toolkit = Files.createDirectories(folder.resolve("toolkit/lib64"));
        FakeLibraries.build("fake_cuda.c", driver.resolve("libcuda.so.1"), "libcuda.so.1");
        FakeLibraries.build("fake_cublaslt.c", toolkit.resolve(CudaLibraries.CUBLASLT), CudaLibraries.CUBLASLT);
        FakeLibraries.build("fake_cublaslt.c", toolkit.resolve(CudaLibraries.CUBLAS), CudaLibraries.CUBLAS);
        // The fakes come first: the caller's CUDA_HOME goes on as the second place.
        return Map.of("LD_LIBRARY_PATH", driver.toString(), "CUDA_PATH",
                System.getenv().getOrDefault("CUDA_HOME", "/usr/local/cuda"), "CUDA_HOME",
                folder.resolve("toolkit").toString());
    }

    @Test
    void everyCallReachesTheLibrariesAsTheyExpectIt() throws IOException, InterruptedException {
        Map<String, String> environment = fakes();
        String output = run(FakeGpuProgram.class, environment);
        assertTrue(output.contains("Fake GPU, compute capability 9.0, 4 multiprocessors, 1,024 MiB of memory, "),
                output);
        assertTrue(output.contains("cublasLt 13.0 " + folder.resolve("toolkit/lib64/" + CudaLibraries.CUBLASLT)),
                output);
        assertTrue(output.contains("passed"), output);
    }

    /** NVIDIA's compiler needs no device: where it is, its machine code and its messages are looked at. */
    @Test
    void kernelsAreCompiledAtFirstUse() throws IOException, InterruptedException {
        try {
            new CudaLibraries().open(CudaLibraries.NVRTC);
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, e.getMessage());
        }
        assertTrue(run(FakeGpuProgram.class, fakes()).contains("compiled"));
        try (Stream<Path> kept = Files.list(folder.resolve("cache/jacobi/cuda"))) {
            assertEquals(List.of("probe.sm_90"),
                    kept.map(file -> file.getFileName().toString().replaceFirst("-[0-9a-f]{32}\\.cubin$", ""))
                            .toList());
        }
    }

    /** Compiles every kernel file for a device for which none is packed. */
    static final class EveryKernel {
        private EveryKernel() {
        }

        public static void main(String[] args) throws IOException {
            Cuda.describe();
            Path sources = Path.of(System.getProperty("jacobi.root"), "native/src/main/cuda");
            var code = new KernelCode(name -> {
                try {
                    return Files.exists(sources.resolve(name)) ? Files.readAllBytes(sources.resolve(name)) : null;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }, new CubinCache(CubinCache.userFolder()), new Nvrtc(), null, Integer.parseInt(args[0]));
            try (Stream<Path> files = Files.list(sources)) {
                for (Path file : files.filter(name -> name.toString().endsWith(".cu")).sorted().toList()) {
                    String name = file.getFileName().toString().replace(".cu", "");
                    System.out.println(name + " " + code.of(name).length + " bytes");
                }
            }
            System.out.println("passed");
        }
    }

    @Test
    void everyKernelFileIsTakenByTheCompilerOnTheMachineWhereItRuns() throws IOException, InterruptedException {
        try {
            new CudaLibraries().open(CudaLibraries.NVRTC);
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, e.getMessage());
        }
        assertTrue(run(EveryKernel.class, fakes(), "-Djacobi.root=" + System.getProperty("jacobi.root"), "90")
                .contains("passed"));
    }

    @Test
    void waitingAfterEachKernelNamesTheOneThatFails() throws IOException, InterruptedException {
        assertTrue(run(FakeGpuProgram.class, fakes(), "-D" + Cuda.SYNC_PROPERTY + "=true").contains("passed"));
    }

    /** Prints why no device can be used. */
    static final class Reason {
        private Reason() {
        }

        public static void main(String[] args) {
            System.out.println("[" + Cuda.unavailableReason() + "] " + Cuda.count() + Cuda.describe());
            try {
                Cuda.gpu(0);
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void theRealCauseIsToldInOneLine() throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(fakes());
        environment.put("FAKE_NO_DEVICE", "1");
        assertEquals("[the driver sees no device] 0[]\nno GPU can be used: the driver sees no device\n",
                run(Reason.class, environment));
        environment.put("LD_LIBRARY_PATH", Files.createDirectories(folder.resolve("damaged")).toString());
        Files.writeString(folder.resolve("damaged/libcuda.so.1"), "no library");
        String output = run(Reason.class, environment);
        assertTrue(output.startsWith("[" + folder.resolve("damaged/libcuda.so.1") + ": file too short] 0[]\n"), output);
        Files.delete(folder.resolve("damaged/libcuda.so.1"));
        FakeLibraries.build("fake_cublaslt.c", folder.resolve("damaged/libcuda.so.1"), "libcuda.so.1");
        output = run(Reason.class, environment);
        assertTrue(output.startsWith("[the driver is too old: it lacks cu"), output);
    }
}
