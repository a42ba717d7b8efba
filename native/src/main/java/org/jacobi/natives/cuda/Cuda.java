package org.jacobi.natives.cuda;

import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.cuda.presets.cudart;
import org.bytedeco.cuda.presets.nvrtc;
import org.bytedeco.javacpp.Loader;
import org.jacobi.natives.SystemLibrary;

/**
 * The GPUs of this machine.
 *
 * <p>Nothing is loaded before it is asked for. Where there is no driver, no toolkit or no device, {@link #available} is
 * false and {@link #unavailableReason} says why in one line; everything else works as before.
 */
public final class Cuda {
    /** Waits after each kernel, to find the one that fails. */
    static final String SYNC_PROPERTY = "jacobi.cuda.sync";
    /** Lets products of f32 round their operands to TF32, as {@link #allowTf32} does. */
    static final String TF32_PROPERTY = "jacobi.cuda.tf32";

    private static volatile boolean tf32 = Boolean.getBoolean(TF32_PROPERTY);

    private Cuda() {
    }

    /** What was loaded, or why it was not; made on first use. */
    private static final class Loaded {
        static final String REASON;
        static final Toolkit TOOLKIT;

        static {
            String reason = null;
            Toolkit toolkit = null;
            try {
                toolkit = new Toolkit(new CudaLibraries());
            } catch (NoClassDefFoundError e) {
                reason = "JavaCPP's binding is not there (no " + e.getMessage().replace('/', '.')
                        + "); add org.bytedeco:cuda and its natives";
            } catch (LinkageError | RuntimeException e) {
                reason = cause(e);
            }
            REASON = reason;
            TOOLKIT = toolkit;
        }

        /** The innermost cause, which is the one that says something, in one line. */
        private static String cause(Throwable e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            return message.lines().findFirst().orElse(cause.toString()).strip();
        }
    }

    /** Whether there is a device that can be used. */
    public static boolean available() {
        return Loaded.REASON == null;
    }

    /** Why no device can be used, in one line; null if one can. */
    public static String unavailableReason() {
        return Loaded.REASON;
    }

    /** Returns how many devices there are; 0 if none can be used. */
    public static int count() {
        return available() ? Loaded.TOOLKIT.gpus.length : 0;
    }

    /**
     * Returns a device, opened when it is first asked for.
     *
     * @param index from 0, in CUDA's order, which {@code CUDA_VISIBLE_DEVICES} may change
     * @throws IllegalStateException    with the reason if no device can be used
     * @throws IllegalArgumentException if there is no such device
     */
    public static Gpu gpu(int index) {
        if (!available()) {
            throw new IllegalStateException("no GPU can be used: " + Loaded.REASON);
        }
        return Loaded.TOOLKIT.gpu(index);
    }

    /**
     * Allows products of f32 to round their operands to TF32 (10 bits of mantissa), which is several times faster; not
     * allowed at first, as in PyTorch, unless {@code -Djacobi.cuda.tf32=true} is given.
     */
    public static void allowTf32(boolean allow) {
        tf32 = allow;
    }

    /** Whether products of f32 may round their operands to TF32. */
    public static boolean allowsTf32() {
        return tf32;
    }

    /** Describes each device, and then the libraries, a line each; empty if no device can be used. */
    public static List<String> describe() {
        if (!available()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count(); i++) {
            lines.add(Loaded.TOOLKIT.gpu(i).describe());
        }
        lines.add(Loaded.TOOLKIT.describe());
        return lines;
    }

    /** What needs JavaCPP's classes, apart, so that {@link Cuda} loads without them. */
    static final class Toolkit {
        private final List<String> found = new ArrayList<>();
        private final CudaGpu[] gpus;
        private final KernelCompiler compiler;
        private final String noCompiler;
        private final String noProducts;

        private Toolkit(CudaLibraries libraries) {
            if (!System.getProperty("os.name").startsWith("Linux")) {
                throw new UnsatisfiedLinkError("CUDA is used on Linux only so far");
            }
            SystemLibrary driver = libraries.openDriver();
            for (String function : CudaFunctions.DRIVER.values()) {
                if (!driver.has(function)) {
                    throw new UnsatisfiedLinkError("the driver is too old: it lacks " + function
                            + "; one for CUDA 13.0 or later is needed");
                }
            }
            Path runtime = libraries.open(CudaLibraries.RUNTIME);
            load(cudart.class, runtime, "cudart@.13");
            Loader.load(org.bytedeco.cuda.global.cudart.class);
            gpus = new CudaGpu[CudaDriver.start()];
            if (gpus.length == 0) {
                throw new UnsatisfiedLinkError("the driver sees no device");
            }
            found.add("cudart " + CudaDriver.runtimeVersion() + " " + runtime);
            KernelCompiler loaded = null;
            String reason = null;
            try {
                Path file = libraries.open(CudaLibraries.NVRTC);
                libraries.openBeside(file, CudaLibraries.NVRTC_BUILTINS);
                load(nvrtc.class, file, "nvrtc@.13");
                Loader.load(org.bytedeco.cuda.global.nvrtc.class);
                loaded = new Nvrtc();
                found.add(loaded.version() + " " + file);
            } catch (UnsatisfiedLinkError e) {
                reason = Loaded.cause(e);
            }
            compiler = loaded;
            noCompiler = reason;
            reason = null;
            try {
                Class<?> cublas = org.bytedeco.cuda.presets.cublas.class;
                Path file = libraries.open(CudaLibraries.CUBLASLT);
                load(cublas, file, "cublasLt@.13");
                load(cublas, libraries.open(CudaLibraries.CUBLAS), "cublas@.13");
                Loader.load(org.bytedeco.cuda.global.cublas.class);
                found.add("cublasLt " + Products.version() + " " + file);
            } catch (UnsatisfiedLinkError e) {
                reason = Loaded.cause(e);
            }
            noProducts = reason;
        }

        /** Makes JavaCPP take a library from this file, instead of searching for it by itself. */
        private static void load(Class<?> preset, Path file, String name) {
            try {
                Loader.loadLibrary(preset, new URL[] {file.toUri().toURL()}, name);
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException("a library at " + file, e);
            }
        }

        private synchronized CudaGpu gpu(int index) {
            if (index < 0 || index >= gpus.length) {
                throw new IllegalArgumentException("device " + index + ": this machine has "
                        + (gpus.length == 1 ? "1 GPU, with the index 0" : gpus.length + " GPUs, from 0 on"));
            }
            if (gpus[index] == null) {
                gpus[index] =
                        new CudaGpu(new CudaDriver(index, Boolean.getBoolean(SYNC_PROPERTY)), compiler, noCompiler,
                                noProducts);
            }
            return gpus[index];
        }

        private String describe() {
            return String.format(Locale.ROOT, "%s%s%s", String.join("; ", found),
                    noCompiler == null ? "" : "; no compiler: " + noCompiler,
                    noProducts == null ? "" : "; products by own kernels: " + noProducts);
        }
    }
}
