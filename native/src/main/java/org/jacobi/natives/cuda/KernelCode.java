package org.jacobi.natives.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a kernel file's machine code for a device: built with Jacobi for just this architecture, else compiled here and
 * kept on the disk, else built for an older architecture of the same family, which runs as well.
 */
final class KernelCode {
    private static final String FOLDER = "kernels/";
    private static final Pattern INCLUDE = Pattern.compile("(?m)^\\s*#\\s*include\\s*\"([^\"]+)\"");

    private final Function<String, byte[]> resources;
    private final CubinCache cache;
    private final KernelCompiler compiler;
    private final String noCompiler;
    private final int capability;

    /**
     * Makes the finder for one device.
     *
     * @param resources  returns a file by its name, null if there is none
     * @param compiler   null if there is none
     * @param noCompiler why there is none
     */
    KernelCode(Function<String, byte[]> resources, CubinCache cache, KernelCompiler compiler, String noCompiler,
            int capability) {
        this.resources = resources;
        this.cache = cache;
        this.compiler = compiler;
        this.noCompiler = noCompiler;
        this.capability = capability;
    }

    /** Returns a file that was packed with Jacobi, or null. */
    static byte[] packed(String name) {
        try (InputStream in = KernelCode.class.getResourceAsStream(FOLDER + name)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + name, e);
        }
    }

    /**
     * Returns the machine code.
     *
     * @param file a source's name without its ending
     * @throws CudaException if there is no such source, it does not compile, or there is nothing to compile it with
     */
    byte[] of(String file) {
        byte[] built = resources.apply(built(file, capability));
        if (built != null) {
            return built;
        }
        if (compiler != null) {
            return compiled(file);
        }
        for (int older = capability - 1; older >= capability / 10 * 10; older--) {
            built = resources.apply(built(file, older));
            if (built != null) {
                return built;
            }
        }
        throw new CudaException("no machine code of " + file + ".cu for sm_" + capability
                + " was built with Jacobi, and there is no compiler: " + noCompiler);
    }

    private static String built(String file, int capability) {
        return file + ".sm_" + capability + ".cubin";
    }

    private byte[] compiled(String file) {
        String name = file + ".cu";
        byte[] bytes = resources.apply(name);
        if (bytes == null) {
            throw new CudaException("there is no kernel file " + name);
        }
        String source = new String(bytes, StandardCharsets.UTF_8);
        Map<String, String> headers = new LinkedHashMap<>();
        addHeaders(source, headers);
        List<String> key = new ArrayList<>(List.of(name, source, "sm_" + capability, compiler.version()));
        headers.forEach((header, content) -> {
            key.add(header);
            key.add(content);
        });
        return cache.get(file + ".sm_" + capability, key,
                () -> compiler.compile(name, source, headers, capability));
    }

    /** Collects what a source includes, and what that includes; what is missing the compiler tells with its line. */
    private void addHeaders(String source, Map<String, String> headers) {
        for (Matcher include = INCLUDE.matcher(source); include.find();) {
            String name = include.group(1);
            byte[] content = headers.containsKey(name) ? null : resources.apply(name);
            if (content != null) {
                headers.put(name, new String(content, StandardCharsets.UTF_8));
                addHeaders(headers.get(name), headers);
            }
        }
    }
}
