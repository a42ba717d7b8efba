package org.jacobi.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jacobi.natives.OpenBlas;
import org.jacobi.natives.Platform;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.openjdk.jmh.util.Version;

/** What a result file says of the place where it was measured. */
final class Machine {
    private static final List<String> HEEDED_BY_LIBRARIES =
            List.of("OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "ONEDNN_", "ATEN_", "OPENBLAS_", "LD_PRELOAD", "MALLOC_");

    private Machine() {
    }

    /** Returns what the machine is and what our side runs on. */
    static Map<String, String> describe(Path root) {
        CpuBackend cpu = (CpuBackend) Device.CPU.backend();
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processor", Platform.cpuModel());
        machine.put("processors", String.valueOf(Platform.cores()));
        machine.put("memory", (Platform.totalMemoryBytes() >> 20) + " MiB");
        machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        machine.put("JDK", Platform.jdk());
        machine.put("Jacobi", version(root));
        machine.put("threads", String.valueOf(WorkerPool.global().threads()));
        machine.put("backend", cpu.describe());
        machine.put("matrix products", cpu.gemm());
        machine.put("OpenBLAS",
                OpenBlas.available() ? OpenBlas.version() : "not used: " + OpenBlas.unavailableReason());
        machine.put("JMH", Version.getPlainVersion());
        return machine;
    }

    /** Returns the flags that every fork inherits from this JVM, without what only tells it where it was started. */
    static List<String> jvmFlags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> !flag.startsWith("-Djacobi.root=") && !flag.startsWith("-Djacobi.stderr=")).toList();
    }

    /** Returns the environment variables with which somebody may have changed what a native library does. */
    static Map<String, String> environment() {
        Map<String, String> heeded = new TreeMap<>(System.getenv());
        heeded.keySet().removeIf(name -> HEEDED_BY_LIBRARIES.stream().noneMatch(name::startsWith));
        return heeded;
    }

    /** The jar's version, and the commit where there is a git that tells it. */
    private static String version(Path root) {
        String version = String.valueOf(Machine.class.getPackage().getImplementationVersion());
        try {
            Process git =
                    new ProcessBuilder("git", "-C", root.toString(), "describe", "--always", "--dirty", "--abbrev=12")
                            .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String commit = new String(git.getInputStream().readAllBytes()).strip();
            return git.waitFor() == 0 ? version + ", commit " + commit : version;
        } catch (IOException _) {
            return version;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return version;
        }
    }
}
