package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Raw memory outside the Java heap, seen through one constant segment at absolute addresses.
 *
 * <p>Nothing here knows where a block begins or ends: a wrong address reads or destroys memory of somebody else, or
 * stops the process. Callers check bounds before they come here, once an operation and not once an element.
 */
public final class NativeMemory {
    /**
     * All of memory. A constant segment that starts at address zero makes {@code ALL.get(layout, address)} as fast as
     * an array access: the JIT compiler folds the base, the bounds and the liveness check away.
     */
    public static final MemorySegment ALL = Foreign.wholeMemory();

    private NativeMemory() {
    }

    /**
     * The system's calls for whole mappings. Memory is taken from the system in large pieces only, and pieces that are
     * given back must really leave the process: {@code malloc} keeps freed pieces of up to 32 MiB in its own heaps.
     */
    private static final class Mapping {
        static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");
        static final MethodHandle MAP;
        static final MethodHandle UNMAP;
        static final int READ_WRITE = 0x1 | 0x2; // PROT_READ | PROT_WRITE
        static final int PRIVATE_ANONYMOUS; // MAP_PRIVATE | MAP_ANONYMOUS
        static final int COMMIT_RESERVE = 0x1000 | 0x2000; // MEM_COMMIT | MEM_RESERVE
        static final int PAGE_READ_WRITE = 0x4; // PAGE_READWRITE
        static final int RELEASE = 0x8000; // MEM_RELEASE

        static {
            PRIVATE_ANONYMOUS = System.getProperty("os.name").startsWith("Mac") ? 0x1002 : 0x22;
            if (WINDOWS) {
                var kernel = Foreign.library("kernel32");
                MAP = Foreign.function(kernel, "VirtualAlloc",
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
                UNMAP = Foreign.function(kernel, "VirtualFree",
                        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
            } else {
                var libc = Foreign.cLibrary();
                MAP = Foreign.function(libc, "mmap",
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                                JAVA_LONG));
                UNMAP = Foreign.function(libc, "munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
            }
        }
    }

    /**
     * Maps fresh pages from the system; page-aligned, and a page costs memory only once it is touched.
     *
     * @return the absolute address, or 0 when the system refuses
     */
    static long map(long bytes) {
        try {
            if (Mapping.WINDOWS) {
                return (long) Mapping.MAP.invokeExact(0L, bytes, Mapping.COMMIT_RESERVE, Mapping.PAGE_READ_WRITE);
            }
            long address =
                    (long) Mapping.MAP.invokeExact(0L, bytes, Mapping.READ_WRITE, Mapping.PRIVATE_ANONYMOUS, -1, 0L);
            return address == -1 ? 0 : address; // MAP_FAILED is -1
        } catch (Throwable e) {
            throw new AssertionError("calling the system for memory failed", e);
        }
    }

    /** Gives a whole mapping of {@link #map} back to the system. */
    static void unmap(long address, long bytes) {
        boolean done;
        try {
            done = Mapping.WINDOWS
                    ? (int) Mapping.UNMAP.invokeExact(address, 0L, Mapping.RELEASE) != 0
                    : (int) Mapping.UNMAP.invokeExact(address, bytes) == 0;
        } catch (Throwable e) {
            throw new AssertionError("calling the system to release memory failed", e);
        }
        if (!done) {
            throw new IllegalStateException("the system refused to take back " + bytes + " bytes at 0x"
                    + Long.toHexString(address));
        }
    }

    /**
     * Returns a segment of {@code bytes} bytes from {@code address} on, for users: its bounds are checked.
     *
     * @param keepAlive what the memory belongs to; it stays reachable as long as the segment
     */
    public static MemorySegment view(long address, long bytes, Object keepAlive) {
        return Foreign.view(address, bytes, keepAlive);
    }

    /** Sets {@code bytes} bytes from {@code address} on to {@code value}. */
    public static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    /**
     * Copies {@code bytes} bytes; the two ranges may overlap, and the target then holds what the source held before.
     */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /** A number of bytes for people: {@code 512 bytes}, {@code 1.5 MiB}. */
    public static String readable(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        int unit = bytes < 1024 ? 0 : (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        return unit == 0
                ? bytes + " bytes"
                : String.format(Locale.ROOT, "%.1f %s", Math.scalb((double) bytes, -10 * unit), units[unit]);
    }

    /**
     * Bytes of this process that are in physical memory now (RSS), or -1 where the system does not tell (not Linux).
     */
    public static long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException _) {
            return -1; // no /proc: another system than Linux
        }
        return -1;
    }
}
