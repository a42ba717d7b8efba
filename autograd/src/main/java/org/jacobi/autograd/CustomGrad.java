package org.jacobi.autograd;

import java.util.Arrays;

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
 * <p>The backward sees the inputs and the output as variables; written with Variable ops, it differentiates again, to any
 * order. The type and shape of every gradient it returns are checked against its input, and that no input or output was
 * changed in place meanwhile. Under {@link Autograd#vmap} the forward runs example by example, the backward on the batch.
 */
public final class CustomGrad {
    /** Computes the output from the inputs' values, without recording. */
    @FunctionalInterface
    public interface Forward {
        Tensor forward(Tensor... inputs);
    }

    /** Computes several outputs from the inputs' values, without recording. */
    @FunctionalInterface
    public interface ForwardAll {
        Tensor[] forward(Tensor... inputs);
    }

    /** Computes the gradient of each input, or null for one that has none. */
    @FunctionalInterface
    public interface Backward {
        Variable[] backward(Variable dout, Variable[] inputs, Variable output);
    }

    /** Computes the gradient of each input, or null for one that has none, from a gradient of each output. */
    @FunctionalInterface
    public interface BackwardAll {
        Variable[] backward(Variable[] douts, Variable[] inputs, Variable[] outputs);
    }

    private CustomGrad() {
    }

    /** Runs an op and records how to differentiate it; the name is what error messages say. */
    public static Variable apply(String name, Forward forward, Backward backward, Variable... inputs) {
        return applied(name, in -> new Tensor[] {forward.forward(in)},
                (douts, in, outs) -> backward.backward(douts[0], in, outs[0]), backward, inputs)[0];
    }

    /**
     * Runs an op with several outputs and records how to differentiate it.
     *
     * @param backward sees zeros as the gradient of an output that nothing depends on
     */
    public static Variable[] applyAll(String name, ForwardAll forward, BackwardAll backward, Variable... inputs) {
        return applied(name, forward, backward, backward, inputs);
    }

    private static Variable[] applied(String name, ForwardAll forward, BackwardAll backward, Object written,
            Variable... inputs) {
        return Variable.recordAll(Batch.eachOfAll(in -> Autograd.given(name, forward.forward(in)), inputs), outs -> {
            Variable[] kept = Arrays.copyOf(inputs, inputs.length + outs.length);
            System.arraycopy(outs, 0, kept, inputs.length, outs.length);
            return new Node(inputs, Saved.of(kept), name, outs.length, backward, written);
        }, inputs);
    }

    /** Its source is the file that what its user has written as the backward stands in. */
    private record Node(Variable[] inputs, Saved saved, String name, int outputs, BackwardAll rule, Object written)
            implements GradFn {
        @Override
        public String formula() {
            return "as its author wrote it";
        }

        @Override
        public String source() {
            return written.getClass().getName().replaceFirst("\\$.*", "").replace('.', '/') + ".java";
        }

        @Override
        public Variable[] backward(Variable... douts) {
            Variable[] values = new Variable[inputs.length];
            Arrays.setAll(values, saved::get);
            Variable[] outs = new Variable[outputs];
            Arrays.setAll(outs, i -> saved.get(inputs.length + i));
            Variable[] given = new Variable[outputs];
            Arrays.setAll(given, i -> douts[i] != null ? douts[i]
                    : Variable.constant(Tensor.zeros(outs[i].device(), outs[i].dtype(), outs[i].shape().toArray())));
            return rule.backward(given, values, outs);
        }
    }
}
