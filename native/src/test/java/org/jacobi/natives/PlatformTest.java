package org.jacobi.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PlatformTest {
    @Test
    void everythingIsToldInOneLine() {
        for (String line : new String[] {Platform.cpuModel(), Platform.jdk(), Platform.cuda()}) {
            assertFalse(line.isBlank());
            assertEquals(1, line.lines().count(), line);
        }
        assertTrue(Platform.cores() >= 1);
        assertTrue(Platform.jdk().startsWith(Runtime.version().toString()));
    }

    @Test
    void memoryIsKnownOnLinux() {
        long total = Platform.totalMemoryBytes();
        assertEquals(Files.exists(Path.of("/proc/meminfo")), total > 0);
    }

    @Test
    void cudaIsFoundOrTheReasonIsGiven() {
        String cuda = Platform.cuda();
        assertTrue(
                cuda.matches("driver (\\S+ )?\\(CUDA \\d+\\.\\d+\\), \\d+ devices?(: .+)?")
                        || cuda.matches("not found: .{10,}"),
                cuda);
        assertEquals(cuda, Platform.cuda());
    }
}
