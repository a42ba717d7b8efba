package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tensors of more than 2^31 bytes, and of more than 2^31 elements: no position may pass through an int. */
class LargeTensorTest {
    private static final long NEEDED = 6L << 30;

    @BeforeAll
    static void needsMemory() throws IOException {
        Path meminfo = Path.of("/proc/meminfo");
        long available = Files.exists(meminfo) ? Files.readAllLines(meminfo).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024).findFirst().orElse(0) : 0;
        Assumptions.assumeTrue(available > NEEDED,
                () -> "needs 6 GiB of free memory, there are " + (available >> 20) + " MiB");
    }

    @Test
    void moreThan2To31Bytes() {
        long rows = (1L << 29) / 1000 + 20000;
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.full(1, DType.F32, rows, 1000);
            Tensor end = x.narrow(0, rows - 2, 2);
            end.select(0, 1).copy_(Tensor.arange(1000));
            assertEquals(1000 + 499500, end.sum().item());
            assertEquals(999, x.getDouble(-1, -1));
            assertEquals(rows - 1 + 999, x.select(1, 999).sum().item(), 64);
            Tensor copy = x.copy();
            assertEquals(998, copy.view(-1).getDouble(rows * 1000 - 2));
            assertEquals(1, copy.view(-1).getDouble(rows * 1000 - 1001));
            assertArrayEquals(new float[] {999, 998},
                    copy.narrow(0, rows - 1, 1).flip(1).narrow(1, 0, 2).toFloatArray());
            assertEquals((rows - 1) * 1000 + 499500.0, copy.sum().item(), 4096);
        }
    }

    @Test
    void moreThan2To31Elements() {
        long n = (1L << 31) + 100;
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.make("large", DType.U8, Shape.of(n));
            Tensor last = x.narrow(0, n - 1000, 1000);
            last.copy_(Tensor.arange(1000).slice(0, 0, 1000, 1).eq(7).to(DType.U8));
            x.narrow(0, 0, 1000).fill_(3);
            assertEquals(1, last.sum().getLong());
            assertEquals(1, x.getLong(n - 993));
            Tensor ends = x.asStrided(new long[] {2, 10}, new long[] {n - 1000, 1}, 0);
            assertArrayEquals(new long[] {30, 1}, ends.sum(1).toLongArray());
            assertArrayEquals(new long[] {3, 1},
                    x.indexSelect(0, Tensor.of(new long[] {999, n - 993})).toLongArray());
            assertEquals(n - 1000, x.unfold(0, 1000, n - 1000).stride(0));
            assertEquals(1, x.split(0, n - 1000, 1000)[1].sum().getLong());
            assertThrows(IllegalArgumentException.class, x::toLongArray);
            assertThrows(IllegalArgumentException.class, x::asByteBuffer);
            assertEquals(n, x.asMemorySegment().byteSize());
        }
    }
}
