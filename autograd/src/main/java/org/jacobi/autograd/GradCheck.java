package org.jacobi.autograd;

import java.util.Arrays;
import java.util.function.Function;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** Compares gradients with central differences (f(x + h) - f(x - h)) / 2h, in f64. */
public final class GradCheck {
    private static final double STEP = 1e-6;
    private static final double ABSOLUTE = 1e-5;
    private static final double RELATIVE = 1e-4;

    private GradCheck() {
    }

    /**
     * Checks the first derivatives of a function of f64 variables; its output is weighted with random numbers and summed.
     *
     * @throws AssertionError naming the input, the element and both derivatives where they differ
     */
    public static void check(Function<Variable[], Variable> function, Variable... inputs) {
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i].dtype() != DType.F64 && inputs[i].requiresGrad()) {
                throw new IllegalArgumentException("GradCheck: input " + i + " is " + inputs[i].dtype()
                        + "; central differences need F64");
            }
        }
        try (var _ = TensorScope.open()) {
            Variable out = function.apply(inputs);
            Tensor weights = Tensor.empty(DType.F64, out.shape()).uniform_(0.5, 1.5, new Generator(7)).to(out.device());
            Variable[] analytic = Engine.grad(out, Variable.constant(weights), true, false, inputs);
            for (int i = 0; i < inputs.length; i++) {
                if (inputs[i].requiresGrad()) {
                    compare(function, inputs, i, weights, analytic[i]);
                }
            }
        }
    }

    /** Checks the second derivatives too: the first ones, as a function of the inputs and the incoming gradient. */
    public static void checkSecond(Function<Variable[], Variable> function, Variable... inputs) {
        check(function, inputs);
        try (var _ = TensorScope.open()) {
            Tensor out = function.apply(inputs).value();
            Variable[] all = Arrays.copyOf(inputs, inputs.length + 1);
            all[inputs.length] =
                    Variable.leaf(Tensor.empty(DType.F64, out.shape()).uniform_(0.5, 1.5, new Generator(8))
                            .to(out.device()));
            check(in -> squaredGradients(function, Arrays.copyOf(in, inputs.length), in[inputs.length]), all);
        }
    }

    /** A smooth function of every element of every first derivative, in which none cancels another. */
    private static Variable squaredGradients(Function<Variable[], Variable> function, Variable[] inputs,
            Variable dout) {
        Variable total = Variable.constant(Tensor.zeros(DType.F64));
        for (Variable grad : Engine.grad(function.apply(inputs), dout, true, true, inputs)) {
            if (grad != null) {
                total = total.add(grad.mul(grad.add(0.3)).sum());
            }
        }
        return total;
    }

    private static void compare(Function<Variable[], Variable> function, Variable[] inputs, int which, Tensor weights,
            Variable analytic) {
        Tensor x = inputs[which].value();
        double[] values = x.toDoubleArray();
        double[] grads = analytic == null ? new double[values.length] : analytic.value().toDoubleArray();
        for (int e = 0; e < values.length; e++) {
            double numeric = (probe(function, inputs, which, values, e, STEP, weights)
                    - probe(function, inputs, which, values, e, -STEP, weights)) / (2 * STEP);
            if (!(Math.abs(numeric - grads[e]) <= ABSOLUTE + RELATIVE * Math.abs(numeric))) {
                throw new AssertionError("gradient of input " + which + " of shape " + x.shape() + " at element " + e
                        + " (" + values[e] + "): backward gives " + grads[e] + ", central differences " + numeric);
            }
        }
    }

    private static double probe(Function<Variable[], Variable> function, Variable[] inputs, int which, double[] values,
            int element, double step, Tensor weights) {
        try (var _ = TensorScope.open()) {
            double[] moved = values.clone();
            moved[element] += step;
            Variable[] changed = inputs.clone();
            changed[which] = Variable
                    .leaf(Tensor.of(moved).reshape(inputs[which].shape().toArray()).to(inputs[which].device()));
            return function.apply(changed).value().mul(weights).sum().item();
        }
    }
}
