package org.jacobi.autograd.ops;

import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Located;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** The largest element of each window of the last axes: {@link Gather} passes the gradient to where it was. */
public final class MaxPool {
    private MaxPool() {
    }

    public static Variable apply(Variable x, Taps... windows) {
        Tensor value = Batch.trailing("maxPool", x, windows.length);
        // Nobody will ask where the elements were if there is no gradient to give them.
        return x.requiresGrad() && !NoGrad.active() ? picked(x, value.maxPoolWithIndices(windows), windows)
                : picked(x, new Located<>(value.maxPool(windows), null), windows);
    }

    /** Returns the indices, too, which inside of vmap would be those of all examples: it has no rule for batches. */
    public static Located<Variable> withIndices(Variable x, Taps... windows) {
        Located<Tensor> found = x.value().maxPoolWithIndices(windows);
        return new Located<>(picked(x, found, windows), found.indices());
    }

    private static Variable picked(Variable x, Located<Tensor> found, Taps... windows) {
        int leading = x.rank() - windows.length;
        long[] sizes = Arrays.copyOf(x.shape().toArray(), x.rank());
        for (int i = 0; i < windows.length; i++) {
            sizes[leading + i] = windows[i].outputs();
        }
        long[] flat = Arrays.copyOf(sizes, leading + 1);
        flat[leading] = Shape.of(Arrays.copyOfRange(sizes, leading, sizes.length)).numel();
        long[] whole = Batch.sizes(x, flat);
        Located<Tensor> rows = new Located<>(found.values().reshape(whole),
                found.indices() == null ? null : found.indices().reshape(whole));
        return Gather.found(x.flatten(leading, -1), rows).reshape(sizes);
    }
}
