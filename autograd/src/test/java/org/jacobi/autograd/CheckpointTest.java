package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Recomputing in place of keeping: the same bits, the same random numbers, less memory. */
class CheckpointTest {
    private static Variable randn(long seed, long... sizes) {
        return Variable.leaf(Tensor.randn(new Generator(seed), sizes).to(DType.F64));
    }

    private final Variable x = randn(1, 4, 6);
    private final Variable w = randn(2, 6, 6);
    private final Variable b = randn(3, 6);
    private final Generator generator = new Generator(5);

    private Variable block(Variable in) {
        return in.linear(w, b).gelu().dropout(0.3, generator).add(in).dropout(0.2);
    }

    /** Applies a block, with or without a checkpoint around it. */
    private interface Around extends BiFunction<UnaryOperator<Variable>, Variable, Variable> {
    }

    private static final Around PLAIN = (f, in) -> f.apply(in);
    private static final Around CHECKPOINT = (f, in) -> Checkpoint.apply(f, in);
    private static final Around NESTED =
            (f, in) -> Checkpoint.apply(outer -> Checkpoint.apply(f, outer.mul(1)).mul(1), in);

    private double[][] run(Around around) {
        generator.manualSeed(5);
        Generator.global().manualSeed(6);
        Variable y = x;
        for (int i = 0; i < 3; i++) {
            y = around.apply(this::block, y);
        }
        y.square().sum().backward();
        double[][] all = {y.value().toDoubleArray(), x.grad().value().toDoubleArray(), w.grad().value().toDoubleArray(),
            b.grad().value().toDoubleArray(), {generator.calls(), Generator.global().calls()}};
        x.zeroGrad();
        w.zeroGrad();
        b.zeroGrad();
        return all;
    }

    @Test
    void everyBitIsThatOfThePlainRun() {
        double[][] plain = run(PLAIN);
        for (Around around : new Around[] {CHECKPOINT, NESTED}) {
            double[][] again = run(around);
            for (int i = 0; i < plain.length; i++) {
                assertArrayEquals(plain[i], again[i]);
            }
        }
    }

    @Test
    void generatorsGoOnFromWhereTheyWere() {
        generator.manualSeed(5);
        Variable y = Checkpoint.apply(this::block, x);
        generator.nextCall();
        generator.manualSeed(99);
        generator.nextCall();
        y.sum().backward();
        assertEquals(99, generator.seed());
        assertEquals(1, generator.calls());
    }

    @Test
    void itRunsOnceInTheForwardAndOnceInTheBackward() {
        AtomicInteger runs = new AtomicInteger();
        Variable y = Checkpoint.apply(in -> {
            runs.incrementAndGet();
            return in.exp();
        }, x);
        assertEquals(1, runs.get());
        assertEquals("checkpoint", y.gradFn().name());
        y.sum().backward();
        assertEquals(2, runs.get());
        assertThrows(IllegalStateException.class, () -> y.sum().backward()); // released
    }

    @Test
    void intermediateValuesFromOutsideGetTheirGradientOnce() {
        Variable h = w.mul(2);
        AtomicInteger seen = new AtomicInteger();
        h.registerHook(gradient -> {
            seen.incrementAndGet();
            return gradient;
        });
        Checkpoint.apply(in -> in.matmul(h), x).add(x.matmul(h)).sum().backward();
        assertEquals(1, seen.get());
        double[] grad = w.grad().value().toDoubleArray();
        w.zeroGrad();
        x.matmul(w.mul(2)).mul(2).sum().backward();
        assertArrayEquals(grad, w.grad().value().toDoubleArray(), 1e-12);
    }

    @Test
    void gradAsksForParametersAndLeavesThemAlone() {
        Variable y = Checkpoint.apply(in -> in.matmul(w).tanh(), x).sum();
        Variable[] grads = Autograd.grad(y, x, w);
        Variable[] plain = Autograd.grad(x.matmul(w).tanh().sum(), x, w);
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(plain[i].value().toDoubleArray(), grads[i].value().toDoubleArray());
        }
        assertNull(w.grad());
    }

    @Test
    void itDifferentiatesTwice() {
        GradCheck.checkSecond(in -> Checkpoint.apply(own -> own.mul(in[1]).tanh().mul(own), in[0]),
                randn(7, 3), randn(8, 3));
    }

    @Test
    void itGoesWithVmapAndForwardMode() {
        UnaryOperator<Variable> f = in -> in.matmul(w).tanh().sum();
        UnaryOperator<Variable> checkpointed = in -> Checkpoint.apply(f, in);
        Variable point = Variable.constant(x.value());
        assertArrayEquals(Autograd.vmap(Autograd.grad(f)).apply(point).value().toDoubleArray(),
                Autograd.vmap(Autograd.grad(checkpointed)).apply(point).value().toDoubleArray(), 1e-12);
        Variable v = randn(9, 4, 6).detach();
        assertArrayEquals(Autograd.jvp(f, point, v).product().value().toDoubleArray(),
                Autograd.jvp(checkpointed, point, v).product().value().toDoubleArray(), 1e-12);
    }

    @Test
    void severalOutputsOneOfThemUnusedOneTheInput() {
        Variable[] outs = Checkpoint.apply((Variable[] in) -> new Variable[] {in[0].exp(), in[0], in[1].sin()},
                new Variable[] {x, b});
        outs[0].mul(outs[1]).sum().backward();
        double[] grad = x.grad().value().toDoubleArray();
        x.zeroGrad();
        x.exp().mul(x).sum().backward();
        assertArrayEquals(x.grad().value().toDoubleArray(), grad, 1e-12);
        assertNull(b.grad());
    }

    @Test
    void withoutAnythingToDifferentiateItIsThePlainCall() {
        assertFalse(Checkpoint.apply(Variable::exp, x.detach()).requiresGrad());
        try (var _ = NoGrad.open()) {
            assertFalse(Checkpoint.apply(Variable::exp, x).requiresGrad());
        }
    }

    @Test
    void aChangedInputIsNoticed() {
        Variable h = x.mul(1);
        Variable y = Checkpoint.apply(Variable::exp, h);
        h.value().fill_(1);
        assertThrows(IllegalStateException.class, () -> y.sum().backward());
    }

    @Test
    void memoryFalls() {
        long plain = mostLive(PLAIN);
        long saving = mostLive(CHECKPOINT);
        // 8 blocks of 6 values each: plain keeps 48, checkpoints 8 and those of one block.
        assertTrue(saving * 2 < plain, () -> "checkpoints: " + saving + " bytes, plain: " + plain);
    }

    private static long mostLive(Around around) {
        Variable start = Variable.leaf(Tensor.ones(1 << 16));
        long[] most = new long[1];
        MemoryReport.afterCollection(); // what other tests left must not be freed meanwhile
        try (var _ = TensorScope.open()) {
            long before = SlabAllocator.global().statistics().liveBytes();
            UnaryOperator<Variable> watched = in -> {
                Variable y = in;
                for (int i = 0; i < 6; i++) {
                    y = y.mul(0.5).sin();
                    most[0] = Math.max(most[0], SlabAllocator.global().statistics().liveBytes() - before);
                }
                return y;
            };
            Variable y = start;
            for (int i = 0; i < 8; i++) {
                y = around.apply(watched, y);
            }
            Variable loss = y.sum();
            most[0] = Math.max(most[0], SlabAllocator.global().statistics().liveBytes() - before);
            loss.backward();
        }
        return most[0];
    }
}
