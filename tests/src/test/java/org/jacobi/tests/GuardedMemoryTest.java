package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.natives.MemoryViolation;
import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Test;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/** Guarded memory finds planted faults, whoever frees the block, and finds nothing in what Jacobi itself does. */
class GuardedMemoryTest {
    private static final List<String> GUARDED = List.of("-Djacobi.memory=guarded");

    /** Every op's kernels, forward and backward, write within their blocks and read nothing that was not written. */
    @Test
    void theOpTableIsClean() throws IOException, InterruptedException {
        ChildJvm.run(GUARDED, FallbackTest.Conformance.class.getName()).succeeded();
    }

    @Test
    void theOpTableIsCleanWithoutOpenBlas() throws IOException, InterruptedException {
        ChildJvm.run(List.of("-Djacobi.memory=guarded", "-Djacobi.blas=none"), FallbackTest.Conformance.class.getName())
                .succeeded();
    }

    /** A GPT in training, in scopes and out of them, learns the same numbers with and without guards. */
    @Test
    void trainingIsCleanAndUnchanged() throws IOException, InterruptedException {
        ChildJvm.Result guarded = ChildJvm.run(GUARDED, Training.class.getName()).succeeded();
        ChildJvm.Result plain = ChildJvm.run(List.of(), Training.class.getName()).succeeded();
        assertEquals(plain.out(), guarded.out());
        assertEquals(12, plain.out().lines().count());
    }

    static final class Training {
        private Training() {
        }

        public static void main(String[] args) {
            GPT model = new GPT(new GPTConfig(17, 16, 2, 2, 32, 0.1, false, true, true), new Generator(1));
            AdamW optimizer = new AdamW(model.parameters(), 1e-2);
            Generator random = new Generator(2);
            for (int i = 0; i < 6; i++) {
                System.out.println(step(model, optimizer, random));
                try (var _ = TensorScope.open()) {
                    System.out.println(step(model, optimizer, random));
                }
            }
            MemoryReport.afterCollection();
        }

        private static double step(GPT model, AdamW optimizer, Generator random) {
            Tensor tokens = Tensor.rand(random, 3, 16).mul(17).floor().to(DType.I64);
            Variable loss = model.forward(tokens).crossEntropy(tokens);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            return loss.item();
        }
    }

    @Test
    void plantedFaultsAreCaughtOnEveryWay() throws IOException, InterruptedException {
        List<String> found = ChildJvm.run(GUARDED, Faults.class.getName()).succeeded().out().lines().toList();
        assertEquals(7, found.size(), found::toString);
        String site = "GuardedMemoryTest\\$Faults.*\\(GuardedMemoryTest.java:\\d+\\).*";
        expect(found.get(0), "close: write past the end of a block of 40 bytes made by ones at " + site
                + "offset 40 was changed");
        expect(found.get(1), "release: write before the start of a block of 40 bytes made by ones at " + site
                + "offset -4 was changed");
        expect(found.get(2), "reuse: write after free of a block of 12352 bytes made by ones at " + site
                + "offset 8 was changed after it was freed at " + site);
        expect(found.get(3), "collector: write past the end of a block of 40 bytes made by ones at " + site);
        expect(found.get(4), "report: write past the end of a block of 40 bytes made by ones at " + site);
        expect(found.get(5), "another's close: write past the end of a block of 40 bytes made by ones at " + site);
        expect(found.get(6), "double free: double free: .* made by ones at " + site);
    }

    private static void expect(String actual, String pattern) {
        assertTrue(actual.matches(pattern), () -> actual + "\nis not\n" + pattern);
    }

    static final class Faults {
        private Faults() {
        }

        public static void main(String[] args) {
            caught("close", () -> {
                try (var _ = TensorScope.open()) {
                    Tensor.ones(5);
                    Tensor x = Tensor.ones(10);
                    Tensor.ones(5);
                    write(x.address() + 40);
                }
            });
            caught("release", () -> {
                Tensor x = Tensor.ones(10);
                write(x.address() - 4);
                x.release();
            });
            caught("reuse", () -> {
                Tensor x = Tensor.ones(3088);
                long address = x.address();
                x.release();
                write(address + 8);
                Tensor.ones(3088);
            });
            caught("collector", () -> {
                dropDamaged();
                for (int i = 0; i < 100; i++) {
                    MemoryReport.afterCollection();
                }
            });
            Tensor kept = Tensor.ones(10);
            write(kept.address() + 40);
            caught("report", MemoryReport::now);
            caught("another's close", () -> {
                try (var _ = TensorScope.open()) {
                    Tensor.ones(1);
                }
            });
            caught("double free", () -> {
                Tensor x = Tensor.ones(20);
                long address = x.address();
                x.release();
                SlabAllocator.global().free(address, 80);
            });
        }

        private static void dropDamaged() {
            Tensor x = Tensor.ones(10);
            write(x.address() + 40);
        }

        private static void write(long address) {
            NativeMemory.ALL.set(JAVA_BYTE, address, (byte) 42);
        }

        private static void caught(String where, Runnable fault) {
            try {
                fault.run();
                System.out.println(where + ": nothing was found");
            } catch (MemoryViolation e) {
                System.out.println(where + ": " + e.getMessage());
            }
        }
    }
}
