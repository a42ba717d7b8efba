package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CubinCacheTest {
    private static final byte[] CODE = {9, 8, 7, 6, 5};

    @TempDir
    private Path folder;
    private int compiled;

    private byte[] get(String... key) {
        return new CubinCache(folder.resolve("below/it")).get("softmax.sm_90", List.of(key), () -> {
            compiled++;
            return CODE;
        });
    }

    private Path onlyFile() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("below/it"))) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return all.getFirst();
        }
    }

    @Test
    void codeIsCompiledOnceForWhatItDependsOn() {
        assertArrayEquals(CODE, get("source", "sm_90", "nvrtc 13.0"));
        assertArrayEquals(CODE, get("source", "sm_90", "nvrtc 13.0"));
        assertEquals(1, compiled);
        get("source ", "sm_90", "nvrtc 13.0");
        get("source", "sm_80", "nvrtc 13.0");
        get("source", "sm_90", "nvrtc 13.1");
        get("sources", "m_90", "nvrtc 13.0"); // the same letters, cut elsewhere
        assertEquals(5, compiled);
    }

    @Test
    void aDamagedFileIsMadeAnew() throws IOException {
        get("source");
        byte[] good = Files.readAllBytes(onlyFile());
        byte[] flipped = good.clone();
        flipped[good.length - 1] ^= 1;
        for (byte[] bad : List.of(new byte[0], new byte[10], new byte[32], flipped, new byte[good.length])) {
            Files.write(onlyFile(), bad);
            int before = compiled;
            assertArrayEquals(CODE, get("source"));
            assertEquals(before + 1, compiled);
            assertArrayEquals(good, Files.readAllBytes(onlyFile()));
        }
    }

    @Test
    void whereNothingCanBeWrittenEachProcessCompiles() throws IOException {
        Files.writeString(folder.resolve("below"), "a file in the folder's place");
        assertArrayEquals(CODE, get("source"));
        assertArrayEquals(CODE, get("source"));
        assertEquals(2, compiled);
    }
}
