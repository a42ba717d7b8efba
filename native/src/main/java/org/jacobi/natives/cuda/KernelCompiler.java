package org.jacobi.natives.cuda;

import java.util.Map;

/** Makes machine code of a kernel's source. */
interface KernelCompiler {
    /** Returns what tells two compilers apart, such as "nvrtc 13.0". */
    String version();

    /**
     * Compiles.
     *
     * @param file       the source's name, as messages tell it
     * @param headers    the files that the source includes, by name
     * @param capability the device's compute capability, such as 90
     * @throws CudaException with the compiler's log, which tells files and lines
     */
    byte[] compile(String file, String source, Map<String, String> headers, int capability);
}
