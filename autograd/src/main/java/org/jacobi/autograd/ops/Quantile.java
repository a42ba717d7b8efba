package org.jacobi.autograd.ops;

import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.QuantileMethod;

/** Quantiles over axes, composed of a sort and of what lies between two sorted neighbours. */
public final class Quantile {
    private Quantile() {
    }

    /** Returns several quantiles, in a new first axis. */
    public static Variable apply(Variable x, double[] q, QuantileMethod method, boolean ignoresNaN, int... axes) {
        String op = ignoresNaN ? "nanQuantile" : "quantile";
        x.shape().requireElements(op, axes);
        Variable rows = rows(op, x, axes);
        Variable order = Batch.constant(Batch.value(rows).sort(-1).indices(), rows);
        Variable sorted = rows.gather(-1, order);
        QuantileMethod.Ranks ranks = method.ranks(op, Batch.value(sorted), q, ignoresNaN);
        Variable below = sorted.gather(-1, Batch.constant(ranks.below(), sorted));
        Variable above = sorted.gather(-1, Batch.constant(ranks.above(), sorted));
        Variable out = below.add(above.sub(below).mul(Batch.constant(ranks.weight(), sorted)));
        return out.movedim(-1, 0);
    }

    /** Returns x with the reduced axes merged into one at the end. */
    private static Variable rows(String name, Variable x, int... axes) {
        Operands.requireFloating(name, x);
        boolean[] reduced = new boolean[x.rank()];
        Arrays.fill(reduced, axes.length == 0);
        for (int axis : axes) {
            int at = x.shape().axis(name, axis);
            if (reduced[at]) {
                throw new IllegalArgumentException(
                        name + ": axis " + axis + " is named twice in " + Arrays.toString(axes));
            }
            reduced[at] = true;
        }
        int[] order = new int[x.rank()];
        long[] sizes = new long[x.rank() + 1];
        int kept = 0;
        for (int axis = 0; axis < reduced.length; axis++) {
            if (!reduced[axis]) {
                sizes[kept] = x.size(axis);
                order[kept++] = axis;
            }
        }
        long n = 1;
        int at = kept;
        for (int axis = 0; axis < reduced.length; axis++) {
            if (reduced[axis]) {
                n *= x.size(axis);
                order[at++] = axis;
            }
        }
        sizes[kept] = n;
        return x.permute(order).reshape(Arrays.copyOf(sizes, kept + 1));
    }
}
