package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Located;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.SamplingKernels;

/** Launches of sampling.cu, behind the selection or the sort of the largest logits. */
final class SamplingLaunches {
    private final Gpu gpu;
    private final ChangingDraws draws;
    private final KernelFamily kernels;

    SamplingLaunches(Gpu gpu, ChangingDraws draws) {
        this.gpu = gpu;
        this.draws = draws;
        kernels = new KernelFamily(gpu, "sampling", "sample");
    }

    void sample(Tensor out, Tensor logits, double temperature, long topK, double topP, long seed, long call) {
        if (out.numel() == 0) {
            return;
        }
        Located<Tensor> candidates = SamplingKernels.largest(logits, temperature, topK);
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(out);
            Tensor values = dense.of(candidates.values());
            Tensor indices = dense.of(candidates.indices());
            Arguments arguments = Arguments.begin().add(to.address()).add(values.address())
                    .add(values.dtype().ordinal()).add(indices.address()).add(values.size(0)).add(values.size(1))
                    .add(temperature).add(topP);
            draws.add(arguments, seed, call);
            kernels.get(0).launch(Operands.atMost(gpu, values.size(0)), 1, 1, Operands.BLOCK, 1, 0, arguments);
        }
        candidates.values().release();
        candidates.indices().release();
    }
}
