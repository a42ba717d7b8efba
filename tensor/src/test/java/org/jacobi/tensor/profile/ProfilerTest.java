package org.jacobi.tensor.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;
import org.jacobi.tensor.backend.Backend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

/** What is measured, how it nests, and that nothing is left behind. */
class ProfilerTest {
    private static ProfileRow row(Profiler profiler, Activity activity, String name) {
        return profiler.rows().stream().filter(r -> r.activity() == activity && r.name().equals(name)).findFirst()
                .orElseThrow(() -> new AssertionError(activity + " " + name + " is missing in\n" + profiler.table()));
    }

    @Test
    void kernelsAreCountedWithWorkAndMemory() {
        Tensor a = Tensor.ones(DType.F32, 8, 16);
        Tensor b = Tensor.ones(DType.F32, 16, 4);
        Backend before = Device.CPU.backend();
        try (Profiler profiler = Profiler.start()) {
            assertSame(profiler, Profiler.active());
            Tensor c = a.matmul(b);
            a.matmul(b).add(c).exp();
            ProfileRow matmul = row(profiler, Activity.KERNEL, "matmul");
            assertEquals(2, matmul.calls());
            assertEquals(2 * 2.0 * 8 * 16 * 4, matmul.flop());
            assertEquals(2 * 4 * (8 * 16 + 16 * 4 + 8 * 4), matmul.moved());
            assertTrue(matmul.totalNanos() > 0 && matmul.gigaflops() > 0);
            assertEquals(2 * 4 * 8 * 4, matmul.bytes(), "its results, which are allocated before it runs");
            assertEquals(1, row(profiler, Activity.KERNEL, "unary exp").calls());
            assertEquals(3 * 4 * 8 * 4, row(profiler, Activity.KERNEL, "binary add").moved());
            a.nonzero();
            assertEquals(1, row(profiler, Activity.KERNEL, "countNonzero").calls(), "a kernel that returns a number");
            assertEquals(16, c.getDouble(0, 0), "results are the same as without");
        }
        assertSame(before, Device.CPU.backend());
        assertNull(Profiler.active());
    }

    @Test
    void regionsNestAndHaveTheirSums() {
        try (Profiler profiler = Profiler.start()) {
            try (var _ = Profiler.region("outer")) {
                Tensor x = Tensor.ones(DType.F32, 1000);
                try (var _ = Profiler.region("inner")) {
                    x.exp();
                }
                x.exp();
            }
            ProfileRow outer = row(profiler, Activity.REGION, "outer");
            ProfileRow inner = row(profiler, Activity.REGION, "inner");
            assertTrue(outer.totalNanos() >= inner.totalNanos());
            assertEquals(3 * 4000, outer.bytes());
            assertEquals(4000, inner.bytes());
            assertEquals(2 * 2 * 4000 + 4000, outer.moved());
            long kernels = row(profiler, Activity.KERNEL, "unary exp").totalNanos()
                    + row(profiler, Activity.KERNEL, "fill").totalNanos();
            assertEquals(outer.totalNanos() + inner.totalNanos(),
                    outer.selfNanos() + inner.selfNanos() + kernels + inner.totalNanos());
        }
        try (var region = Profiler.region("nobody looks")) {
            assertSame(region, Profiler.region("nor here"));
        }
    }

    @Test
    void aFinishedOpIsMadeOfTheKernelsSinceTheLast() {
        Tensor x = Tensor.ones(DType.F32, 1000);
        try (Profiler profiler = Profiler.start()) {
            x.exp();
            profiler.finished("first");
            x.exp().neg();
            profiler.finished("second");
            profiler.finished("view");
            x.exp();
            try (var _ = profiler.enter(Activity.BACKWARD, "second")) {
                x.exp();
                profiler.finished("part of a backward");
            }
            profiler.finished("after");
            assertEquals(4000, row(profiler, Activity.FORWARD, "first").bytes());
            assertEquals(8000, row(profiler, Activity.FORWARD, "second").bytes());
            assertEquals(0, row(profiler, Activity.FORWARD, "view").totalNanos());
            assertEquals(0, row(profiler, Activity.FORWARD, "after").bytes());
            assertEquals(4000, row(profiler, Activity.BACKWARD, "second").bytes());
            assertTrue(profiler.rows().stream().noneMatch(r -> r.name().equals("part of a backward")));
            ProfileRow first = row(profiler, Activity.FORWARD, "first");
            assertTrue(first.totalNanos() > 0 && first.selfNanos() >= 0 && first.selfNanos() < first.totalNanos());
        }
    }

    @Test
    void attentionCountsWhatCausalityLeaves() {
        Tensor q = Tensor.zeros(2, 3, 5, 7);
        Tensor k = Tensor.zeros(2, 3, 8, 7);
        Object[] full = {q, q, q, k, k, new Attention(1, false, null, 0, 0, 0)};
        Object[] causal = {q, q, q, k, k, new Attention(1, true, null, 0, 0, 0)};
        assertEquals(4.0 * 2 * 3 * 7 * (5 * 8), Work.flop("attention", full));
        assertEquals(4.0 * 2 * 3 * 7 * (1 + 2 + 3 + 4 + 5), Work.flop("attention", causal));
        Object[] wide = {k, k, k, q, q, new Attention(1, true, null, 0, 0, 0)};
        assertEquals(4.0 * 2 * 3 * 7 * (1 + 2 + 3 + 4 + 5 + 3 * 5), Work.flop("attention", wide));
        Object[] backward = {q, k, k, q, q, q, q, k, k, new Attention(1, false, null, 0, 0, 0)};
        assertEquals(10.0 * 2 * 3 * 7 * (5 * 8), Work.flop("attentionBackward", backward));
        assertEquals(2.0 * 4 * 6 * 9, Work.flop("linear",
                new Object[] {Tensor.zeros(4, 9), Tensor.zeros(4, 6), Tensor.zeros(9, 6), null}));
        assertEquals(4 * (1 + 6), Work.moved(new Object[] {Tensor.zeros(1).expand(5, 1), Tensor.zeros(6), null, 3}));
    }

    @Test
    void threadsAreApart() throws Exception {
        try (Profiler profiler = Profiler.start()) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.ofPlatform().name("worker " + i).start(() -> {
                    for (int k = 0; k < 50; k++) {
                        try (var _ = Profiler.region("round")) {
                            Tensor.ones(DType.F32, 100).exp();
                        }
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(200, row(profiler, Activity.REGION, "round").calls());
            assertEquals(200 * 800, row(profiler, Activity.REGION, "round").bytes());
        }
    }

    @Test
    void whatAKernelThrowsArrivesAsItIs() {
        Tensor[] broken = new Tensor[1];
        Backend backend = (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class}, (_, _, _) -> {
                    throw new OutOfMemoryError("full");
                });
        Backend before = Device.CPU.use(backend);
        try (Profiler profiler = Profiler.start()) {
            assertThrows(OutOfMemoryError.class, () -> broken[0] = Tensor.ones(DType.F32, 2));
            assertEquals(List.of(), profiler.rows());
        } finally {
            Device.CPU.use(before);
        }
    }

    @Test
    void oneAtATimeAndClosedOnce() {
        Backend before = Device.CPU.backend();
        Profiler profiler = Profiler.start();
        assertThrows(IllegalStateException.class, Profiler::start);
        try (var _ = Profiler.region("open at the end")) {
            profiler.close();
            profiler.close();
        }
        assertSame(before, Device.CPU.backend());
        Tensor.ones(DType.F32, 2).exp();
        assertTrue(profiler.rows().stream().noneMatch(r -> r.activity() == Activity.KERNEL));
        assertEquals("open at the end", profiler.rows().get(0).name());
    }

    @Test
    void theTableNamesEverything() {
        try (Profiler profiler = Profiler.start()) {
            try (var _ = Profiler.region("a.rather.long.name.of.a.region.that.does.not.fit.into.its.column")) {
                Tensor.ones(DType.F32, 8, 8).matmul(Tensor.ones(DType.F32, 8, 8)).exp();
            }
            String table = profiler.table();
            for (String expected : new String[] {"1 thread", "region", "kernel", "matmul", "unary exp", "GF/s", "GB/s",
                "...", "its.column"}) {
                assertTrue(table.contains(expected), table);
            }
        }
    }

    // ---- the trace -----------------------------------------------------------------------------------------------------

    private static List<Map<String, Object>> events(Path file) throws IOException {
        List<Map<String, Object>> events = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
            Map<String, Object> event = null;
            int depth = 0;
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                switch (token) {
                    case START_OBJECT -> {
                        if (++depth == 2) {
                            event = new LinkedHashMap<>();
                            events.add(event);
                        }
                    }
                    case END_OBJECT -> depth--;
                    case VALUE_STRING -> {
                        if (depth >= 2) {
                            event.put(depth == 2 ? json.currentName() : "args." + json.currentName(), json.getText());
                        }
                    }
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> event.put(
                            depth == 2 ? json.currentName() : "args." + json.currentName(), json.getDoubleValue());
                    default -> {
                        // arrays and names
                    }
                }
            }
            assertEquals(0, depth);
        }
        return events;
    }

    @Test
    void aTraceIsJsonWhoseEventsNest(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("trace.json");
        try (Profiler profiler = Profiler.start()) {
            try (var _ = Profiler.region("a \"quoted\" region\n")) {
                Tensor.ones(DType.F32, 8, 8).matmul(Tensor.ones(DType.F32, 8, 8));
                profiler.finished("matmul");
                try (var _ = profiler.enter(Activity.BACKWARD, "matmul")) {
                    Tensor.ones(DType.F32, 8, 8).exp();
                }
            }
            profiler.writeChromeTrace(file);
            assertThrows(NoSuchFileException.class, () -> profiler.writeChromeTrace(folder.resolve("no/such.json")));
        }
        assertTrue(Files.size(file) > 0);
        List<Map<String, Object>> events = events(file);
        assertEquals("thread_name", events.get(0).get("name"));
        List<Map<String, Object>> complete = events.stream().filter(e -> e.get("ph").equals("X")).toList();
        assertTrue(complete.stream().anyMatch(e -> e.get("name").equals("a \"quoted\" region\n")));
        assertTrue(complete.stream()
                .anyMatch(e -> e.get("name").equals("matmul backward") && e.get("cat").equals("backward")));
        assertTrue(complete.stream().anyMatch(e -> e.get("cat").equals("kernel") && e.containsKey("args.GF/s")));
        for (Map<String, Object> a : complete) {
            for (Map<String, Object> b : complete) {
                double startA = (double) a.get("ts");
                double endA = startA + (double) a.get("dur");
                double startB = (double) b.get("ts");
                double endB = startB + (double) b.get("dur");
                assertTrue(
                        endA <= startB + 1e-3 || endB <= startA + 1e-3 || startA <= startB + 1e-3 && endB <= endA + 1e-3
                                || startB <= startA + 1e-3 && endA <= endB + 1e-3,
                        a + " and " + b + " overlap");
            }
        }
    }
}
