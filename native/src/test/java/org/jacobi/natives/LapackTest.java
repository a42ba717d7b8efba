package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small matrices worked by hand, column-major. */
class LapackTest {
    @BeforeEach
    void assumeAvailable() {
        assumeTrue(OpenBlas.available(), OpenBlas.unavailableReason());
    }

    @Test
    void thePresetsLibraryContainsLapack() {
        assertTrue(Lapack.available());
    }

    @Test
    void eliminatesWithTheLargerPivot() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocateFrom(JAVA_DOUBLE, 1, 4, 2, 6); // rows (1, 2) and (4, 6)
            MemorySegment ipiv = arena.allocate(JAVA_INT, 2);
            Lapack.of(false).getrf(2, 2, a.address(), ipiv.address());
            assertEquals(2, ipiv.getAtIndex(JAVA_INT, 0));
            assertEquals(4, a.getAtIndex(JAVA_DOUBLE, 0));
            assertEquals(0.25, a.getAtIndex(JAVA_DOUBLE, 1));
            assertEquals(6, a.getAtIndex(JAVA_DOUBLE, 2));
            assertEquals(0.5, a.getAtIndex(JAVA_DOUBLE, 3));
        }
    }

    @Test
    void tellsTheMinorThatIsNotPositive() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocateFrom(JAVA_FLOAT, 4, 2, 0, 1); // 4 1 - 2 2 = 0
            assertEquals(2, Lapack.of(true).potrf(false, 2, a.address()));
            assertEquals(2, a.getAtIndex(JAVA_FLOAT, 0));
        }
    }

    @Test
    void findsEigenvaluesAndSingularValues() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocateFrom(JAVA_DOUBLE, 2, 1, 1, 2);
            MemorySegment w = arena.allocate(JAVA_DOUBLE, 2);
            assertEquals(0, Lapack.of(false).syevd(true, 2, a.address(), w.address()));
            assertEquals(1, w.getAtIndex(JAVA_DOUBLE, 0), 1e-15);
            assertEquals(3, w.getAtIndex(JAVA_DOUBLE, 1), 1e-15);
            MemorySegment b = arena.allocateFrom(JAVA_FLOAT, 0, -5, 2, 0);
            MemorySegment s = arena.allocate(JAVA_FLOAT, 2);
            assertEquals(0, Lapack.of(true).gesdd('N', 2, 2, b.address(), s.address(), 0, 0));
            assertEquals(5, s.getAtIndex(JAVA_FLOAT, 0), 1e-6);
            assertEquals(2, s.getAtIndex(JAVA_FLOAT, 1), 1e-6);
        }
    }

    @Test
    void callsFromManyThreadsDoNotDisturbEachOther() throws InterruptedException {
        AtomicInteger wrong = new AtomicInteger();
        Thread[] threads = new Thread[8];
        for (int t = 0; t < threads.length; t++) {
            int number = t + 1;
            threads[t] = new Thread(() -> {
                try (Arena arena = Arena.ofConfined()) {
                    for (int i = 0; i < 2000; i++) {
                        MemorySegment a = arena.allocateFrom(JAVA_DOUBLE, number * number);
                        Lapack.of(false).potrf(false, 1, a.address());
                        wrong.addAndGet(a.getAtIndex(JAVA_DOUBLE, 0) == number ? 0 : 1);
                    }
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get());
    }

    @Test
    void anArgumentThatMakesNoSenseIsAnException() {
        assertThrows(IllegalStateException.class, () -> Lapack.of(false).getrf(-1, 2, 0, 0));
    }
}
