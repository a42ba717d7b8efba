package org.jacobi.autograd;

import org.jacobi.tensor.Tensor;

/**
 * A user's own op: a forward on tensors and a backward on variables.
 *
 * <pre>{@code
 * static Variable cube(Variable x) {
 *     return CustomGrad.apply("cube", in -> in[0].pow(3),
 *             (dout, in, out) -> new Variable[] {dout.mul(in[0].square()).mul(3)}, x);
 * }
 * }</pre>
 *
 * <p>The backward sees the inputs and the output as variables; written with Variable ops, it differentiates again. The
 * shape of every gradient it returns is checked against its input.
 */
public final class CustomGrad {
    /** Computes the output from the inputs' values, without recording. */
    @FunctionalInterface
    public interface Forward {
        Tensor forward(Tensor... inputs);
    }

    /** Computes the gradient of each input, or null for one that has none. */
    @FunctionalInterface
    public interface Backward {
        Variable[] backward(Variable dout, Variable[] inputs, Variable output);
    }

    private CustomGrad() {
    }

    /** Runs an op and records how to differentiate it; the name is what error messages say. */
    public static Variable apply(String name, Forward forward, Backward backward, Variable... inputs) {
        Tensor[] values = new Tensor[inputs.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = inputs[i].value();
        }
        return Variable.record(forward.forward(values), out -> {
            Variable[] kept = new Variable[inputs.length + 1];
            System.arraycopy(inputs, 0, kept, 0, inputs.length);
            kept[inputs.length] = out;
            return new Node(inputs, Saved.of(kept), name, backward);
        }, inputs);
    }

    /** Its source is the file that the user's backward stands in. */
    private record Node(Variable[] inputs, Saved saved, String name, Backward rule) implements GradFn {
        @Override
        public String formula() {
            return "as its author wrote it";
        }

        @Override
        public String source() {
            return rule.getClass().getName().replaceFirst("\\$.*", "").replace('.', '/') + ".java";
        }

        @Override
        public Variable[] backward(Variable... douts) {
            Variable[] values = new Variable[inputs.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = saved.get(i);
            }
            return rule.backward(douts[0], values, saved.get(inputs.length));
        }
    }
}
