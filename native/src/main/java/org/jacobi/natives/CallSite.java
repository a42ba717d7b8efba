package org.jacobi.natives;

import java.util.List;
import java.util.function.Predicate;

/** Tells where in a program a block is made or freed, by walking the stack (one to a few microseconds). */
final class CallSite {
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final String BASE = "org.jacobi.";
    private static final List<String> LIBRARY =
            List.of(BASE + "natives.", BASE + "tensor.", BASE + "autograd.", BASE + "layers.", BASE + "transformer.");
    private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.");

    private CallSite() {
    }

    /** The line of the user's program that led here: the first frame outside the library and the JDK. */
    static String outside() {
        return first(name -> !startsWith(LIBRARY, name) && !startsWith(JDK, name), true);
    }

    /** The method that called this package, without its line. */
    static String caller() {
        return first(name -> !name.startsWith(LIBRARY.getFirst()), false);
    }

    private static String first(Predicate<String> wanted, boolean withLine) {
        return WALKER.walk(frames -> frames.filter(frame -> wanted.test(frame.getClassName())).findFirst()
                .map(frame -> describe(frame, withLine)).orElse("a thread of Jacobi"));
    }

    private static String describe(StackWalker.StackFrame frame, boolean withLine) {
        String name = frame.getClassName();
        String method = name.substring(name.lastIndexOf('.') + 1) + "." + frame.getMethodName();
        return withLine ? method + "(" + frame.getFileName() + ":" + frame.getLineNumber() + ")" : method;
    }

    private static boolean startsWith(List<String> prefixes, String name) {
        for (String prefix : prefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
