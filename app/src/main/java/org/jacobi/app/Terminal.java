package org.jacobi.app;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * What the command needs to know of its standard error, and Java does not tell: it asks the C library. Where there is
 * none with these functions, as on Windows, the answer is that of no terminal.
 *
 * <p>Terminal libraries are no way out: they take over the signals, and a Ctrl-C would end a training unsaved.
 */
final class Terminal {
    /** With this property the launcher names the descriptor of the true standard error. */
    static final String DESCRIPTOR_PROPERTY = "jacobi.stderr";

    private static final int STANDARD_ERROR = 2;
    private static final int USUAL_WIDTH = 80;

    private Terminal() {
    }

    /**
     * Takes over the descriptor that the launcher names as standard error. Until then standard error passes through a
     * filter that drops a warning of the JVM.
     */
    static void takeOverStandardError() {
        String descriptor = System.getProperty(DESCRIPTOR_PROPERTY);
        if (descriptor != null) {
            try {
                int _ = (int) function("dup2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT))
                        .invokeExact(Integer.parseInt(descriptor), STANDARD_ERROR);
            } catch (Throwable _) {
                // standard error goes on passing through the filter
            }
        }
    }

    /** Returns whether standard error is a terminal, on which a line can be drawn again and again. */
    static boolean isStandardErrorTerminal() {
        try {
            return (int) function("isatty", FunctionDescriptor.of(JAVA_INT, JAVA_INT)).invokeExact(STANDARD_ERROR) == 1;
        } catch (Throwable _) {
            return false;
        }
    }

    /** Returns how many characters fit into a line of the terminal. */
    static int width() {
        try (Arena arena = Arena.ofConfined()) {
            long request = System.getProperty("os.name").startsWith("Mac") ? 0x40087468L : 0x5413L; // TIOCGWINSZ
            MemorySegment size = arena.allocate(JAVA_SHORT, 4); // rows, columns, and both in pixels
            int failed = (int) function("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                    Linker.Option.firstVariadicArg(2)).invokeExact(STANDARD_ERROR, request, size);
            int columns = size.getAtIndex(JAVA_SHORT, 1) & 0xFFFF;
            return failed != 0 || columns == 0 ? USUAL_WIDTH : columns;
        } catch (Throwable _) {
            return USUAL_WIDTH;
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }
}
