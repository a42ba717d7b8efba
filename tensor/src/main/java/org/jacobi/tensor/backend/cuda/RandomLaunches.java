package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Launches of random.cu: the processor's random numbers. */
final class RandomLaunches {
    private static final int PACK = 4;

    private final Gpu gpu;
    private final ChangingDraws draws;
    private final KernelFamily numbers;
    private final KernelFamily dropout;

    RandomLaunches(Gpu gpu, ChangingDraws draws) {
        this.gpu = gpu;
        this.draws = draws;
        numbers = new KernelFamily(gpu, "random", "uniform", "normal", "integers");
        dropout = new KernelFamily(gpu, "random", "dropout_float", "dropout_double");
    }

    void uniform(Tensor out, long seed, long call, double from, double to) {
        launch(0, out, seed, call, from, to - from, 0, 0);
    }

    void normal(Tensor out, long seed, long call, double mean, double std) {
        launch(1, out, seed, call, mean, std, 0, 0);
    }

    void integers(Tensor out, long seed, long call, long low, long range) {
        launch(2, out, seed, call, 0, 0, low, range);
    }

    private void launch(int kernel, Tensor out, long seed, long call, double from, double by, long low, long range) {
        Operands.launch(gpu, numbers.get(kernel), PACK, out.shape(),
                (arguments, first) -> {
                    draws.add(arguments.add(first), seed, call);
                    arguments.add(from).add(by).add(low).add(range);
                }, out);
    }

    void dropout(Tensor out, Tensor x, double p, long seed, long call) {
        long threshold = (long) Math.ceil(p * 0x1p24);
        Operands.launch(gpu, dropout.get(x.dtype() == DType.F64 ? 1 : 0), PACK, out.shape(),
                (arguments, first) -> {
                    draws.add(arguments.add(first), seed, call);
                    arguments.add(threshold).add(1 / (1 - p));
                }, out, x);
    }
}
