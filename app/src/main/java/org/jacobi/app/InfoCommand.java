package org.jacobi.app;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;

import org.jacobi.natives.OpenBlas;
import org.jacobi.natives.Platform;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.natives.cuda.Cuda;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.cpu.CpuBackend;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code jacobi info}: says what the engine found on this machine and what it chose. */
@Command(name = "info", description = "Says what Jacobi found on this machine, what it chose to compute with, and why.")
final class InfoCommand implements Callable<Integer> {
    private static final double MIB = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        CpuBackend cpu = (CpuBackend) Device.CPU.backend();
        SlabAllocator.Statistics blocks = SlabAllocator.global().statistics();
        line("version", Main.version());
        line("jdk", Platform.jdk());
        line("cpu", Platform.cpuModel() + ", " + Platform.cores() + " processors");
        line("threads", WorkerPool.global().threads());
        line("backend", Device.CPU + ": " + cpu.describe());
        line("gemm", cpu.gemm());
        line("openblas", OpenBlas.available() ? OpenBlas.version() : "not used: " + OpenBlas.unavailableReason());
        line("cuda", Platform.cuda());
        if (!Platform.cuda().startsWith("not found")) {
            gpus();
        }
        line("memory", Platform.totalMemoryBytes() < 0 ? "unknown" : mib(Platform.totalMemoryBytes()));
        line("heap", "at most " + mib(Runtime.getRuntime().maxMemory()));
        line("off-heap", mib(blocks.liveBytes()) + " live, " + mib(blocks.reservedBytes()) + " reserved");
        return 0;
    }

    /** What the driver's devices are, and the libraries to use them with; or why they cannot be used. */
    private void gpus() {
        if (Cuda.available()) {
            Cuda.describe().forEach(line -> line("", line));
        } else {
            line("", "not used: " + Cuda.unavailableReason());
        }
    }

    private void line(String name, Object value) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-9s %s%n", name, value);
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%,.0f MiB", bytes / MIB);
    }
}
