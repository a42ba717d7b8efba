package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this machine is, for reports. */
public final class Platform {
    private Platform() {
    }

    /** The processor's name as the system tells it; where it does not, the architecture. */
    public static String cpuModel() {
        String linux = lineAfter("/proc/cpuinfo", "model name");
        if (linux != null) {
            return linux;
        }
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        return windows != null ? windows : System.getProperty("os.arch");
    }

    /** Processors that this process may use. */
    public static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Physical memory that this process may use, a container's limit respected, or -1 where the system does not tell.
     */
    public static long totalMemoryBytes() {
        String line = lineAfter("/proc/meminfo", "MemTotal");
        if (line == null) {
            return -1;
        }
        long total = Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        try {
            String limit = Files.readString(Path.of("/sys/fs/cgroup/memory.max")).strip();
            return limit.equals("max") ? total : Math.min(total, Long.parseLong(limit));
        } catch (IOException | NumberFormatException _) {
            return total; // no control group, or an older kind
        }
    }

    /** Version and maker of the running JVM, such as "25.0.1+8-LTS, OpenJDK 64-Bit Server VM (Eclipse Adoptium)". */
    public static String jdk() {
        return Runtime.version() + ", " + System.getProperty("java.vm.name") + " (" + System.getProperty("java.vendor")
                + ")";
    }

    /**
     * What NVIDIA's driver says: "driver 580.65.06 (CUDA 13.0), 1 device: NVIDIA H200", or "not found: " and why, in
     * one line.
     */
    public static String cuda() {
        try {
            return new CudaDriver().describe();
        } catch (CudaException e) {
            return "not found: " + e.getMessage().lines().findFirst().orElseThrow().strip();
        }
    }

    private static final class CudaException extends Exception {
        CudaException(String message) {
            super(message);
        }
    }

    /** The few calls of the CUDA driver API that a report needs (CUDA Driver API, sections 6.2 to 6.5). */
    private static final class CudaDriver {
        private static final Path VERSION_FILE = Path.of("/proc/driver/nvidia/version");
        private static final int NAME_BYTES = 256;

        private final SystemLibrary library;

        CudaDriver() throws CudaException {
            try {
                library = SystemLibrary
                        .open(System.getProperty("os.name").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1");
            } catch (UnsatisfiedLinkError e) {
                throw new CudaException(e.getMessage());
            }
        }

        String describe() throws CudaException {
            call("cuInit", FunctionDescriptor.of(JAVA_INT, JAVA_INT), 0);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment number = arena.allocate(JAVA_INT);
                FunctionDescriptor intOut = FunctionDescriptor.of(JAVA_INT, ADDRESS);
                call("cuDriverGetVersion", intOut, number);
                int cuda = number.get(JAVA_INT, 0);
                call("cuDeviceGetCount", intOut, number);
                int count = number.get(JAVA_INT, 0);
                List<String> names = new ArrayList<>();
                MemorySegment name = arena.allocate(NAME_BYTES);
                for (int i = 0; i < count; i++) {
                    call("cuDeviceGet", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), number, i);
                    call("cuDeviceGetName", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), name,
                            NAME_BYTES,
                            number.get(JAVA_INT, 0));
                    names.add(name.getString(0));
                }
                return "driver " + driverVersion() + "(CUDA " + cuda / 1000 + "." + cuda % 1000 / 10 + "), " + count
                        + (count == 1 ? " device" : " devices") + (count == 0 ? "" : ": " + String.join(", ", names));
            }
        }

        private void call(String function, FunctionDescriptor descriptor, Object... arguments) throws CudaException {
            int result;
            try {
                result = (int) library.function(function, descriptor).invokeWithArguments(arguments);
            } catch (Throwable e) {
                throw new CudaException(function + ": " + e.getMessage());
            }
            if (result != 0) {
                throw new CudaException(function + " failed: " + errorText(result));
            }
        }

        private String errorText(int result) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment text = arena.allocate(JAVA_LONG);
                FunctionDescriptor descriptor = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS);
                int known = (int) library.function("cuGetErrorString", descriptor).invokeExact(result, text);
                return known == 0
                        ? NativeMemory.ALL.getString(text.get(JAVA_LONG, 0)) + " (error " + result + ")"
                        : "error " + result;
            } catch (Throwable _) {
                return "error " + result; // a driver too old to explain itself
            }
        }

        /** The driver's own version, which the driver API does not tell, with a space after it; empty when unknown. */
        private static String driverVersion() {
            try {
                Matcher version = Pattern.compile("\\d{3,}\\.\\d+(\\.\\d+)?").matcher(Files.readString(VERSION_FILE));
                return version.find() ? version.group() + " " : "";
            } catch (IOException _) {
                return "";
            }
        }
    }

    /** What follows "key :" in a file of such lines, or null. */
    private static String lineAfter(String file, String key) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(key) && line.contains(":"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst().orElse(null);
        } catch (IOException _) {
            return null;
        }
    }
}
