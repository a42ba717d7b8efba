package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Param;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Backend;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 20,000 training steps in every way of owning memory, each in a JVM with a small heap: not a block more is held after them
 * than before, and the process is no larger.
 */
class SoakTest {
    private static final int WARM_UP = 4000;
    private static final int STEPS = 20_000;
    /**
     * What the resident memory may grow by while 16,000 steps run; 0.1 to 0.7 MiB were measured. It shows a leak of 270
     * bytes a step outside of the allocator, whose own blocks are counted exactly. C2 and the Vector API are off for it:
     * the compiler's working memory alone comes and goes by 30 MiB, and memory is owned in the same way without them.
     */
    private static final long ALLOWED_GROWTH = 4L << 20;
    private static final List<String> FLAGS = List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch",
            "-XX:TieredStopAtLevel=1", "-Djacobi.simd=none");

    enum Way {
        SCOPES, NO_SCOPES, FAULTS, THREADS, HAND_OFF
    }

    @ParameterizedTest
    @EnumSource
    void memoryStaysFlat(Way way) throws IOException, InterruptedException {
        Assumptions.assumeTrue(NativeMemory.residentBytes() > 0, "this system does not tell the resident memory");
        ChildJvm.Result result = ChildJvm.run(FLAGS, Soak.class.getName(), way.name()).succeeded();
        List<long[]> levels = result.out().lines().filter(line -> line.startsWith("level "))
                .map(line -> Arrays.stream(line.split(" ")).skip(1).mapToLong(Long::parseLong).toArray()).toList();
        assertEquals(3, levels.size(), result::toString);
        long[] warm = levels.get(0);
        long[] end = levels.get(1);
        assertEquals(warm[0], end[0], () -> "live blocks: " + result);
        assertEquals(warm[1], end[1], () -> "live bytes: " + result);
        assertTrue(end[2] - warm[2] <= ALLOWED_GROWTH, () -> (end[2] - warm[2] >> 10) + " KiB grown: " + result);
        assertEquals(0, levels.get(2)[0], () -> "blocks that outlive their model: " + result);
    }

    /** The child's program. */
    static final class Soak {
        private static final int B = 4;
        private static final int FEATURES = 8;
        private static final int CLASSES = 4;

        private Soak() {
        }

        public static void main(String[] args) throws Exception {
            switch (Way.valueOf(args[0])) {
                case SCOPES -> alone(true);
                case NO_SCOPES -> alone(false);
                case FAULTS -> faults();
                case THREADS -> threads();
                case HAND_OFF -> handOff();
            }
            printLevel();
        }

        /** Prints live blocks, live bytes and resident bytes. */
        private static void printLevel() {
            MemoryReport report = MemoryReport.afterCollection();
            System.out.println(
                    "level " + report.liveBlocks() + " " + report.liveBytes() + " " + NativeMemory.residentBytes());
        }

        /** What a step is doing. */
        private enum Phase {
            FORWARD, BACKWARD, OPTIMIZER
        }

        /** A small model in training. */
        private static final class Trainee {
            private final Linear hidden = new Linear(FEATURES, 16);
            private final Linear out = new Linear(16, CLASSES);
            private final List<Param> params = new ArrayList<>();
            private final AdamW optimizer;
            private final Generator random;
            private Phase phase;

            Trainee(long seed) {
                params.addAll(hidden.parameters());
                params.addAll(out.parameters());
                optimizer = new AdamW(params, 1e-3);
                random = new Generator(seed);
            }

            void step(boolean scoped) {
                if (scoped) {
                    try (var _ = TensorScope.open()) {
                        step(false);
                    }
                } else {
                    phase = Phase.FORWARD;
                    step(inputs(random), classes(random));
                }
            }

            void step(Tensor x, Tensor classes) {
                phase = Phase.FORWARD;
                Variable loss = out.forward(hidden.forward(x).gelu()).crossEntropy(classes);
                phase = Phase.BACKWARD;
                loss.backward();
                phase = Phase.OPTIMIZER;
                GradClip.byGlobalNorm(params, 1);
                optimizer.step();
                optimizer.zeroGrad();
            }
        }

        private static Tensor inputs(Generator random) {
            return Tensor.randn(random, B, FEATURES);
        }

        private static Tensor classes(Generator random) {
            return Tensor.rand(random, B).mul(CLASSES).floor().to(DType.I64);
        }

        private static void alone(boolean scoped) {
            Trainee trainee = new Trainee(1);
            for (int i = 1; i <= STEPS; i++) {
                trainee.step(scoped);
                if (i == WARM_UP || i == STEPS) {
                    printLevel();
                }
            }
        }

        /** Kernels and allocations fail here and there, in scopes and out of them; training goes on. */
        private static void faults() {
            Trainee trainee = new Trainee(1);
            trainee.step(true);
            SplittableRandom random = new SplittableRandom(2);
            Backend real = Device.CPU.backend();
            int[] callsToFault = {Integer.MAX_VALUE};
            Backend failing = (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(),
                    new Class<?>[] {Backend.class}, (_, method, arguments) -> {
                        if (!method.getName().equals("free") && --callsToFault[0] == 0) {
                            throw method.getName().equals("allocate")
                                    ? new OutOfMemoryError("planted")
                                    : new ArithmeticException("planted");
                        }
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            Device.CPU.use(failing);
            Map<Phase, Integer> failed = new EnumMap<>(Phase.class);
            int succeeded = 0;
            for (int i = 1; i <= STEPS; i++) {
                callsToFault[0] = random.nextInt(1, 120);
                try {
                    trainee.step(i % 2 == 0);
                    succeeded++;
                } catch (ArithmeticException | OutOfMemoryError e) {
                    if (!e.getMessage().equals("planted")) {
                        throw e;
                    }
                    failed.merge(trainee.phase, 1, Integer::sum);
                    callsToFault[0] = Integer.MAX_VALUE;
                    trainee.optimizer.zeroGrad();
                }
                if (i == WARM_UP || i == STEPS) {
                    callsToFault[0] = Integer.MAX_VALUE;
                    printLevel();
                }
            }
            Device.CPU.use(real);
            System.out.println(failed + ", " + succeeded + " succeeded");
            for (Phase phase : Phase.values()) {
                if (failed.getOrDefault(phase, 0) < STEPS / 20) {
                    throw new AssertionError("too few faults in " + phase + ": " + failed);
                }
            }
            if (succeeded < STEPS / 20) {
                throw new AssertionError("hardly a step succeeded");
            }
        }

        private static void threads() throws Exception {
            int threads = 8;
            try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
                List<Trainee> trainees = new ArrayList<>();
                for (int t = 0; t < threads; t++) {
                    trainees.add(new Trainee(t));
                }
                together(executor, trainees, WARM_UP / threads);
                printLevel();
                together(executor, trainees, (STEPS - WARM_UP) / threads);
                printLevel();
            }
        }

        private static void together(ExecutorService executor, List<Trainee> trainees, int steps) throws Exception {
            List<Future<?>> done = new ArrayList<>();
            for (Trainee trainee : trainees) {
                done.add(executor.submit(() -> {
                    for (int i = 0; i < steps; i++) {
                        trainee.step(i % 2 == 0);
                    }
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }

        private record Batch(Tensor x, Tensor classes) {
        }

        /** A loader's thread makes the batches; some are lost on the way. */
        private static void handOff() throws Exception {
            Trainee trainee = new Trainee(1);
            train(trainee, WARM_UP);
            printLevel();
            train(trainee, STEPS - WARM_UP);
            printLevel();
        }

        private static void train(Trainee trainee, int steps) throws Exception {
            BlockingQueue<Batch> ready = new ArrayBlockingQueue<>(4);
            Thread loader = Thread.ofPlatform().start(() -> {
                try {
                    Generator random = new Generator(2);
                    for (int i = 0; i < steps; i++) {
                        try (var _ = TensorScope.open()) {
                            ready.put(new Batch(inputs(random).handOff(), classes(random).handOff()));
                        }
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            for (int i = 0; i < steps; i++) {
                Batch batch = ready.take();
                if (i % 50 == 0) {
                    continue; // nobody adopts it
                }
                if (i % 2 == 0) {
                    try (var _ = TensorScope.open()) {
                        trainee.step(batch.x().adopt(), batch.classes().adopt());
                    }
                } else {
                    trainee.step(batch.x().adopt(), batch.classes().adopt());
                }
            }
            loader.join();
        }
    }
}
