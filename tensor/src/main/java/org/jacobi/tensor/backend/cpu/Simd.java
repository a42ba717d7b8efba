package org.jacobi.tensor.backend.cpu;

import java.lang.module.ModuleFinder;

import org.jacobi.natives.Settings;

/**
 * Chooses between vectors and plain loops, once: the only place from which classes that need the Vector API are
 * reached.
 *
 * <p>The Vector API is an incubator module, which a JVM has only when it is started with
 * {@code --add-modules jdk.incubator.vector}. Without it, or with {@code -Djacobi.simd=none}, plain loops run.
 */
final class Simd {
    private static final String MODULE = "jdk.incubator.vector";
    private static final boolean WANTED = wanted();
    private static final boolean VECTORS = WANTED && ModuleLayer.boot().findModule(MODULE).isPresent();
    private static final Rows ROWS;
    private static final FusedRows FUSED_ROWS;
    private static final WindowRows WINDOW_ROWS;
    private static final Gemm GEMM;
    private static final FftLanes FFT_LANES;
    private static final WinogradLanes WINOGRAD_LANES;
    private static final String DESCRIPTION;

    static {
        if (VECTORS) {
            ROWS = new VectorRows();
            FUSED_ROWS = new VectorFusedRows();
            WINDOW_ROWS = new VectorWindowRows();
            GEMM = new VectorGemm();
            FFT_LANES = new VectorFft();
            WINOGRAD_LANES = new VectorWinograd();
            DESCRIPTION = "Vector API, " + VectorMath.LANES + " lanes of f32";
        } else {
            ROWS = new PlainRows();
            FUSED_ROWS = new PlainFusedRows();
            WINDOW_ROWS = new WindowRows();
            GEMM = new PlainGemm();
            FFT_LANES = null;
            WINOGRAD_LANES = null;
            DESCRIPTION = "plain loops (" + missing() + ")";
        }
        if (WANTED && !VECTORS) {
            System.err.println("jacobi: plain loops run instead of vectors: " + missing());
        }
    }

    private Simd() {
    }

    private static boolean wanted() {
        try {
            return !Settings.simd().equals("none");
        } catch (IllegalArgumentException e) {
            throw new ExceptionInInitializerError(e.getMessage()); // an exception would lose its message here
        }
    }

    /** Returns why there are no vectors, and what to do. */
    private static String missing() {
        if (!WANTED) {
            return "the Vector API is turned off by -Djacobi.simd=none";
        }
        return ModuleFinder.ofSystem().find(MODULE).isPresent()
                ? "the Vector API is missing; start java with --add-modules " + MODULE
                : "this JDK has no Vector API; take one with the module " + MODULE;
    }

    /** Returns the inner loops of elementwise functions and reductions. */
    static Rows rows() {
        return ROWS;
    }

    /** Returns the inner loops of the fused kernels. */
    static FusedRows fusedRows() {
        return FUSED_ROWS;
    }

    /** Returns the inner loops over windows. */
    static WindowRows windowRows() {
        return WINDOW_ROWS;
    }

    /** Returns the matrix product written in Java. */
    static Gemm gemm() {
        return GEMM;
    }

    /** Returns the inner loops of Fourier transforms of several signals at once; null where there are no vectors. */
    static FftLanes fftLanes() {
        return FFT_LANES;
    }

    /** Returns the transforms of Winograd's convolution; null where there are no vectors. */
    static WinogradLanes winogradLanes() {
        return WINOGRAD_LANES;
    }

    /** Returns what runs, as {@code jacobi info} prints it: the vectors' width, or why there are none. */
    static String description() {
        return DESCRIPTION;
    }
}
