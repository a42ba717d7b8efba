package org.jacobi.tensor.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/** Has plain loops that work element by element run on all threads: each on a part of the longest axis. */
final class Parts {
    /** What a task should at least work on: plain loops are slow. */
    private static final long TASK_ELEMENTS = 1 << 12;

    private Parts() {
    }

    /**
     * Runs a kernel on all parts of an output.
     *
     * @param kernel is given a function that takes the part out of each operand, all of which have the output's shape
     */
    static void run(Tensor out, Consumer<UnaryOperator<Tensor>> kernel) {
        if (out.numel() < 2 * TASK_ELEMENTS) {
            kernel.accept(UnaryOperator.identity());
            return;
        }
        int axis = longestAxis(out);
        long size = out.size(axis);
        long grain = Math.max(1, TASK_ELEMENTS * size / out.numel());
        WorkerPool.global().parallelFor(size, grain, (from, to) -> {
            List<Tensor> views = new ArrayList<>();
            try {
                kernel.accept(operand -> {
                    Tensor view = operand.narrow(axis, from, to - from);
                    views.add(view);
                    return view;
                });
            } finally {
                views.forEach(Tensor::release);
            }
        });
    }

    private static int longestAxis(Tensor tensor) {
        int longest = 0;
        for (int axis = 1; axis < tensor.rank(); axis++) {
            if (tensor.size(axis) > tensor.size(longest)) {
                longest = axis;
            }
        }
        return longest;
    }
}
