package org.jacobi.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DataLoaderTest {
    /** Examples whose input and target are their number. */
    private record Numbers(long size, LongFunction<Tensor> input) implements Dataset<Example> {
        Numbers(long size) {
            this(size, i -> Tensor.full(i, DType.F32, 3));
        }

        @Override
        public Example get(long index) {
            return new Example(input.apply(index), Tensor.scalar(index, DType.I64));
        }

        @Override
        public String describe(long index) {
            return "folder/" + index + ".png";
        }
    }

    private static long[] targets(Epoch<Batch> epoch) {
        List<Long> targets = new ArrayList<>();
        epoch.forEach(batch -> Arrays.stream(batch.target().toLongArray()).forEach(targets::add));
        return targets.stream().mapToLong(Long::longValue).toArray();
    }

    private static List<Float> inputs(Epoch<Batch> epoch) {
        List<Float> inputs = new ArrayList<>();
        epoch.forEach(batch -> {
            for (float x : batch.input().toFloatArray()) {
                inputs.add(x);
            }
        });
        return inputs;
    }

    private static long loaderThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("jacobi-loader"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void batchesComeInOrder(int workers) {
        DataLoader<Batch> loader = DataLoader.of(new Numbers(10)).batchSize(4).workers(workers).build();
        assertEquals(3, loader.batches());
        List<String> shapes = new ArrayList<>();
        loader.epoch(0).forEach(batch -> shapes.add(batch.input().shape() + " " + batch.target().shape()));
        assertEquals(List.of("(4, 3) (4)", "(4, 3) (4)", "(2, 3) (2)"), shapes);
        assertArrayEquals(LongStream.range(0, 10).toArray(), targets(loader.epoch(1)));
        assertEquals(0, loaderThreads());
    }

    @Test
    void anIncompleteBatchMayBeDropped() {
        DataLoader<Batch> loader = DataLoader.of(new Numbers(10)).batchSize(4).dropLast(true).build();
        assertEquals(2, loader.batches());
        assertEquals(8, loader.examples());
        assertArrayEquals(LongStream.range(0, 8).toArray(), targets(loader.epoch(0)));
    }

    @Test
    void shuffleFollowsFromSeedAndEpochAlone() {
        DataLoader<Batch> loader = DataLoader.of(new Numbers(100)).batchSize(7).shuffle(5).build();
        long[] first = targets(loader.epoch(0));
        long[] second = targets(loader.epoch(1));
        assertFalse(Arrays.equals(first, second));
        for (long[] order : List.of(first, second)) {
            assertArrayEquals(LongStream.range(0, 100).toArray(), Arrays.stream(order).sorted().toArray());
        }
        DataLoader<Batch> again = DataLoader.of(new Numbers(100)).batchSize(9).shuffle(5).workers(3).build();
        assertArrayEquals(second, targets(again.epoch(1)));
        assertArrayEquals(first, targets(again.epoch(0)));
        assertFalse(Arrays.equals(first, targets(DataLoader.of(new Numbers(100)).shuffle(6).build().epoch(0))));
        // An epoch follows another by itself, too.
        DataLoader<Batch> counting = DataLoader.of(new Numbers(100)).shuffle(5).build();
        assertArrayEquals(first, targets(counting.iterator()));
        assertArrayEquals(second, targets(counting.iterator()));
    }

    private static DataLoader.Builder<Example, Batch> augmented(int workers) {
        return DataLoader.of(new Numbers(50)).batchSize(4).shuffle(3).workers(workers)
                .transform(Transform.ofInput((x, generator) -> x.add(generator.nextDouble())))
                .transform(Transform.ofInput((x, generator) -> x.mul(Tensor.rand(generator, 3))))
                .batchTransform((batch, generator) -> new Batch(batch.input().add(generator.nextDouble()),
                        batch.target()));
    }

    @Test
    void randomChoicesAreTheSameForAnyNumberOfWorkers() {
        List<Float> expected = inputs(augmented(0).build().epoch(2));
        for (int workers : new int[] {1, 2, 5}) {
            assertEquals(expected, inputs(augmented(workers).prefetch(workers % 3 + 1).build().epoch(2)));
        }
        assertNotEquals(expected, inputs(augmented(0).build().epoch(3)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void anEpochIsTakenUpInItsMiddle(int workers) {
        List<Float> whole = inputs(augmented(workers).build().epoch(4));
        LoaderState state;
        List<Float> parts = new ArrayList<>();
        try (var epoch = augmented(workers).build().epoch(4); var _ = TensorScope.open()) {
            for (int i = 0; i < 5; i++) {
                for (float x : epoch.next().input().toFloatArray()) {
                    parts.add(x);
                }
            }
            state = epoch.state();
        }
        assertEquals(new LoaderState(3, 4, 20), state);
        parts.addAll(inputs(augmented(workers).build().resume(state)));
        assertEquals(whole, parts);
        try (var epoch = augmented(0).build().resume(new LoaderState(3, 4, 50))) {
            assertFalse(epoch.hasNext());
            assertEquals(50, epoch.state().position());
        }
        assertThrows(IllegalArgumentException.class, () -> augmented(0).build().resume(new LoaderState(4, 4, 20)));
        assertThrows(IllegalArgumentException.class, () -> augmented(0).build().resume(new LoaderState(3, 4, 51)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aFailureReachesTheConsumerAtItsPlace(int workers) {
        Numbers data = new Numbers(100, i -> {
            if (i == 41) {
                throw new DataException("folder/41.png: is no image");
            }
            return Tensor.zeros(2);
        });
        long before = MemoryReport.afterCollection().liveBlocks();
        try (var epoch = DataLoader.of(data).batchSize(10).workers(workers).build().epoch(0);
                var _ = TensorScope.open()) {
            for (int i = 0; i < 4; i++) {
                epoch.next();
            }
            DataException failure = assertThrows(DataException.class, epoch::next);
            assertEquals("DataLoader: example 41 (folder/41.png) cannot be loaded: folder/41.png: is no image",
                    failure.getMessage());
            assertEquals(0, loaderThreads());
            assertThrows(IllegalStateException.class, epoch::next);
        }
        assertEquals(before, MemoryReport.afterCollection().liveBlocks());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void errorsOfTransformsAndCollatesNameTheExamples(int workers) {
        var broken = DataLoader.of(new Numbers(10)).workers(workers).transform((example, _) -> {
            throw new IllegalStateException("no");
        }).build();
        DataException failure = assertThrows(DataException.class, () -> broken.epoch(0).next());
        assertTrue(failure.getMessage().contains("example 0 (folder/0.png)"), failure.getMessage());
        var ragged = DataLoader.of(new Numbers(10, i -> Tensor.zeros(i == 6 ? 2 : 3))).batchSize(4)
                .sampler(Sampler.sequential(10)).workers(workers).build().epoch(0);
        ragged.next();
        failure = assertThrows(DataException.class, ragged::next);
        assertTrue(
                failure.getMessage()
                        .contains("the input of example 6 is F32 of shape (2), that of example 4 F32 of shape (3)"),
                failure.getMessage());
        Error error = new StackOverflowError("deep");
        var deep = DataLoader.of(new Numbers(10, _ -> {
            throw error;
        })).workers(2).build().epoch(0);
        assertEquals(error, assertThrows(DataException.class, deep::next).getCause());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void memoryStaysFlat(int workers) {
        DataLoader<Batch> loader = DataLoader.of(new Numbers(4000, i -> Tensor.full(i, DType.F32, 1000))).batchSize(4)
                .shuffle(1).workers(workers).build();
        long before = MemoryReport.afterCollection().liveBytes();
        long[] most = {0};
        for (int epoch = 0; epoch < 3; epoch++) {
            loader.epoch(epoch).forEach(_ -> most[0] = Math.max(most[0], MemoryReport.now().liveBytes()));
        }
        // At most prefetch + 1 batches, and the examples that workers are stacking.
        assertTrue(most[0] - before < 14 * 4 * 4200, () -> most[0] - before + " bytes more");
        for (int i = 0; i < 300; i++) {
            try (var _ = TensorScope.open()) {
                for (Batch batch : loader) {
                    assertEquals(4, batch.size());
                    break;
                }
            }
        }
        try (var epoch = loader.epoch(0)) {
            assertTrue(epoch.hasNext());
        }
        assertEquals(0, loaderThreads());
        assertEquals(before, MemoryReport.afterCollection().liveBytes());
    }

    @Test
    void noMoreBatchesArePreparedThanPrefetchSays() throws InterruptedException {
        AtomicInteger read = new AtomicInteger();
        Numbers data = new Numbers(1000, i -> {
            read.incrementAndGet();
            return Tensor.zeros(1);
        });
        try (var epoch = DataLoader.of(data).batchSize(2).workers(3).prefetch(4).build().epoch(0);
                var _ = TensorScope.open()) {
            Thread.sleep(200);
            assertEquals(8, read.get());
            epoch.next();
            Thread.sleep(200);
            assertEquals(10, read.get());
        }
    }

    @Test
    void closingWaitsForWorkersAndFreesWhatTheyMake() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        long before = MemoryReport.afterCollection().liveBlocks();
        var epoch = DataLoader.of(new Numbers(10, _ -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Tensor.zeros(5);
        })).workers(1).build().epoch(0);
        inside.await();
        Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(Duration.ofMillis(100));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            go.countDown();
        });
        epoch.close();
        assertEquals(0, loaderThreads());
        assertEquals(before, MemoryReport.afterCollection().liveBlocks());
    }

    @Test
    void anEpochNobodyReadsIsFoundByTheCollector() throws InterruptedException {
        abandon();
        for (int i = 0; i < 200 && loaderThreads() > 0; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertEquals(0, loaderThreads());
    }

    private static void abandon() {
        assertTrue(DataLoader.of(new Numbers(100)).workers(2).build().epoch(0).hasNext());
    }

    @Test
    void anInterruptEndsTheWait() {
        CountDownLatch never = new CountDownLatch(1);
        var epoch = DataLoader.of(new Numbers(10, _ -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Tensor.zeros(1);
        })).workers(1).build().epoch(0);
        Thread.currentThread().interrupt();
        IllegalStateException failure = assertThrows(IllegalStateException.class, epoch::next);
        assertTrue(failure.getMessage().contains("interrupted"), failure.getMessage());
        assertTrue(Thread.interrupted());
        never.countDown();
        epoch.close();
    }

    @Test
    void theSameTensorTwiceIsPassedOnce() {
        DataLoader<Batch> loader = DataLoader.of(new Numbers(6), (examples, numbers) -> {
            Tensor x = Batch.stack(examples, numbers).input();
            return new Batch(x, x);
        }).batchSize(3).workers(1).build();
        try (var epoch = loader.epoch(0); var _ = TensorScope.open()) {
            Batch batch = epoch.next();
            assertEquals(batch.input(), batch.target());
            assertEquals(9, batch.input().sum().item());
        }
    }

    @Test
    void badChoicesAreSaid() {
        var builder = DataLoader.of(new Numbers(3));
        assertThrows(IllegalArgumentException.class, () -> builder.batchSize(0));
        assertThrows(IllegalArgumentException.class, () -> builder.workers(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.prefetch(0));
        var epoch = builder.build().epoch(0);
        epoch.forEach(_ -> {
        });
        assertThrows(NoSuchElementException.class, epoch::next);
    }
}
