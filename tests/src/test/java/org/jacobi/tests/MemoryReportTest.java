package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Linear;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** What the report and the limit's error say, and that training goes on after the error. */
class MemoryReportTest {
    private static final int MIB = 1 << 20;

    private static MemoryReport.Amount held(MemoryReport report, String op) {
        return report.holders().stream().filter(holder -> holder.op().equals(op)).map(MemoryReport.Holder::held)
                .findFirst().orElse(new MemoryReport.Amount(0, 0));
    }

    @Test
    void blocksAreCountedOnceWhoeverHoldsThem() {
        MemoryReport before = MemoryReport.afterCollection();
        Tensor free = Tensor.eye(256).t();
        try (var _ = TensorScope.open()) {
            Tensor scoped = Tensor.arange(1 << 18); // 2 MiB
            try (var _ = TensorScope.open()) {
                scoped.view(1 << 9, 1 << 9).t();
                Tensor.arange(1 << 17);
                Tensor.arange(1 << 17).release();
                Tensor.arange(1 << 17).release(); // the block of the one before
                MemoryReport now = MemoryReport.now();
                assertEquals(before.scoped().bytes() + 3 * MIB, now.scoped().bytes());
                assertEquals(before.scoped().blocks() + 2, now.scoped().blocks());
                assertEquals(before.collected().bytes() + MIB / 4, now.collected().bytes());
                assertEquals(held(before, "arange").bytes() + 3 * MIB, held(now, "arange").bytes());
                assertEquals(held(before, "arange").blocks() + 2, held(now, "arange").blocks());
                assertFalse(now.sitesRecorded());
                assertTrue(now.atPeak().isEmpty());
                assertTrue(now.holders().stream().allMatch(holder -> holder.site() == null));
                assertTrue(now.peakBytes() >= now.liveBytes());
                assertTrue(now.hitRate() > 0 && now.hitRate() <= 1);
                String text = now.toString();
                assertTrue(text.contains("arange") && text.contains("-Djacobi.memory=report"), text);
            }
        }
        Reference.reachabilityFence(free);
        assertEquals(before.scoped(), MemoryReport.now().scoped());
    }

    /** What other threads begin and end meanwhile may or may not be in a report; it is never half in it. */
    @Test
    void reportsAreMadeWhileOtherThreadsWork() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (var executor = Executors.newFixedThreadPool(2)) {
            Future<?> scopes = executor.submit(() -> {
                while (!done.get()) {
                    try (var _ = TensorScope.open()) {
                        Tensor.ones(4);
                    }
                }
            });
            Future<?> tensors = executor.submit(() -> {
                while (!done.get()) {
                    Tensor.ones(4).release();
                }
            });
            for (int i = 0; i < 20_000; i++) {
                assertTrue(MemoryReport.now().liveBytes() >= 0);
            }
            done.set(true);
            scopes.get();
            tensors.get();
        } finally {
            done.set(true);
        }
    }

    @Test
    void recordedReportsNameTheLines() throws IOException, InterruptedException {
        String out = ChildJvm.run(List.of("-Djacobi.memory=report"), Recorded.class.getName()).succeeded().out();
        String[] parts = out.split("live at the peak:");
        String leak = "(?s).*4\\.0 MiB +4 +ones +Recorded\\.leak\\(MemoryReportTest\\.java:\\d+\\).*";
        assertTrue(parts[0].replace("MemoryReportTest$", "").matches(leak), out);
        assertFalse(parts[0].contains("spike"), out);
        assertTrue(
                parts[1].replace("MemoryReportTest$", "").matches("(?s).*16\\.0 MiB +1 +ones +Recorded\\.spike\\(.*"),
                out);
    }

    static final class Recorded {
        private static final Tensor[] LEAKED = new Tensor[4];

        private Recorded() {
        }

        public static void main(String[] args) {
            for (int i = 0; i < LEAKED.length; i++) {
                LEAKED[i] = leak();
                spike();
            }
            System.out.print(MemoryReport.now());
        }

        private static Tensor leak() {
            return Tensor.ones(MIB / 4);
        }

        private static void spike() {
            try (var _ = TensorScope.open()) {
                Tensor.ones(4 * MIB);
            }
        }
    }

    @Test
    void theLimitIsExplainedAndTrainingGoesOn() throws IOException, InterruptedException {
        ChildJvm.run(List.of("-Djacobi.memory.limit=32m"), Limited.class.getName()).succeeded();
        ChildJvm.run(List.of("-Djacobi.memory.limit=32m", "-Djacobi.memory=guarded"), Limited.class.getName())
                .succeeded();
    }

    static final class Limited {
        private Limited() {
        }

        public static void main(String[] args) {
            // Garbage alone never hits the limit.
            for (int i = 0; i < 100; i++) {
                Tensor.ones(MIB);
            }
            Linear model = new Linear(256, 256);
            AdamW optimizer = new AdamW(model.parameters(), 1e-3);
            step(model, optimizer, 64);
            MemoryReport before = MemoryReport.afterCollection();
            for (int i = 0; i < 3; i++) {
                Tensor kept = Tensor.ones(3 * MIB);
                String message =
                        assertThrows(OutOfMemoryError.class, () -> step(model, optimizer, 16 << 10)).getMessage();
                String[] lines = message.split("\\R");
                assertTrue(lines[0].matches("\\w+: no native memory for a block of .* of the 32.0 MiB that"
                        + " -Djacobi.memory.limit allows live in .* TensorScope .* raise the limit"), message);
                assertTrue(lines[1].startsWith("live now"), message);
                assertTrue(message.matches("(?s).*\\n +12\\.\\d MiB +\\d+  ones .*"), message);
                assertTrue(MemoryReport.now().peakBytes() <= 32 << 20);
                Reference.reachabilityFence(kept);
                kept.release();
                optimizer.zeroGrad();
                step(model, optimizer, 64);
                MemoryReport after = MemoryReport.afterCollection();
                assertEquals(before.liveBlocks(), after.liveBlocks(), after::toString);
            }
        }

        private static void step(Linear model, AdamW optimizer, int rows) {
            try (var _ = TensorScope.open()) {
                Tensor x = Tensor.randn(new Generator(1), rows, 256);
                Variable loss = model.forward(x).square().mean();
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
    }
}
