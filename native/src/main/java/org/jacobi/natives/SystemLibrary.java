package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** A shared library of the system, loaded for the life of the process; a refusal is told in the system's own words. */
public final class SystemLibrary {
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");
    private static final int LAZY = 1; // RTLD_LAZY

    private final String name;
    private final SymbolLookup symbols;

    private SystemLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        this.symbols = symbols;
    }

    /**
     * Loads a library.
     *
     * @param name a name that the system's loader knows, or an absolute path
     * @throws UnsatisfiedLinkError with the loader's reason, in one line
     */
    public static SystemLibrary open(String name) {
        String refusal = WINDOWS ? null : refusal(name);
        if (refusal != null) {
            throw new UnsatisfiedLinkError(refusal.lines().findFirst().orElse(name).strip());
        }
        try {
            return new SystemLibrary(name, Foreign.library(name));
        } catch (IllegalArgumentException e) {
            throw new UnsatisfiedLinkError(e.getMessage());
        }
    }

    /** Why the system's loader cannot open a library, or null; the JDK keeps its words to itself. */
    private static String refusal(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle open = Foreign.function(Foreign.cLibrary(), "dlopen",
                    FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_INT));
            MethodHandle error = Foreign.function(Foreign.cLibrary(), "dlerror", FunctionDescriptor.of(JAVA_LONG));
            if ((long) open.invokeExact(arena.allocateFrom(name), LAZY) != 0) {
                return null;
            }
            long message = (long) error.invokeExact();
            return message == 0 ? name + " cannot be opened" : NativeMemory.ALL.getString(message);
        } catch (Throwable e) {
            return "asking the system's loader for " + name + ": " + e.getMessage();
        }
    }

    /** Whether the library has a function of this name. */
    public boolean has(String function) {
        return symbols.find(function).isPresent();
    }

    /** Returns the name or path by which it was loaded. */
    public String name() {
        return name;
    }

    MethodHandle function(String function, FunctionDescriptor descriptor) {
        return Foreign.function(symbols, function, descriptor);
    }
}
