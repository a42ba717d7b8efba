package org.jacobi.tests;

import java.util.SplittableRandom;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * What a sample gives on our side: the result and the gradients of its randomly weighted sum, as arrays.
 *
 * @param numbers the result in row-major order
 * @param grads   the gradient of each operand, or null where there is none
 */
record Evaluation(Shape shape, DType dtype, double[] numbers, double[][] grads) {
    /** Evaluates the variant on tensors. */
    static Evaluation ofTensors(OpSample sample, int n, DType real, Layout layout, boolean special) {
        return ofTensors(Device.CPU, sample, n, real, layout, special);
    }

    /** Evaluates the variant on tensors of a device. */
    static Evaluation ofTensors(Device device, OpSample sample, int n, DType real, Layout layout, boolean special) {
        try (var _ = TensorScope.open()) {
            Tensor out = sample.tensors.apply(sample.make(device, n, real, layout, special));
            return new Evaluation(out.shape(), out.dtype(), out.toDoubleArray(), new double[0][]);
        }
    }

    /** Evaluates the variant on variables; with gradients where the result has any. */
    static Evaluation ofVariables(OpSample sample, int n, DType real, Layout layout, boolean special) {
        return ofVariables(Device.CPU, sample, n, real, layout, special);
    }

    /** Evaluates the variant on variables of a device; with gradients where the result has any. */
    static Evaluation ofVariables(Device device, OpSample sample, int n, DType real, Layout layout, boolean special) {
        try (var _ = TensorScope.open()) {
            Variable[] in = sample.variables(n, sample.make(device, n, real, layout, special));
            Variable out = sample.variables.apply(in);
            double[][] grads = new double[in.length][];
            double[] numbers = out.value().toDoubleArray();
            if (out.requiresGrad()) {
                out.backward(Tensor.of(weights(numbers.length)).to(out.dtype()).to(out.device())
                        .reshape(out.shape().toArray()), false, false);
                for (int i = 0; i < in.length; i++) {
                    grads[i] = in[i].grad() == null ? null : in[i].grad().value().toDoubleArray();
                }
            }
            return new Evaluation(out.shape(), out.dtype(), numbers, grads);
        }
    }

    /** Returns the weights of the sum whose gradients are taken; exact in f32. */
    static double[] weights(int count) {
        SplittableRandom random = new SplittableRandom(count);
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) random.nextDouble(0.5, 1.5);
        }
        return weights;
    }

    /** Throws an AssertionError that names the first element that differs by more than allowed, absolute and relative. */
    static void compare(String what, double[] expected, double[] actual, double tolerance) {
        if (expected.length != actual.length) {
            throw new AssertionError(what + ": " + expected.length + " numbers expected, got " + actual.length);
        }
        for (int i = 0; i < expected.length; i++) {
            double e = expected[i];
            double a = actual[i];
            boolean equal = e == a || Double.isNaN(e) && Double.isNaN(a);
            if (!equal && !(Math.abs(e - a) <= tolerance * (1 + Math.abs(e)) && Double.isFinite(e))) {
                throw new AssertionError(
                        what + ": element " + i + " is " + a + ", expected " + e + "; the difference is "
                                + Math.abs(e - a) + ", allowed " + tolerance + " absolute and relative");
            }
        }
    }
}
