package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Training without any open scope: the garbage collector frees what a step leaves, and memory does not grow. */
class MemoryTest {
    private static final int WARM_UP = 50;
    private static final int STEPS = 300;
    private static final int EVERY = 10;
    private static final long ALLOWED_BYTES = 64L << 20;
    private static final double ALLOWED_SHARE = 0.05;

    /** A training loop as a user may write it who never heard of scopes; it prints the resident memory. */
    static final class Training {
        private static final int B = 12;
        private static final int T = 64;
        private static final int V = 65;

        private Training() {
        }

        public static void main(String[] args) {
            GPT model = new GPT(new GPTConfig(V, T, 4, 4, 128, 0, false, true, true), new Generator(1));
            AdamW optimizer = new AdamW(model.parameters(), 1e-3);
            Generator random = new Generator(2);
            for (int step = 1; step <= STEPS; step++) {
                Tensor tokens = Tensor.rand(random, B, T).mul(V).floor().to(DType.I64);
                Variable loss = model.forward(tokens).crossEntropy(tokens);
                loss.backward();
                GradClip.byGlobalNorm(model.parameters(), 1);
                optimizer.step();
                optimizer.zeroGrad();
                if (step >= WARM_UP && step % EVERY == 0) {
                    System.out.println(NativeMemory.residentBytes());
                }
            }
        }
    }

    @Test
    void residentMemoryStaysFlatWithoutScopes() throws IOException, InterruptedException {
        Assumptions.assumeTrue(NativeMemory.residentBytes() > 0, "this system does not tell the resident memory");
        ChildJvm.Result result = ChildJvm.run(List.of(), Training.class.getName()).succeeded();
        List<Long> resident = new ArrayList<>(result.out().lines().map(Long::parseLong).toList());
        assertEquals((STEPS - WARM_UP) / EVERY + 1, resident.size());
        long start = resident.getFirst();
        long allowed = Math.max(ALLOWED_BYTES, (long) (ALLOWED_SHARE * start));
        for (int i = 0; i < resident.size(); i++) {
            long growth = resident.get(i) - start;
            int step = WARM_UP + i * EVERY;
            assertTrue(growth <= allowed,
                    () -> "after step " + step + " " + (growth >> 20) + " MiB more are resident than the "
                            + (start >> 20) + " after step " + WARM_UP + "; " + (allowed >> 20) + " are allowed. All: "
                            + resident);
        }
    }
}
