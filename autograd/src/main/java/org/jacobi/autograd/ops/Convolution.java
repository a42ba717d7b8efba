package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.stream.IntStream;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.ConvGeometry;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ConvolutionKernels;
import org.jacobi.tensor.backend.Sliding;

/**
 * The three convolutions of {@link ConvolutionKernels}: of the sum of y[o] w[p] x[o stride - padding + p dilation], each
 * computes what takes the place of one operand. The gradients of each are the other two, so that one node differentiates as
 * often as one likes.
 */
@Formula("of Σ y[o] w[p] x[o stride - padding + p dilation], with dout in the result's place: what the operand is multiplied "
        + "with; dbias = Σ dout")
public record Convolution(Variable[] inputs, Saved saved, Result result, Sliding how) implements GradFn {
    /** Which operand of the sum an op computes of the other two. */
    public enum Result {
        /** y, of x and w: a convolution. */
        OUTPUT,
        /** x, of y and w: a transposed convolution. */
        INPUT,
        /** w, of y and x. */
        WEIGHT
    }

    /** Returns a convolution of x (N, C, …), or a transposed one; the bias may be null. */
    public static Variable apply(Variable x, Variable weight, Variable bias, ConvOptions options, boolean transposed) {
        ConvGeometry geometry = ConvGeometry.ofZeroPadded(x, weight, bias, options, transposed);
        if (Operands.needsWidening(x)) {
            return apply(Operands.widened(x), Operands.widened(weight), Operands.widened(bias), options, transposed)
                    .to(x.dtype());
        }
        Result result = transposed ? Result.INPUT : Result.OUTPUT;
        if (bias != null && Batch.lead(bias) > 0) {
            long[] column = new long[x.rank() - 1];
            Arrays.fill(column, 1);
            column[0] = bias.size(0);
            return record(result, x, weight, null, geometry.output(), geometry.how()).add(bias.reshape(column));
        }
        return record(result, x, weight, bias, geometry.output(), geometry.how());
    }

    /** Returns the operand that is named, in its shape, of the other two in the order y, x, w. */
    private static Variable record(Result result, Variable a, Variable b, Variable bias, Shape shape, Sliding how) {
        Tensor value = computed(result, a, b, bias, shape, how);
        return Variable.record(value, out -> new Convolution(new Variable[] {a, b, bias}, Saved.of(a, b), result, how),
                a,
                b, bias);
    }

    private static Tensor computed(Result result, Variable a, Variable b, Variable bias, Shape shape, Sliding how) {
        int lead = Batch.lead(a, b);
        if (lead == 0) {
            return computed(result, a.value(), b.value(), Operands.valueOf(bias), shape, how);
        }
        if (result != Result.WEIGHT && Batch.lead(b) == 0) {
            // One weight for all: the hidden examples are as good as visible ones.
            Tensor rows = Batch.value(a).flatten(0, lead);
            Tensor out = computed(result, rows, b.value(), Operands.valueOf(bias), shape.with(0, rows.size(0)), how);
            return out.reshape(Batch.sizes(a, shape.toArray()));
        }
        // Each example has a weight of its own, like each group.
        Tensor[] both = Batch.together(a, b);
        long[] hidden = Arrays.copyOf(both[0].shape().toArray(), lead);
        long examples = Shape.of(hidden).numel();
        Tensor first = channelsOfAll(both[0].flatten(0, lead - 1));
        Tensor second = both[1].flatten(0, lead - 1);
        long[] sizes =
                IntStream.range(0, lead + shape.rank()).mapToLong(i -> i < lead ? hidden[i] : shape.size(i - lead))
                        .toArray();
        if (result == Result.WEIGHT) {
            return computed(result, first, channelsOfAll(second), null, shape.with(0, examples * shape.size(0)), how)
                    .reshape(sizes);
        }
        Tensor biases = bias == null ? null : bias.value().repeat(examples);
        Tensor out =
                computed(result, first, second.flatten(0, 1), biases, shape.with(1, examples * shape.size(1)), how);
        return out.unflatten(1, examples, shape.size(1)).movedim(1, 0).reshape(sizes);
    }

    /** Returns (N, examples C, …) of (examples, N, C, …). */
    private static Tensor channelsOfAll(Tensor x) {
        return x.movedim(0, 1).flatten(1, 2);
    }

    private static Tensor computed(Result result, Tensor a, Tensor b, Tensor bias, Shape shape, Sliding how) {
        Device.same("convolution", a, b, bias);
        Tensor out = Tensor.make("convolution", a.device(), a.dtype(), shape);
        switch (result) {
            case OUTPUT -> out.backend().convolution(out, a, b, bias, how);
            case INPUT -> out.backend().convolutionTranspose(out, a, b, bias, how);
            case WEIGHT -> out.backend().convolutionWeight(out, a, b, how);
        }
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
        Reference.reachabilityFence(bias);
        return out;
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable a = saved.get(0);
        Variable b = saved.get(1);
        return switch (result) {
            case OUTPUT -> new Variable[] { // y of x, w and the bias
                needs(0) ? record(Result.INPUT, dout, b, null, a.shape(), how) : null,
                needs(1) ? weightGradient(dout, a) : null,
                needs(2) ? channelSums(dout) : null};
            case INPUT -> new Variable[] { // x of y, w and the bias
                needs(0) ? record(Result.OUTPUT, dout, b, null, a.shape(), how) : null,
                needs(1) ? weightGradient(a, dout) : null,
                needs(2) ? channelSums(dout) : null};
            case WEIGHT -> new Variable[] { // w of y and x
                needs(0) ? record(Result.OUTPUT, b, dout, null, a.shape(), how) : null,
                needs(1) ? record(Result.INPUT, a, dout, null, b.shape(), how) : null,
                null};
        };
    }

    /** Returns the gradient of the weight, which sums over examples, hidden ones too where they share the weight. */
    private Variable weightGradient(Variable y, Variable x) {
        Variable[] rows = Batch.exposed(inputs[1], y, x);
        int leading = rows[0].rank() - inputs[1].rank();
        return record(Result.WEIGHT, rows[0].flatten(0, leading), rows[1].flatten(0, leading), null, inputs[1].shape(),
                how);
    }

    private static Variable channelSums(Variable dout) {
        return dout.sum(IntStream.range(0, dout.rank()).filter(axis -> axis != 1).toArray());
    }

    @Override
    public String name() {
        return switch (result) {
            case OUTPUT -> "convolution";
            case INPUT -> "transposedConvolution";
            case WEIGHT -> "convolutionWeight";
        };
    }
}
