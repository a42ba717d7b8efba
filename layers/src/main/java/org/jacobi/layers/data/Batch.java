package org.jacobi.layers.data;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.Tensor;

/**
 * Several examples, stacked along a new first axis.
 *
 * @param input  (N, …)
 * @param target (N, …)
 */
public record Batch(Tensor input, Tensor target) implements TensorBundle<Batch> {
    /** Returns the number of examples. */
    public long size() {
        return input.size(0);
    }

    @Override
    public Batch mapTensors(UnaryOperator<Tensor> function) {
        return new Batch(function.apply(input), function.apply(target));
    }

    /**
     * Stacks examples whose inputs have one shape and type, and whose targets do.
     *
     * @param numbers what errors call each example
     * @throws IllegalArgumentException if shapes or types differ, with the examples' numbers
     */
    public static Batch stack(List<Example> examples, long[] numbers) {
        return new Batch(stack("input", examples, numbers, Example::input),
                stack("target", examples, numbers, Example::target));
    }

    private static Tensor stack(String what, List<Example> examples, long[] numbers, Function<Example, Tensor> part) {
        Tensor[] parts = new Tensor[examples.size()];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = part.apply(examples.get(i));
            if (!parts[i].shape().equals(parts[0].shape()) || parts[i].dtype() != parts[0].dtype()) {
                throw new IllegalArgumentException("the " + what + " of example " + numbers[i] + " is "
                        + parts[i].dtype() + " of shape " + parts[i].shape() + ", that of example " + numbers[0] + " "
                        + parts[0].dtype() + " of shape " + parts[0].shape()
                        + "; a transform such as Resize makes them alike, or give the loader a collate of your own");
            }
        }
        return Tensor.stack(0, parts);
    }
}
