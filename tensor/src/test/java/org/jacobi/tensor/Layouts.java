package org.jacobi.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Makes tensors of equal elements that lie differently in memory. */
final class Layouts {
    private Layouts() {
    }

    /** Returns the elements of x contiguous, with permuted axes, with gaps, and as part of something larger. */
    static List<Tensor> of(Tensor x, Random random) {
        List<Tensor> layouts = new ArrayList<>();
        layouts.add(x.copy());
        if (x.rank() > 0) {
            layouts.add(permuted(x, random));
            layouts.add(gaps(x, random.nextInt(x.rank())));
            layouts.add(gaps(permuted(x, random), x.rank() - 1));
            layouts.add(inner(x));
        }
        return layouts;
    }

    /** Returns one of them. */
    static Tensor any(Tensor x, Random random) {
        List<Tensor> layouts = of(x, random);
        return layouts.get(random.nextInt(layouts.size()));
    }

    private static Tensor permuted(Tensor x, Random random) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
        Collections.shuffle(order, random);
        int[] axes = order.stream().mapToInt(Integer::intValue).toArray();
        int[] back = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            back[axes[i]] = i;
        }
        return x.permute(axes).copy().permute(back);
    }

    private static Tensor gaps(Tensor x, int axis) {
        Tensor wide = Tensor.full(7, x.dtype(), x.shape().with(axis, 2 * x.size(axis) + 1).toArray());
        return wide.slice(axis, 1, Long.MAX_VALUE, 2).copy_(x);
    }

    private static Tensor inner(Tensor x) {
        long[] sizes = x.shape().toArray();
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] += 2;
        }
        Tensor part = Tensor.full(7, x.dtype(), sizes);
        for (int axis = 0; axis < sizes.length; axis++) {
            part = part.narrow(axis, 1, x.size(axis));
        }
        return part.copy_(x);
    }
}
