package org.jacobi.natives;

import java.util.List;

/** The system properties that choose how Jacobi runs; each is read where it is used, and here all can be checked. */
public final class Settings {
    private Settings() {
    }

    /**
     * Checks {@code jacobi.memory}, {@code jacobi.memory.limit}, {@code jacobi.threads}, {@code jacobi.blas},
     * {@code jacobi.simd}, {@code jacobi.cuda.sync} and {@code jacobi.cuda.tf32}.
     *
     * @throws IllegalArgumentException naming the first that is wrong, its value, and what is known
     */
    public static void check() {
        MemorySettings.mode(System.getProperty(MemorySettings.MODE_PROPERTY));
        MemorySettings.limit(System.getProperty(MemorySettings.LIMIT_PROPERTY), Platform.totalMemoryBytes());
        WorkerPool.configuredThreads();
        choice("jacobi.blas", "openblas", "none");
        simd();
        choice("jacobi.cuda.sync", "false", "true");
        choice("jacobi.cuda.tf32", "false", "true");
    }

    /**
     * Returns {@code jacobi.simd}: auto or none.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static String simd() {
        return choice("jacobi.simd", "auto", "none");
    }

    /** Returns a property's value, the first of the known ones when it is not set. */
    private static String choice(String property, String... known) {
        String value = System.getProperty(property, known[0]);
        if (!List.of(known).contains(value)) {
            throw new IllegalArgumentException(
                    "-D" + property + "=" + value + ": expected " + String.join(" or ", known));
        }
        return value;
    }
}
