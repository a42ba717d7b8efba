package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.jacobi.natives.SlabAllocator;
import org.junit.jupiter.api.Test;

class TensorScopeTest {
    private static long live() {
        return SlabAllocator.global().statistics().liveBytes();
    }

    @Test
    void closingReleasesWhatWasMadeInside() {
        Tensor outside = Tensor.ones(4);
        Tensor inside;
        long full;
        try (var _ = TensorScope.open()) {
            inside = Tensor.ones(1 << 20);
            Tensor view = inside.view(1024, 1024).t();
            assertEquals(1 << 20, view.sum().item());
            full = live();
        }
        assertTrue(inside.isReleased());
        assertFalse(outside.isReleased());
        assertTrue(live() <= full - (4 << 20));
        assertEquals(4, outside.sum().item());
    }

    @Test
    void usingATensorAfterItsScopeNamesTheOpAndTheLineThatClosedIt() {
        Tensor product;
        try (var _ = TensorScope.open()) {
            product = Tensor.ones(2, 2).matmul(Tensor.ones(2, 2));
        }
        String message = assertThrows(IllegalStateException.class, () -> product.add(1)).getMessage();
        assertTrue(message.contains("matmul") && message.contains("(2, 2)"), message);
        assertTrue(message.matches(".*TensorScopeTest\\.java:\\d+.*"), message);
        assertTrue(message.contains("keep"), message);
        assertThrows(IllegalStateException.class, product::toFloatArray);
        assertThrows(IllegalStateException.class, product::t);
        assertThrows(IllegalStateException.class, () -> product.fill_(1));
        assertThrows(IllegalStateException.class, () -> Tensor.ones(2, 2).matmul(product));
        assertTrue(product.toString().contains("released"), product::toString);
    }

    @Test
    void aReleasedTensorSaysSo() {
        Tensor x = Tensor.ones(3);
        x.release();
        x.release();
        String message = assertThrows(IllegalStateException.class, x::sum).getMessage();
        assertTrue(message.contains("ones") && message.contains("release()"), message);
        try (var _ = TensorScope.open()) {
            Tensor y = Tensor.ones(3);
            y.release();
            assertTrue(assertThrows(IllegalStateException.class, y::sum).getMessage().contains("release()"));
        }
    }

    @Test
    void aClearedScopeGoesOn() {
        try (var scope = TensorScope.open()) {
            Tensor kept = scope.keep(Tensor.ones(2));
            Tensor first = Tensor.ones(1 << 20);
            long full = live();
            scope.clear();
            assertTrue(first.isReleased());
            assertTrue(live() <= full - (4 << 20));
            String message = assertThrows(IllegalStateException.class, first::sum).getMessage();
            assertTrue(message.contains("clear()"), message);
            Tensor second = Tensor.ones(3);
            assertEquals(5, second.sum().item() + kept.sum().item());
            scope.clear();
            assertTrue(second.isReleased());
            assertFalse(kept.isReleased());
        }
    }

    @Test
    void keepHandsATensorToTheParent() {
        Tensor kept;
        Tensor left;
        try (var _ = TensorScope.open()) {
            try (var inner = TensorScope.open()) {
                left = Tensor.ones(2);
                kept = inner.keep(left.add(1));
            }
            assertTrue(left.isReleased());
            assertEquals(4, kept.sum().item());
        }
        assertTrue(kept.isReleased());
    }

    @Test
    void keepInTheOutermostScopeHandsATensorToTheCollector() {
        Tensor kept;
        try (var _ = TensorScope.open()) {
            kept = Tensor.ones(2).keep();
        }
        assertEquals(2, kept.sum().item());
        // Outside scopes there is nothing to do.
        assertEquals(2, kept.keep().sum().item());
    }

    @Test
    void unscopedTensorsLeaveAllScopes() {
        Tensor parameter;
        try (var _ = TensorScope.open()) {
            try (var _ = TensorScope.open()) {
                parameter = Tensor.ones(2).unscope();
            }
        }
        assertEquals(2, parameter.sum().item());
    }

    @Test
    void whatLeftAScopeIsFoundByTheCollectorWhileTheScopeIsOpen() {
        try (var outer = TensorScope.open()) {
            Reaper.collect();
            long before = live();
            try (var inner = TensorScope.open()) {
                for (int i = 0; i < 8; i++) {
                    Tensor.ones(1 << 18).unscope();
                }
                inner.keep(Tensor.ones(1 << 18)); // the outer scope's from now on
                Reaper.collect();
                assertEquals(before + (1 << 20), live());
            }
            assertEquals(before + (1 << 20), live());
            outer.clear();
            assertEquals(before, live());
        }
    }

    @Test
    void aKeptViewKeepsTheWholeStorage() {
        Tensor row;
        long full;
        try (var scope = TensorScope.open()) {
            Tensor big = Tensor.arange(0, 1 << 20, 1, DType.F32).view(1024, 1024);
            row = scope.keep(big.select(0, 1));
            full = live();
        }
        assertEquals(full, live());
        assertEquals(1024, row.getDouble(0));
        row.release();
        assertTrue(live() <= full - (4 << 20));
    }

    @Test
    void keepingATensorOfAnotherScopeChangesNothing() {
        Tensor x;
        try (var outer = TensorScope.open()) {
            x = Tensor.ones(2);
            try (var inner = TensorScope.open()) {
                inner.keep(x);
            }
            assertFalse(x.isReleased());
            assertTrue(outer.keep(x).sum().item() == 2);
        }
        assertFalse(x.isReleased());
    }

    @Test
    void scopesCloseInOrder() {
        TensorScope outer = TensorScope.open();
        TensorScope inner = TensorScope.open();
        String message = assertThrows(IllegalStateException.class, outer::close).getMessage();
        assertTrue(message.contains("still open"), message);
        inner.close();
        inner.close();
        outer.close();
        message = assertThrows(IllegalStateException.class, () -> inner.keep(Tensor.ones(1))).getMessage();
        assertTrue(message.contains("closed at TensorScopeTest.java:"), message);
    }

    @Test
    void aScopeServesItsThreadOnly() throws InterruptedException {
        try (var scope = TensorScope.open()) {
            Tensor x = Tensor.ones(2);
            AtomicReference<Throwable> closing = new AtomicReference<>();
            AtomicReference<Throwable> keeping = new AtomicReference<>();
            AtomicReference<Tensor> foreign = new AtomicReference<>();
            Thread thread = new Thread(() -> {
                closing.set(assertThrows(IllegalStateException.class, scope::close));
                keeping.set(assertThrows(IllegalStateException.class, () -> scope.keep(x)));
                // Another thread's tensors are not this scope's.
                foreign.set(Tensor.ones(3));
            }, "stranger");
            thread.start();
            thread.join();
            assertTrue(closing.get().getMessage().contains("stranger"), () -> closing.get().getMessage());
            assertTrue(keeping.get().getMessage().contains(Thread.currentThread().getName()));
            assertEquals(2, x.sum().item());
            scope.keep(foreign.get());
        }
    }

    /** To keep what is freed already would free its memory twice. */
    @Test
    void aReleasedTensorCannotBeKept() {
        Tensor late;
        try (var scope = TensorScope.open()) {
            late = Tensor.ones(3);
            Tensor given = Tensor.ones(3);
            given.release();
            assertThrows(IllegalStateException.class, () -> scope.keep(given));
            assertThrows(IllegalStateException.class, given::unscope);
        }
        String message = assertThrows(IllegalStateException.class, late::unscope).getMessage();
        assertTrue(message.contains("TensorScopeTest.java"), message);
    }

    /** A result that is a view of its kernel's output must not hold that output back. */
    @Test
    void releasingAResultFreesItsMemory() {
        Tensor x = Tensor.ones(4, 5);
        Tensor v = Tensor.ones(5);
        try (var _ = TensorScope.open()) {
            long before = live();
            for (int i = 0; i < 100; i++) {
                x.sum(0).release();
                x.argmax(1).release();
                x.matmul(v).release();
            }
            assertTrue(live() <= before, () -> live() - before + " bytes are left");
        }
    }

    /** A thread that dies with an open scope must not take its memory with it. */
    @Test
    void theScopeOfAnEndedThreadIsReleased() throws InterruptedException {
        Reaper.collect();
        AtomicLong full = new AtomicLong();
        Thread thread = new Thread(() -> {
            TensorScope.open();
            Tensor.ones(4 << 20);
            TensorScope.open();
            Tensor.ones(4 << 20);
            full.set(live());
        });
        thread.start();
        thread.join();
        for (int i = 0; i < 50 && live() > full.get() - (32 << 20); i++) {
            Reaper.collect();
        }
        assertTrue(live() <= full.get() - (32 << 20), () -> full.get() - live() + " bytes were freed");
    }

    /** Runs something in another thread and gives what it returned or threw. */
    private static <T> T elsewhere(Callable<T> task) throws Exception {
        try (var executor = Executors.newSingleThreadExecutor()) {
            return executor.submit(task).get();
        }
    }

    @Test
    void aTensorPassesFromOneThreadsScopeToAnothers() throws Exception {
        long before;
        Tensor[] given = new Tensor[1];
        try (var _ = TensorScope.open()) {
            before = live();
            Tensor passed = elsewhere(() -> {
                try (var _ = TensorScope.open()) {
                    given[0] = Tensor.ones(1 << 20);
                    return given[0].handOff();
                }
            });
            assertTrue(given[0].isReleased());
            String message = assertThrows(IllegalStateException.class, passed::sum).getMessage();
            assertTrue(message.contains("handed off and not adopted") && message.contains("adopt()"), message);
            assertTrue(passed.toString().contains("on its way"), passed::toString);
            message = assertThrows(IllegalStateException.class, given[0]::sum).getMessage();
            assertTrue(message.contains("handed off to another thread"), message);
            assertSame(passed, passed.adopt());
            assertEquals(1 << 20, passed.sum().item());
            // The old handle stays refused after the adoption.
            assertThrows(IllegalStateException.class, given[0]::sum);
            assertThrows(IllegalStateException.class, given[0]::handOff);
            assertThrows(IllegalStateException.class, given[0]::adopt);
            message = assertThrows(IllegalStateException.class, passed::adopt).getMessage();
            assertTrue(message.contains("not on its way"), message);
            given[0] = passed;
        }
        assertTrue(given[0].isReleased());
        assertTrue(live() <= before, () -> live() - before + " bytes are left");
    }

    @Test
    void withoutAScopeAnAdoptedTensorBelongsToTheCollector() throws Exception {
        Tensor passed = elsewhere(() -> {
            try (var _ = TensorScope.open()) {
                return Tensor.ones(3).handOff();
            }
        });
        assertEquals(3, passed.adopt().sum().item());
        try (var _ = TensorScope.open()) {
            passed.add(1);
        }
        assertEquals(3, passed.sum().item());
    }

    /** A handle that is lost on its way must not take its memory with it, nor must a loader's scope hold it. */
    @Test
    void whatNobodyAdoptsIsFreedByTheCollector() throws Exception {
        try (var _ = TensorScope.open()) {
            for (int i = 0; i < 4; i++) {
                Tensor.ones(4 << 20).handOff();
            }
            long full = live();
            for (int i = 0; i < 50 && live() > full - (64 << 20); i++) {
                Reaper.collect();
            }
            assertTrue(live() <= full - (64 << 20), () -> full - live() + " bytes were freed");
            long before = live();
            Tensor.ones(1 << 20).handOff().release();
            assertTrue(live() <= before, "release() frees one that is not wanted");
        }
    }

    @Test
    void viewsStayWithTheirScopesAndShareTheNumbers() throws Exception {
        Tensor passed;
        long full;
        try (var _ = TensorScope.open()) {
            Tensor big = Tensor.ones(1 << 20);
            Tensor row = big.view(1024, 1024).select(0, 1);
            passed = row.handOff();
            big.fill_(2);
            full = live();
            assertEquals(2 << 20, big.sum().item());
        }
        assertEquals(full, live(), "the row that is on its way keeps the whole storage");
        try (var _ = TensorScope.open()) {
            assertEquals(2048, passed.adopt().sum().item());
        }
        assertTrue(live() <= full - (4 << 20));
    }

    @Test
    void onlyItsOwnThreadTakesATensorOutOfAScope() throws Exception {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.ones(2);
            String message = elsewhere(() -> assertThrows(IllegalStateException.class, x::handOff).getMessage());
            assertTrue(message.startsWith("handOff: the scope was opened by thread"), message);
            elsewhere(() -> assertThrows(IllegalStateException.class, x::unscope));
            assertEquals(2, x.sum().item());
        }
    }

    /** Threads that make and release views of one tensor while its owner gives it up: no block is freed twice or lost. */
    @Test
    void handlesOfManyThreadsAreCountedRight() throws Exception {
        Reaper.collect(); // what other tests dropped
        long blocks = SlabAllocator.global().statistics().liveBlocks();
        try (var executor = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 500; round++) {
                try (var _ = TensorScope.open()) {
                    Tensor shared = Tensor.ones(64);
                    List<Future<?>> done = new ArrayList<>();
                    for (int t = 0; t < 4; t++) {
                        done.add(executor.submit(() -> {
                            for (int i = 0; i < 50; i++) {
                                try {
                                    shared.alias().release();
                                } catch (IllegalStateException e) {
                                    assertTrue(e.getMessage().contains("release"), e.getMessage());
                                }
                            }
                            shared.release(); // whoever comes first
                        }));
                    }
                    for (Future<?> future : done) {
                        future.get();
                    }
                    assertTrue(shared.isReleased());
                }
            }
        }
        Reaper.collect();
        assertEquals(blocks, SlabAllocator.global().statistics().liveBlocks());
    }
}
