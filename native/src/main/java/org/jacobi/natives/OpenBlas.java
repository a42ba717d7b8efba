package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Matrix products of OpenBLAS on raw addresses, row-major.
 *
 * <p>OpenBLAS runs with one thread: whoever wants several splits the product and calls from the threads of a
 * {@link WorkerPool}; concurrent calls are safe. Where the library is absent or cannot be loaded, or with
 * {@code -Djacobi.blas=none}, {@link #available} is false and {@link #unavailableReason} says why.
 */
public final class OpenBlas {
    private static final String UNAVAILABLE_REASON = load();

    private OpenBlas() {
    }

    /** Whether {@link #sgemm} and {@link #dgemm} can be called. */
    public static boolean available() {
        return UNAVAILABLE_REASON == null;
    }

    /** Whether {@code -Djacobi.blas=none} asks for products without OpenBLAS. */
    public static boolean turnedOff() {
        return wanted().equals("none");
    }

    private static String wanted() {
        return System.getProperty("jacobi.blas", "openblas");
    }

    /** Why OpenBLAS cannot be used and what to do about it, in one line; null when it can. */
    public static String unavailableReason() {
        return UNAVAILABLE_REASON;
    }

    /**
     * OpenBLAS's own account of itself: version, build options, and the kind of core it chose its kernels for.
     *
     * @throws IllegalStateException when OpenBLAS is not available
     */
    public static String version() {
        requireAvailable();
        return Calls.CONFIGURATION;
    }

    /**
     * {@code C = alpha * op(A) * op(B) + beta * C} in single precision.
     *
     * <p>{@code op(A)} is {@code m} by {@code k}, {@code op(B)} is {@code k} by {@code n}, {@code C} is {@code m} by
     * {@code n}. With a {@code beta} of 0, what {@code C} held before is not read, NaN included. (BLAS 3, Dongarra et
     * al., ACM TOMS 16(1), 1990.)
     *
     * @param transA whether {@code A} is stored transposed, {@code k} by {@code m}
     * @param transB whether {@code B} is stored transposed, {@code n} by {@code k}
     * @param a      absolute address of the first element
     * @param lda    elements from one stored row to the next
     * @throws IllegalArgumentException when a size is negative or a row stride is shorter than a row
     * @throws IllegalStateException    when OpenBLAS is not available
     */
    public static void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
            int ldb, float beta, long c, int ldc) {
        requireAvailable();
        checkSizes("sgemm", transA, transB, m, n, k, lda, ldb, ldc);
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    long address = c + ((long) i * ldc + j) * Float.BYTES;
                    float old = beta == 0 ? 0 : beta * NativeMemory.ALL.get(JAVA_FLOAT_UNALIGNED, address);
                    NativeMemory.ALL.set(JAVA_FLOAT_UNALIGNED, address, old);
                }
            }
            return;
        }
        Calls.sgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    /** {@code C = alpha * op(A) * op(B) + beta * C} in double precision; all else as in {@link #sgemm}. */
    public static void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b,
            int ldb, double beta, long c, int ldc) {
        requireAvailable();
        checkSizes("dgemm", transA, transB, m, n, k, lda, ldb, ldc);
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    long address = c + ((long) i * ldc + j) * Double.BYTES;
                    double old = beta == 0 ? 0 : beta * NativeMemory.ALL.get(JAVA_DOUBLE_UNALIGNED, address);
                    NativeMemory.ALL.set(JAVA_DOUBLE_UNALIGNED, address, old);
                }
            }
            return;
        }
        Calls.dgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    /** OpenBLAS answers a wrong argument with a line on standard error and a result that is not written; we do not. */
    private static void checkSizes(String name, boolean transA, boolean transB, int m, int n, int k, int lda, int ldb,
            int ldc) {
        if (m < 0 || n < 0 || k < 0 || lda < (transA ? m : k) || ldb < (transB ? k : n) || ldc < n) {
            throw new IllegalArgumentException(
                    name + ": m=" + m + " n=" + n + " k=" + k + " transA=" + transA + " transB="
                            + transB + " lda=" + lda + " ldb=" + ldb + " ldc=" + ldc
                            + "; expected sizes of 0 or more and strides no shorter than the stored rows");
        }
    }

    private static void requireAvailable() {
        if (UNAVAILABLE_REASON != null) {
            throw new IllegalStateException("OpenBLAS is not available: " + UNAVAILABLE_REASON);
        }
    }

    /** The library's functions, for those that the preset does not bind; null when none of the loaded ones is OpenBLAS. */
    static SymbolLookup library() {
        requireAvailable();
        return Calls.LIBRARY;
    }

    private static String load() {
        if (turnedOff()) {
            return "turned off by -Djacobi.blas=none";
        }
        if (!wanted().equals("openblas")) {
            return "-Djacobi.blas=" + wanted() + " is unknown; expected openblas or none";
        }
        try {
            Calls.load();
            return null;
        } catch (NoClassDefFoundError e) {
            return OpenBlas.class.getModule().isNamed()
                    ? "the module org.bytedeco.openblas is not loaded; start java with --add-modules ALL-MODULE-PATH"
                    : "not on the class path (no " + e.getMessage().replace('/', '.')
                            + "); add org.bytedeco:openblas and its natives";
        } catch (LinkageError | RuntimeException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            return message.startsWith("Could not find jni")
                    ? "no native library is there, or none that can be loaded; add org.bytedeco:openblas with the "
                            + "classifier " + Loader.getPlatform()
                    : "could not be loaded: " + message.lines().findFirst().orElseThrow()
                            + "; replace what is damaged or of another system";
        }
    }

    /** Everything that needs JavaCPP's classes, apart, so that {@link OpenBlas} loads without them. */
    private static final class Calls {
        /** Tells what it is, and so is found in no other library. */
        private static final String TELLTALE = "openblas_get_config";
        static final SymbolLookup LIBRARY;
        static final String CONFIGURATION;
        private static final ThreadLocal<Operands> OPERANDS = ThreadLocal.withInitial(Operands::new);

        static {
            Loader.load(openblas_nolapack.class);
            openblas_nolapack.blas_set_num_threads(1);
            LIBRARY = library();
            CONFIGURATION = configuration();
        }

        static void load() {
            // the static initialiser does the work
        }

        private static SymbolLookup library() {
            for (String file : Loader.getLoadedLibraries().values()) {
                SymbolLookup library = Foreign.library(Path.of(file));
                if (library.find(TELLTALE).isPresent()) {
                    return library;
                }
            }
            return null;
        }

        private static String configuration() {
            if (LIBRARY == null) {
                return "OpenBLAS that does not tell its version";
            }
            try {
                MethodHandle get = Foreign.function(LIBRARY, TELLTALE, FunctionDescriptor.of(JAVA_LONG));
                return NativeMemory.ALL.getString((long) get.invokeExact()).strip();
            } catch (Throwable e) {
                throw new AssertionError("calling " + TELLTALE + " failed", e);
            }
        }

        static void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
                int ldb, float beta, long c, int ldc) {
            Operands operands = OPERANDS.get();
            openblas_nolapack.cblas_sgemm(openblas_nolapack.CblasRowMajor, transpose(transA), transpose(transB), m, n,
                    k,
                    alpha, operands.floatA.at(a), lda, operands.floatB.at(b), ldb, beta, operands.floatC.at(c), ldc);
        }

        static void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b,
                int ldb, double beta, long c, int ldc) {
            Operands operands = OPERANDS.get();
            openblas_nolapack.cblas_dgemm(openblas_nolapack.CblasRowMajor, transpose(transA), transpose(transB), m, n,
                    k,
                    alpha, operands.doubleA.at(a), lda, operands.doubleB.at(b), ldb, beta, operands.doubleC.at(c), ldc);
        }

        private static int transpose(boolean transposed) {
            return transposed ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans;
        }
    }

    /** Pointer objects of one thread, pointed anew for each call, so that a call makes no garbage. */
    private static final class Operands {
        final FloatAt floatA = new FloatAt();
        final FloatAt floatB = new FloatAt();
        final FloatAt floatC = new FloatAt();
        final DoubleAt doubleA = new DoubleAt();
        final DoubleAt doubleB = new DoubleAt();
        final DoubleAt doubleC = new DoubleAt();
    }

    /**
     * A pointer to an address that JavaCPP does not own: made of no other pointer, it is not entered into JavaCPP's
     * registry of things to free, whose lock is process-wide.
     */
    private static final class FloatAt extends FloatPointer {
        FloatAt() {
            super((Pointer) null);
        }

        FloatAt at(long address) {
            this.address = address;
            return this;
        }
    }

    /** The same for double precision. */
    private static final class DoubleAt extends DoublePointer {
        DoubleAt() {
            super((Pointer) null);
        }

        DoubleAt at(long address) {
            this.address = address;
            return this;
        }
    }
}
