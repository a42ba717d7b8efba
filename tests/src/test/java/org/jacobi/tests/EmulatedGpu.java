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
import java.lang.foreign.ValueLayout;
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
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.natives.cuda.MatmulCall;

/**
 * A GPU that the processor plays: kernels are compiled by g++ with emulation.h in front of them, and its memory is ordinary
 * memory, in which every block lies between stretches that nobody may touch. What lies behind a block up to there is checked
 * after each launch that was given the block.
 *
 * <p>Libraries are kept below target/emulated-gpu, by a hash of what they were made of.
 */
@SuppressWarnings("restricted")
class EmulatedGpu implements Gpu {
    private static final Path MAIN = Project.root().resolve("native/src/main/cuda");
    private static final Path EMULATION = Project.root().resolve("native/src/test/cuda");
    private static final List<String> FLAGS = List.of("-std=c++17", "-O2", "-fPIC", "-shared", "-w",
            // As on a device, where nothing is contracted or reordered unless the source says so.
            "-ffp-contract=off", "-fno-strict-aliasing", "-fcf-protection=none",
            // A wide access that is not aligned, and an index outside of an array, in shared memory above all.
            "-fsanitize=alignment,bounds", "-fsanitize-undefined-trap-on-error");
    private static final long PAGE = 4096;
    /** What nobody may touch on either side of a block. */
    private static final long GUARD = 1 << 20;
    // PROT_NONE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
    private static final int NONE = 0;
    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
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

    /** @param first where its pages begin, behind the guard */
    private record Block(long address, long bytes, long first, long pages, String op) {
        /** Returns where the last page ends. */
        long end() {
            return first + pages * PAGE;
        }
    }

    private final Map<String, SymbolLookup> libraries = new HashMap<>();
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    /** By their number of pages. */
    private final Map<Long, Deque<Long>> free = new HashMap<>();
    private long kept;
    private SymbolLookup emulation;
    private final boolean library;
    /** What is being recorded, or null; and the blocks that were freed meanwhile. */
    private List<Runnable> recorded;
    private List<Block> freed;

    /** A GPU without a library for products, so that kernels compute them. */
    EmulatedGpu() {
        this(false);
    }

    /** @param library whether products and what is fused with them are computed as a library would */
    EmulatedGpu(boolean library) {
        this.library = library;
    }

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
        long pages = Math.ceilDiv(room, PAGE);
        Deque<Long> same = free.get(pages);
        long first;
        if (same != null && !same.isEmpty()) {
            first = same.pop();
            kept -= pages * PAGE;
        } else {
            first = map(pages);
        }
        Block block = new Block(first + pages * PAGE - room, bytes, first, pages, op);
        NativeMemory.fill(block.address, bytes, UNDEFINED);
        NativeMemory.fill(block.address + bytes, block.end() - block.address - bytes, BEHIND);
        blocks.put(block.address, block);
        return block.address;
    }

    private static long map(long pages) {
        try {
            long mapping = (long) MAP.invokeExact(0L, pages * PAGE + 2 * GUARD, NONE, PRIVATE_ANONYMOUS, -1, 0L);
            if (mapping == -1 || (int) PROTECT.invokeExact(mapping + GUARD, pages * PAGE, READ_WRITE) != 0) {
                throw new OutOfMemoryError("the system has no " + pages + " pages for the emulated GPU");
            }
            return mapping + GUARD;
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
        if (recorded != null) {
            blocks.put(address, block); // replays write there
            freed.add(block);
            return;
        }
        if (kept + block.pages * PAGE > KEPT) {
            try {
                int _ = (int) UNMAP.invokeExact(block.first - GUARD, block.pages * PAGE + 2 * GUARD);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        } else {
            free.computeIfAbsent(block.pages, _ -> new ArrayDeque<>()).push(block.first);
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
        refuseInCapture("a copy from the host");
        require("copyIn", device, bytes);
        NativeMemory.copy(host, device, bytes);
    }

    @Override
    public synchronized void copyOut(long host, long device, long bytes) {
        refuseInCapture("a copy to the host");
        require("copyOut", device, bytes);
        NativeMemory.copy(device, host, bytes);
    }

    @Override
    public synchronized void copy(long to, long from, long bytes) {
        require("copy to", to, bytes);
        require("copy from", from, bytes);
        run(() -> NativeMemory.copy(from, to, bytes));
    }

    // ---- kernels ---------------------------------------------------------------------------------------------------

    @Override
    public synchronized Kernel kernel(String file, String name) {
        MemorySegment symbol = libraries.computeIfAbsent(file, this::load).find(name).orElseThrow(
                () -> new IllegalArgumentException(file + ".cu has no kernel " + name));
        MethodHandle function = LINKER.downcallHandle(symbol,
                FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
        return (gridX, gridY, gridZ, blockX, blockY, sharedBytes, arguments) -> {
            int bytes = arguments.bytes();
            // A copy, as the driver makes one: the arguments are written anew for the next launch.
            MemorySegment copy = Arena.ofAuto().allocate(bytes, Long.BYTES);
            NativeMemory.copy(arguments.address(), copy.address(), bytes);
            run(() -> launch(name, function, copy, gridX, gridY, gridZ, blockX, blockY, sharedBytes));
        };
    }

    // ---- recordings ------------------------------------------------------------------------------------------------

    private synchronized void run(Runnable work) {
        if (recorded == null) {
            work.run();
        } else {
            recorded.add(work);
        }
    }

    private void refuseInCapture(String what) {
        if (recorded != null) {
            throw new IllegalStateException(what + " cannot be part of a captured step; do it before or after");
        }
    }

    @Override
    public synchronized Recording capture(Runnable work) {
        refuseInCapture("another capture");
        recorded = new ArrayList<>();
        freed = new ArrayList<>();
        List<Runnable> steps = recorded;
        List<Block> held = freed;
        boolean whole = false;
        try {
            work.run();
            whole = true;
        } finally {
            recorded = null;
            freed = null;
            if (!whole) {
                held.forEach(block -> free(block.address, block.bytes));
            }
        }
        return new Recording() {
            @Override
            public void replay() {
                steps.forEach(Runnable::run);
            }

            @Override
            public void close() {
                held.forEach(block -> free(block.address, block.bytes));
                held.clear();
            }
        };
    }

    private synchronized void launch(String name, MethodHandle function, MemorySegment arguments, int... grid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = (MemorySegment) function.invokeExact(arguments.address(), arguments.byteSize(),
                    arena.allocateFrom(JAVA_INT, grid));
            if (message.address() != 0) {
                throw new IllegalStateException(message.reinterpret(Long.MAX_VALUE).getString(0));
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        for (long at = 0; at < arguments.byteSize(); at += Long.BYTES) {
            Block block = blockAt(arguments.get(JAVA_LONG, at));
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

    // ---- products, by their definition -------------------------------------------------------------------------------

    @Override
    public boolean matmul(MatmulCall call) {
        if (library) {
            run(() -> multiply(call));
        }
        return library;
    }

    private static int bytes(MatmulCall.Type type) {
        return type == MatmulCall.Type.F64 ? 8 : type == MatmulCall.Type.F32 ? 4 : 2;
    }

    private static double get(MatmulCall.Type type, long address, long i) {
        long at = address + i * bytes(type);
        return switch (type) {
            case F64 -> NativeMemory.ALL.get(ValueLayout.JAVA_DOUBLE, at);
            case F32 -> NativeMemory.ALL.get(ValueLayout.JAVA_FLOAT, at);
            case F16 -> Float.float16ToFloat(NativeMemory.ALL.get(ValueLayout.JAVA_SHORT, at));
            case BF16 -> Float.intBitsToFloat(NativeMemory.ALL.get(ValueLayout.JAVA_SHORT, at) << 16);
        };
    }

    private static void put(MatmulCall.Type type, long address, long i, double value) {
        long at = address + i * bytes(type);
        switch (type) {
            case F64 -> NativeMemory.ALL.set(ValueLayout.JAVA_DOUBLE, at, value);
            case F32 -> NativeMemory.ALL.set(ValueLayout.JAVA_FLOAT, at, (float) value);
            case F16 -> NativeMemory.ALL.set(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16((float) value));
            case BF16 -> {
                int bits = Float.floatToRawIntBits((float) value);
                NativeMemory.ALL.set(ValueLayout.JAVA_SHORT, at, (short) (bits + 0x7fff + (bits >> 16 & 1) >> 16));
            }
        }
    }

    private void multiply(MatmulCall c) {
        MatmulCall.Type type = c.type();
        long size = bytes(type);
        for (long batch = 0; batch < c.batch(); batch++) {
            long a = c.a() + batch * c.strideA() * size;
            long b = c.b() + batch * c.strideB() * size;
            long out = c.out() + batch * c.strideOut() * size;
            require("the product's result", out, ((c.m() - 1) * c.ldOut() + c.n()) * size);
            double[] columns = new double[(int) c.n()];
            for (long i = 0; i < c.m(); i++) {
                double row = 0;
                for (long k = 0; k < c.k(); k++) {
                    row += get(type, a, c.transposedA() ? k * c.lda() + i : i * c.lda() + k);
                }
                for (long j = 0; j < c.n(); j++) {
                    double sum = 0;
                    for (long k = 0; k < c.k(); k++) {
                        sum += get(type, a, c.transposedA() ? k * c.lda() + i : i * c.lda() + k)
                                * get(type, b, c.transposedB() ? j * c.ldb() + k : k * c.ldb() + j);
                    }
                    sum = c.alpha() * sum + (c.beta() == 0 ? 0 : c.beta() * get(type, out, i * c.ldOut() + j));
                    switch (c.epilogue()) {
                        case BIAS -> sum += get(type, c.bias(), j);
                        case BIAS_GELU -> {
                            sum += get(type, c.bias(), j);
                            put(type, c.auxiliary(), i * c.n() + j, sum);
                            sum = gelu(sum);
                        }
                        case DGELU, DGELU_BIAS_GRADIENT -> sum *= slope(get(type, c.auxiliary(), i * c.n() + j));
                        case NONE, BIAS_GRADIENT -> {
                            // nothing is done with the product itself
                        }
                    }
                    columns[(int) j] += sum;
                    put(type, out, i * c.ldOut() + j, sum);
                }
                if (c.epilogue() == MatmulCall.Epilogue.BIAS_GRADIENT) {
                    put(type, c.bias(), i, row);
                }
            }
            for (int j = 0; j < columns.length && c.epilogue() == MatmulCall.Epilogue.DGELU_BIAS_GRADIENT; j++) {
                put(type, c.bias(), j, columns[j]);
            }
        }
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    private static double slope(double x) {
        double t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    }

    @Override
    public void synchronize() {
        refuseInCapture("waiting");
        // Every call has waited already.
    }
}
