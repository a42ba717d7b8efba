package org.jacobi.natives;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.file.Path;

/**
 * The one class that calls the restricted methods of the foreign-function API.
 *
 * <p>C pointers are passed and returned as {@code long} ({@code JAVA_LONG} in a descriptor), which is the same thing to
 * the calling conventions of every 64-bit platform and spares a segment object a call.
 */
@SuppressWarnings("restricted")
final class Foreign {
    private static final Linker LINKER = Linker.nativeLinker();

    private Foreign() {
    }

    /**
     * All of memory as one segment, so that an absolute address is an offset into it.
     *
     * @throws IllegalAccessError if this JVM forbids native access: an error, which reaches the user as it is from the
     *                            class that is being initialised
     */
    static MemorySegment wholeMemory() {
        try {
            return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
        } catch (IllegalCallerException _) {
            throw new IllegalAccessError("this JVM forbids native access, which tensors need; start java with "
                    + "--enable-native-access=" + (Foreign.class.getModule().isNamed()
                            ? "org.jacobi.natives,org.bytedeco.javacpp,org.bytedeco.openblas"
                            : "ALL-UNNAMED"));
        }
    }

    /** A part of memory as a segment that keeps an object reachable as long as it is reachable itself. */
    static MemorySegment view(long address, long bytes, Object keepAlive) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, Arena.ofAuto(),
                _ -> Reference.reachabilityFence(keepAlive));
    }

    /** The functions of the C library, as far as the JDK links to it. */
    static SymbolLookup cLibrary() {
        return LINKER.defaultLookup();
    }

    /** Loads a library by the name the system's loader knows, for the life of the process. */
    static SymbolLookup library(String name) {
        return SymbolLookup.libraryLookup(name, Arena.global());
    }

    /** Loads a library from a file, for the life of the process. */
    static SymbolLookup library(Path file) {
        return SymbolLookup.libraryLookup(file, Arena.global());
    }

    /** A handle to call a C function; {@link IllegalStateException} when the library has no such function. */
    static MethodHandle function(SymbolLookup library, String name, FunctionDescriptor descriptor) {
        MemorySegment symbol = library.find(name)
                .orElseThrow(() -> new IllegalStateException("the library has no function " + name));
        return LINKER.downcallHandle(symbol, descriptor);
    }
}
