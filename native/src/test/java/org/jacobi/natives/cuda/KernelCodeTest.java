package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCodeTest {
    @TempDir
    private Path folder;
    private final Map<String, byte[]> files = new HashMap<>();
    private final List<String> compiled = new ArrayList<>();

    private final KernelCompiler compiler = new KernelCompiler() {
        @Override
        public String version() {
            return "test 1";
        }

        @Override
        public byte[] compile(String file, String source, Map<String, String> headers, int capability) {
            compiled.add(file + " for " + capability + " with " + headers.keySet());
            return new byte[] {1};
        }
    };

    private void put(String name, String text) {
        files.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private KernelCode code(int capability) {
        return new KernelCode(files::get, new CubinCache(folder), compiler, null, capability);
    }

    @Test
    void whatWasBuiltForTheDeviceComesFirst() {
        put("a.cu", "");
        put("a.sm_90.cubin", "built");
        assertArrayEquals("built".getBytes(StandardCharsets.UTF_8), code(90).of("a"));
        assertEquals(List.of(), compiled);
    }

    @Test
    void elseItIsCompiledWithItsHeadersAndKept() {
        put("a.cu", "#include \"x.cuh\"\n  #  include \"missing.cuh\"\n");
        put("x.cuh", "#include \"y.cuh\"\n#include \"x.cuh\"\n");
        put("y.cuh", "// #include <stdint.h>");
        put("a.sm_80.cubin", "built");
        assertArrayEquals(new byte[] {1}, code(89).of("a"));
        code(89).of("a");
        assertEquals(List.of("a.cu for 89 with [x.cuh, y.cuh]"), compiled);
        put("y.cuh", "changed");
        code(89).of("a");
        code(120).of("a");
        assertEquals(3, compiled.size(), "a header and an architecture count");
    }

    @Test
    void withoutACompilerAnOlderArchitectureOfTheFamilyDoes() {
        put("a.cu", "");
        put("a.sm_80.cubin", "built");
        var without = new KernelCode(files::get, new CubinCache(folder), null, "libnvrtc.so.13 was not found", 89);
        assertArrayEquals("built".getBytes(StandardCharsets.UTF_8), without.of("a"));
        var other = new KernelCode(files::get, new CubinCache(folder), null, "libnvrtc.so.13 was not found", 90);
        assertEquals("no machine code of a.cu for sm_90 was built with Jacobi, and there is no compiler:"
                + " libnvrtc.so.13 was not found", assertThrows(CudaException.class, () -> other.of("a")).getMessage());
    }

    @Test
    void aMissingFileIsNamed() {
        assertEquals("there is no kernel file b.cu",
                assertThrows(CudaException.class, () -> code(90).of("b")).getMessage());
    }
}
