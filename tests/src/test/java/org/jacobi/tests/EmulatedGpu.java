package org.jacobi.tests;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.natives.cuda.MatmulCall;

/**
 * A GPU that the processor plays: kernels are compiled by g++ with emulation.h in front of them, and its memory is ordinary
 * memory, in which every block lies between pages that nobody may touch. What lies behind a block up to the next page is
 * checked after each launch that was given the block.
 *
 * <p>Libraries are kept below target/emulated-gpu, by a hash of what they were made of.
 */
@SuppressWarnings("restricted")
final class EmulatedGpu implements Gpu {
    private static final Path MAIN = Project.root().resolve("native/src/main/cuda");
    private static final Path EMULATION = Project.root().resolve("native/src/test/cuda");
    private static final List<String> FLAGS = List.of("-std=c++17", "-O2", "-fPIC", "-shared", "-w",
            // As on a device, where nothing is contracted or reordered unless the source says so.
            "-ffp-contract=off", "-fno-strict-aliasing", "-fcf-protection=none");
    private static final long PAGE = 4096;
    private static final long ALIGNMENT = 256;
    private static final byte UNDEFINED = (byte) 0xff;
    private static final byte BEHIND = (byte) 0xa5;
    /** Pages that are kept for the next block of their size. */
    private static final long KEPT = 256L << 20;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MAP = LINKER.downcallHandle(
            LINKER.defaultLookup().find("mmap").orElseThrow(),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle PROTECT = LINKER.downcallHandle(
            LINKER.defaultLookup().find("mprotect").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle UNMAP = LINKER.downcallHandle(
            LINKER.defaultLookup().find("munmap").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

    /** @param mapping where its pages begin, the guards included */
    private record Block(long address, long bytes, long mapping, long pages, String op) {
        /** Returns where the last page ends. */
        long end() {
            return mapping + (pages - 1) * PAGE;
        }
    }

    private final Map<String, SymbolLookup> libraries = new HashMap<>();
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    /** By their number of pages. */
    private final Map<Long, Deque<Long>> free = new HashMap<>();
    private long kept;
    private SymbolLookup emulation;

    /** Returns why kernels cannot be emulated here, or null if they can. */
    static String unavailableReason() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return "kernels are emulated on Linux only";
        }
        return Tools.version("g++") == null ? "there is no g++ to compile kernels for the processor" : null;
    }

    @Override
    public String name() {
        return "emulated GPU";
    }

    @Override
    public int multiprocessors() {
        return 2; // so few that grid-stride loops go round more than once
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    @Override
    public synchronized long allocate(long bytes, String op) {
        long room = Math.ceilDiv(Math.max(bytes, 1), ALIGNMENT) * ALIGNMENT;
        long pages = Math.ceilDiv(room, PAGE) + 2;
        Deque<Long> same = free.get(pages);
        long mapping;
        if (same != null && !same.isEmpty()) {
            mapping = same.pop();
            kept -= pages * PAGE;
        } else {
            mapping = map(pages);
        }
        Block block = new Block(mapping + (pages - 1) * PAGE - room, bytes, mapping, pages, op);
        NativeMemory.fill(block.address, bytes, UNDEFINED);
        NativeMemory.fill(block.address + bytes, block.end() - block.address - bytes, BEHIND);
        blocks.put(block.address, block);
        return block.address;
    }

    private static long map(long pages) {
        try {
            long mapping = (long) MAP.invokeExact(0L, pages * PAGE, 0x3, 0x22, -1, 0L);
            if (mapping == -1) {
                throw new OutOfMemoryError("the system has no " + pages + " pages for the emulated GPU");
            }
            int low = (int) PROTECT.invokeExact(mapping, PAGE, 0);
            int high = (int) PROTECT.invokeExact(mapping + (pages - 1) * PAGE, PAGE, 0);
            if (low != 0 || high != 0) {
                throw new IllegalStateException("the system refused to protect a page");
            }
            return mapping;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public synchronized void free(long address, long bytes) {
        Block block = blocks.remove(address);
        if (block == null || block.bytes != bytes) {
            throw new IllegalStateException("the emulated GPU has no block of " + bytes + " bytes at 0x"
                    + Long.toHexString(address));
        }
        checkBehind(block, "its end");
        if (kept + block.pages * PAGE > KEPT) {
            try {
                int _ = (int) UNMAP.invokeExact(block.mapping, block.pages * PAGE);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        } else {
            free.computeIfAbsent(block.pages, _ -> new ArrayDeque<>()).push(block.mapping);
            kept += block.pages * PAGE;
        }
    }

    private static void checkBehind(Block block, String when) {
        for (long at = block.address + block.bytes; at < block.end(); at++) {
            if (NativeMemory.ALL.get(JAVA_BYTE, at) != BEHIND) {
                throw new IllegalStateException("at " + when + ", something was written "
                        + (at - block.address - block.bytes) + " bytes behind a block of " + block.bytes
                        + " bytes that was made for " + block.op);
            }
        }
    }

    private Block blockAt(long address) {
        Map.Entry<Long, Block> entry = blocks.floorEntry(address);
        return entry == null || address >= entry.getValue().end() ? null : entry.getValue();
    }

    private void require(String what, long address, long bytes) {
        Block block = blockAt(address);
        if (bytes > 0 && (block == null || address + bytes > block.address + block.bytes)) {
            throw new IllegalStateException(what + ": " + bytes + " bytes at 0x" + Long.toHexString(address)
                    + " are not in a block of the emulated GPU");
        }
    }

    @Override
    public synchronized void copyIn(long device, long host, long bytes) {
        require("copyIn", device, bytes);
        NativeMemory.copy(host, device, bytes);
    }

    @Override
    public synchronized void copyOut(long host, long device, long bytes) {
        require("copyOut", device, bytes);
        NativeMemory.copy(device, host, bytes);
    }

    @Override
    public synchronized void copy(long to, long from, long bytes) {
        require("copy to", to, bytes);
        require("copy from", from, bytes);
        NativeMemory.copy(from, to, bytes);
    }

    // ---- kernels ---------------------------------------------------------------------------------------------------

    @Override
    public synchronized Kernel kernel(String file, String name) {
        MemorySegment symbol = libraries.computeIfAbsent(file, this::load).find(name).orElseThrow(
                () -> new IllegalArgumentException(file + ".cu has no kernel " + name));
        MethodHandle function = LINKER.downcallHandle(symbol,
                FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
        return (gridX, gridY, gridZ, blockX, blockY, sharedBytes, arguments) -> launch(name, function, arguments,
                gridX, gridY, gridZ, blockX, blockY, sharedBytes);
    }

    private synchronized void launch(String name, MethodHandle function, Arguments arguments, int... grid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = (MemorySegment) function.invokeExact(arguments.address(), (long) arguments.bytes(),
                    arena.allocateFrom(JAVA_INT, grid));
            if (message.address() != 0) {
                throw new IllegalStateException(message.reinterpret(Long.MAX_VALUE).getString(0));
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        for (long at = arguments.address(); at < arguments.address() + arguments.bytes(); at += Long.BYTES) {
            Block block = blockAt(NativeMemory.ALL.get(JAVA_LONG, at));
            if (block != null) {
                checkBehind(block, "the end of kernel " + name);
            }
        }
    }

    private SymbolLookup load(String file) {
        if (emulation == null) {
            // Of global scope, since the kernels' libraries need its symbols; they name it as what they depend on.
            emulation = SymbolLookup.libraryLookup(emulationLibrary(), Arena.global());
        }
        Path source = Stream.of(MAIN, EMULATION).map(folder -> folder.resolve(file + ".cu")).filter(Files::exists)
                .findFirst().orElseThrow(() -> new IllegalArgumentException("there is no " + file + ".cu in " + MAIN));
        List<String> arguments = List.of("-I" + MAIN, "-I" + EMULATION, "-include", "emulation.h", "-x", "c++",
                source.toString(), "-x", "none", emulationLibrary().toString());
        return SymbolLookup.libraryLookup(compiled(source, arguments), Arena.global());
    }

    private Path emulationLibrary() {
        Path source = EMULATION.resolve("emulation.cpp");
        return compiled(source, List.of(source.toString()));
    }

    private static Path compiled(Path source, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("g++"));
        command.addAll(FLAGS);
        command.addAll(arguments);
        String name = source.getFileName().toString().replaceFirst("\\.c.*", "");
        Path library = Tools.cached("emulated-gpu", name, ".so", command, sources(source));
        if (!Files.exists(library)) {
            Path unfinished = library.resolveSibling(library.getFileName() + "." + ProcessHandle.current().pid());
            command.addAll(List.of("-o", unfinished.toString()));
            Tools.run(command);
            try {
                Files.move(unfinished, library);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return library;
    }

    /** A source and every header that it might include. */
    private static List<Path> sources(Path source) {
        List<Path> sources = new ArrayList<>(List.of(source));
        sources.addAll(Tools.list(EMULATION, ".h"));
        sources.addAll(Tools.list(MAIN, ".cuh"));
        return sources;
    }

    @Override
    public boolean matmul(MatmulCall call) {
        return false;
    }

    @Override
    public void synchronize() {
        // Every call has waited already.
    }
}
