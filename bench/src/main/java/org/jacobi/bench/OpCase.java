package org.jacobi.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Param;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * One op at one size.
 *
 * @param op       the op's name
 * @param measured which part of it
 * @param sizes    what the row of the table calls its sizes
 * @param forward  the op, on variables of the inputs; null for an optimizer
 */
record OpCase(String op, Measured measured, List<Long> sizes, List<Input> inputs,
        Function<Variable[], Variable> forward, double flop, double bytes) implements Case {
    /** What a run of an op is. */
    enum Measured {
        /** The op on constants. */
        FORWARD(""),
        /** The op on leaves, the walk back from a given gradient, and the leaves' gradients dropped. */
        FORWARD_AND_BACKWARD("+backward"),
        /** A step of AdamW on one parameter that has a gradient. */
        OPTIMIZER_STEP("");

        private final String suffix;

        Measured(String suffix) {
            this.suffix = suffix;
        }
    }

    static final double LEARNING_RATE = 1e-3;
    /** Ops on no more elements run thousands of times in less than a second. */
    private static final long BRIEF = 1 << 16;

    @Override
    public String name() {
        return op + measured.suffix + "-" + sizes.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    @Override
    public Group group() {
        return Group.OPS;
    }

    @Override
    public double secondsAnIteration() {
        return sizes.stream().reduce(1L, Math::multiplyExact) <= BRIEF ? 0.2 : 0.5;
    }

    @Override
    public double warmupSeconds() {
        return 4 * secondsAnIteration();
    }

    @Override
    public Work ours(Tensor[] inputs) {
        return switch (measured) {
            case FORWARD -> new Forward(Arrays.stream(inputs).map(Variable::constant).toArray(Variable[]::new));
            case FORWARD_AND_BACKWARD -> new ForwardAndBackward(Arrays.stream(inputs)
                    .map(x -> x.dtype().isFloating() ? Variable.leaf(x) : Variable.constant(x))
                    .toArray(Variable[]::new));
            case OPTIMIZER_STEP -> new OptimizerStep(new Param(inputs[0]), inputs[1]);
        };
    }

    private final class Forward implements Work {
        private final Variable[] inputs;
        /** Open as long as the fork runs, for a step has one scope for its hundreds of ops. */
        private final TensorScope scope = TensorScope.open();

        Forward(Variable[] inputs) {
            this.inputs = inputs;
        }

        @Override
        public void run() {
            forward.apply(inputs);
            scope.clear();
        }

        @Override
        public List<float[]> results() {
            try {
                return List.of(forward.apply(inputs).value().to(DType.F32).toFloatArray());
            } finally {
                scope.close();
            }
        }
    }

    private final class ForwardAndBackward implements Work {
        private final Variable[] inputs;
        private final Tensor outputGradient;

        ForwardAndBackward(Variable[] inputs) {
            this.inputs = inputs;
            long[] sizes;
            try (var _ = TensorScope.open()) {
                sizes = forward.apply(inputs).shape().toArray();
            }
            outputGradient = Input.outputGradient(sizes);
        }

        @Override
        public void run() {
            try (var _ = TensorScope.open()) {
                forward.apply(inputs).backward(outputGradient, false, false);
                dropGradients();
            }
        }

        @Override
        public List<float[]> results() {
            try (var _ = TensorScope.open()) {
                Variable out = forward.apply(inputs);
                out.backward(outputGradient, false, false);
                List<float[]> results = new ArrayList<>(List.of(out.value().toFloatArray()));
                for (Variable input : inputs) {
                    if (input.requiresGrad()) {
                        results.add(input.grad().value().toFloatArray());
                    }
                }
                dropGradients();
                return results;
            }
        }

        private void dropGradients() {
            for (Variable input : inputs) {
                input.zeroGrad();
            }
        }
    }

    private static final class OptimizerStep implements Work {
        private final Param param;
        private final AdamW optimizer;

        OptimizerStep(Param param, Tensor gradient) {
            this.param = param;
            optimizer = new AdamW(List.of(param), LEARNING_RATE);
            try (var _ = TensorScope.open()) {
                param.mul(gradient).sum().backward();
            }
        }

        @Override
        public void run() {
            optimizer.step();
        }

        @Override
        public List<float[]> results() {
            for (int i = 0; i < STEPS_COMPARED; i++) {
                run();
            }
            return List.of(param.value().toFloatArray());
        }
    }
}
