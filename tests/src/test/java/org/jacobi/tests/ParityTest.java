package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jacobi.tensor.DType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Results and gradients against libtorch's, in f32, from the same operands. */
class ParityTest {
    private static final int[] SIZES = {1, 2, 7, 33};

    @TestFactory
    Stream<DynamicTest> numbersAndGradientsAreLibtorchs() {
        return OpSamples.selected().filter(sample -> sample.torch != null)
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> check(sample)));
    }

    private static void check(OpSample sample) {
        Libtorch.require();
        for (int n : SIZES) {
            try (var _ = new PointerScope()) {
                compare(sample, n);
            }
        }
    }

    private static void compare(OpSample sample, int n) {
        String where = sample + ", n = " + n;
        double[][] numbers = sample.numbers(n);
        Tensor[] in = new Tensor[numbers.length];
        for (int i = 0; i < in.length; i++) {
            in[i] = Libtorch.tensor(sample.operands(n).get(i), numbers[i]);
        }
        Tensor out = sample.torch.apply(in);
        double[] expected = Libtorch.numbers(out);
        double tolerance = sample.exact ? 0 : sample.tolerance;
        if (sample.tensors != null) {
            Evaluation ours = Evaluation.ofTensors(sample, n, DType.F32, Layout.CONTIGUOUS, false);
            assertArrayEquals(out.shape(), ours.shape().toArray(), where);
            assertEquals(Libtorch.type(out.scalar_type()), ours.dtype(), where);
            Evaluation.compare(where, expected, ours.numbers(), tolerance);
        }
        if (sample.variables != null) {
            Evaluation ours = Evaluation.ofVariables(sample, n, DType.F32, Layout.CONTIGUOUS, false);
            assertArrayEquals(out.shape(), ours.shape().toArray(), where);
            assertEquals(Libtorch.type(out.scalar_type()), ours.dtype(), where);
            Evaluation.compare(where + ", on variables", expected, ours.numbers(), tolerance);
            if (out.requires_grad()) {
                Tensor weights = Tensor.create(Evaluation.weights(expected.length), out.shape()).to(out.scalar_type());
                Libtorch.backward(out, weights);
                for (int i = 0; i < in.length; i++) {
                    if (ours.grads()[i] != null) {
                        Evaluation.compare(where + ", gradient of operand " + i, Libtorch.numbers(in[i].grad()),
                                ours.grads()[i], sample.tolerance);
                    }
                }
            }
        }
    }
}
