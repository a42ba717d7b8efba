package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Autograd;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.junit.jupiter.api.Test;

/** Second derivatives of a small network against libtorch's double backward. */
class HigherDerivativeParityTest {
    private static final double TOLERANCE = 1e-10;

    private static double[] random(long seed, int count) {
        return org.jacobi.tensor.Tensor.randn(new Generator(seed), count).to(DType.F64).toDoubleArray();
    }

    private static Variable ours(double[] numbers, long... shape) {
        return Variable.constant(org.jacobi.tensor.Tensor.of(numbers, shape));
    }

    private static Tensor theirs(double[] numbers, long... shape) {
        return Tensor.create(numbers, shape).set_requires_grad(true);
    }

    private static Tensor grad(Tensor scalar, Tensor input, boolean createGraph) {
        return torch.grad(new TensorVector(scalar), new TensorVector(input), new TensorVector(), new BoolOptional(true),
                createGraph, false).get(0);
    }

    @Test
    void aHessianVectorProductIsTheDoubleBackward() {
        Libtorch.require();
        double[] x = random(1, 5 * 4);
        double[] w = random(2, 4 * 6);
        double[] v = random(3, 4 * 6);
        Variable in = ours(x, 5, 4);
        Autograd.Product product = Autograd.hvp(
                weight -> in.matmul(weight).gelu().softmax(1).square().sum().add(weight.sigmoid().sum()),
                ours(w, 4, 6), ours(v, 4, 6));
        try (var _ = new PointerScope()) {
            Tensor weight = theirs(w, 4, 6);
            Tensor y = torch.gelu(torch.matmul(Tensor.create(x, 5, 4), weight));
            Tensor loss = torch.add(torch.sum(torch.square(torch.softmax(y, 1))), torch.sum(torch.sigmoid(weight)));
            Tensor first = grad(loss, weight, true);
            Tensor second = grad(torch.sum(torch.mul(first, Tensor.create(v, 4, 6))), weight, false);
            assertArrayEquals(Libtorch.numbers(loss), product.output().value().toDoubleArray(), TOLERANCE);
            assertArrayEquals(Libtorch.numbers(second), product.product().value().toDoubleArray(), TOLERANCE);
        }
    }

    @Test
    void aHessianIsItRowByRow() {
        Libtorch.require();
        double[] x = random(4, 6);
        Variable hessian = Autograd.hessian(in -> in.logSoftmax(0).tanh().prod().add(in.exp().sum().log()), ours(x, 6));
        try (var _ = new PointerScope()) {
            for (int row = 0; row < 6; row++) {
                Tensor in = theirs(x, 6);
                Tensor y = torch.add(torch.prod(torch.tanh(torch.log_softmax(in, 0))),
                        torch.log(torch.sum(torch.exp(in))));
                Tensor second = grad(torch.select(grad(y, in, true), 0, row), in, false);
                assertArrayEquals(Libtorch.numbers(second), hessian.select(0, row).value().toDoubleArray(), TOLERANCE);
            }
        }
    }
}
