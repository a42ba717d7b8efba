package org.jacobi.tests;

import java.util.SplittableRandom;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Attention;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.Sliding;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A GPU's fused kernels, on an emulated one, on shapes of several tiles and of every path, against their definitions. */
class CudaFusedTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static Device device;
    private static Device plain;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        device = new Device("emulated", new CudaBackend(new EmulatedGpu()));
        plain = new Device("emulated", new CudaBackend(new EmulatedGpu(), false));
    }

    private static Tensor numbers(SplittableRandom random, long... sizes) {
        double[] numbers = random.doubles(Shape.of(sizes).numel(), -1, 1).toArray();
        return Tensor.of(numbers).to(DType.BF16).to(DType.F32).reshape(sizes);
    }

    // ---- attention -------------------------------------------------------------------------------------------------

    /** The operands of an attention, exact in bf16; as (B, N, H, D) in memory. */
    record Case(Tensor q, Tensor k, Tensor v, Tensor dout, Attention how) {
        static Case of(long heads, long queries, long keys, long size, boolean causal, double dropout, Tensor mask) {
            SplittableRandom random = new SplittableRandom(queries);
            Tensor q = numbers(random, 2, queries, heads, size).transpose(1, 2);
            Tensor k = numbers(random, 2, keys, heads, size).transpose(1, 2);
            Tensor v = numbers(random, 2, keys, heads, size).transpose(1, 2);
            Tensor dout = numbers(random, 2, queries, heads, size).transpose(1, 2);
            return new Case(q, k, v, dout, new Attention(0.3, causal, mask, dropout, 5, 3));
        }
    }

    /** Returns out, dq, dk and dv as numbers, and the log-sum-exp. */
    private static double[][] evaluate(Case the, Backend backend, Device where, DType type) {
        Tensor[] in = {the.q, the.k, the.v, the.dout};
        for (int i = 0; i < in.length; i++) {
            in[i] = in[i].to(type).to(where);
        }
        Attention how = the.how;
        if (how.mask() != null) {
            how = new Attention(how.scale(), how.causal(), how.mask().to(where), how.dropout(), how.seed(), how.call());
        }
        Tensor out = Tensor.emptyLike(in[0]);
        Tensor lse = Tensor.empty(where, DType.F32, in[0].size(0), in[0].size(1), in[0].size(2));
        backend.attention(out, lse, in[0], in[1], in[2], how);
        Tensor[] grads = {Tensor.emptyLike(in[0]), Tensor.emptyLike(in[1]), Tensor.emptyLike(in[2])};
        backend.attentionBackward(grads[0], grads[1], grads[2], in[3], out, lse, in[0], in[1], in[2], how);
        return new double[][] {out.toDoubleArray(), grads[0].toDoubleArray(), grads[1].toDoubleArray(),
            grads[2].toDoubleArray(), lse.toDoubleArray()};
    }

    /**
     * Compares a device's attention in both types with the definition, and what tensor cores give with plain arithmetic.
     *
     * @param plain the device without tensor cores, or null
     */
    static void check(Case the, Device device, Device plain, double tolerance) {
        double[][] expected = evaluate(the, REFERENCE, Device.CPU, DType.F32);
        compare("f32", expected, evaluate(the, device.backend(), device, DType.F32), tolerance);
        double[][] halves = evaluate(the, device.backend(), device, DType.BF16);
        compare("bf16", expected, halves, 0.03);
        if (plain != null) {
            // Sums in another order may round to the neighbour.
            compare("bf16 without tensor cores", evaluate(the, plain.backend(), plain, DType.BF16), halves, 0.01);
        }
    }

    private static void check(Case the) {
        check(the, device, null, 2e-5);
    }

    private static void compare(String what, double[][] expected, double[][] actual, double tolerance) {
        String[] names = {"out", "dq", "dk", "dv", "lse"};
        for (int i = 0; i < names.length; i++) {
            Evaluation.compare(what + ", " + names[i], expected[i], actual[i], tolerance);
        }
    }

    @Test
    void attentionGoesOverTilesOfQueriesAndKeys() {
        try (var _ = TensorScope.open()) {
            check(Case.of(1, 70, 70, 64, true, 0, null));
            check(Case.of(1, 66, 100, 128, false, 0.2, null));
        }
    }

    @Test
    void attentionTakesMasksAndSizesThatAreNoTiles() {
        try (var _ = TensorScope.open()) {
            SplittableRandom random = new SplittableRandom(1);
            check(Case.of(3, 65, 65, 40, true, 0.1, numbers(random, 65, 65)));
            // The third query sees no key.
            Tensor visible = numbers(random, 2, 1, 5, 200).gt(0)
                    .logicalAnd(Tensor.arange(5).reshape(5, 1).ne(2).expand(2, 1, 5, 200));
            check(Case.of(2, 5, 200, 20, false, 0, visible), device, plain, 2e-5);
        }
    }

    // ---- convolution -----------------------------------------------------------------------------------------------

    @Test
    void sumsOfAWeightsGradientAreCutIntoParts() {
        try (var _ = TensorScope.open()) {
            SplittableRandom random = new SplittableRandom(2);
            Sliding how = new Sliding(new long[] {2, 1}, new long[] {1, 2}, new long[] {1, 2});
            Tensor x = numbers(random, 6, 4, 41, 33);
            Tensor dout = numbers(random, 6, 70, 21, 33);
            weightGradient(device, DType.F32, x, dout, how, 2e-4);
            weightGradient(device, DType.BF16, x, dout, how, 0.02);
        }
    }

    private static void weightGradient(Device device, DType type, Tensor x, Tensor dout, Sliding how,
            double tolerance) {
        Tensor expected = Tensor.empty(Device.CPU, DType.F32, 70, 2, 3, 3);
        REFERENCE.convolutionWeight(expected, dout, x, how);
        Tensor actual = Tensor.empty(device, type, 70, 2, 3, 3);
        device.backend().convolutionWeight(actual, dout.to(type).to(device), x.to(type).to(device), how);
        Evaluation.compare("dweight in " + type, expected.toDoubleArray(), actual.toDoubleArray(), tolerance);
    }

    /** Products of bf16 numbers are exact in f32, so that only the results' own rounding and the order of sums differ. */
    @Test
    void convolutionsByMatrixInstructionsGoOverTilesAndPacks() {
        SplittableRandom random = new SplittableRandom(3);
        // Rows of packs and not, few filters and more than a small tile's, groups, strides, kernels of one place.
        convolution(random, 2, 8, 70, 1, 3, 9, new Sliding(new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1}));
        convolution(random, 3, 16, 20, 2, 1, 8, new Sliding(new long[] {1, 1}, new long[] {0, 0}, new long[] {1, 1}));
        convolution(random, 1, 3, 130, 1, 5, 11, new Sliding(new long[] {2, 3}, new long[] {2, 0}, new long[] {1, 2}));
    }

    private static void convolution(SplittableRandom random, long images, long channels, long filters, long groups,
            long kernel, long size, Sliding how) {
        try (var _ = TensorScope.open()) {
            long[] outs = {0, 0};
            for (int axis = 0; axis < 2; axis++) {
                outs[axis] = (size + 2 * how.padding()[axis] - how.dilation()[axis] * (kernel - 1) - 1)
                        / how.stride()[axis] + 1;
            }
            Tensor x = numbers(random, images, channels, size, size);
            Tensor weight = numbers(random, filters, channels / groups, kernel, kernel);
            Tensor bias = numbers(random, filters);
            Tensor dout = numbers(random, images, filters, outs[0], outs[1]);
            double[][] expected = convolutions(REFERENCE, Device.CPU, DType.F32, x, weight, bias, dout, how);
            for (Device on : new Device[] {device, plain}) {
                double[][] actual = convolutions(on.backend(), on, DType.BF16, x, weight, bias, dout, how);
                for (int i = 0; i < expected.length; i++) {
                    Evaluation.compare(how + " of " + x.shape() + ", " + i, expected[i], actual[i], 0.01);
                }
            }
        }
    }

    /** Returns the convolution, the gradient of its input and that of its weight. */
    private static double[][] convolutions(Backend backend, Device where, DType type, Tensor x, Tensor weight,
            Tensor bias, Tensor dout, Sliding how) {
        Tensor[] in = {x, weight, bias, dout};
        for (int i = 0; i < in.length; i++) {
            in[i] = in[i].to(type).to(where);
        }
        Tensor out = Tensor.emptyLike(in[3]);
        Tensor dx = Tensor.emptyLike(in[0]);
        Tensor dweight = Tensor.emptyLike(in[1]);
        backend.convolution(out, in[0], in[1], in[2], how);
        backend.convolutionTranspose(dx, in[3], in[1], null, how);
        backend.convolutionWeight(dweight, in[3], in[0], how);
        return new double[][] {out.toDoubleArray(), dx.toDoubleArray(), dweight.toDoubleArray()};
    }
}
