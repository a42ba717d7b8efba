package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/** AdamW's step in one pass over a parameter, bit for bit the composed definition. */
final class AdamWKernel {
    private static final FusedRows ROWS = Simd.fusedRows();

    private AdamWKernel() {
    }

    static void adamW(Tensor parameter, Tensor grad, Tensor m, Tensor v, Tensor vMax, double gradScale, double lr,
            double beta1, double beta2, double eps, double weightDecay, long step) {
        FusedRows.AdamW factors = new FusedRows.AdamW((float) gradScale, (float) (1 - lr * weightDecay), (float) beta1,
                (float) (1 - beta1), (float) beta2, (float) (1 - beta2),
                (float) (1 / Math.sqrt(1 - Math.pow(beta2, step))), (float) eps,
                (float) (lr / (1 - Math.pow(beta1, step))));
        long p = parameter.address();
        long g = grad.address();
        long first = m.address();
        long second = v.address();
        long largest = vMax == null ? FusedRows.NONE : vMax.address();
        WorkerPool.global().parallelFor(parameter.numel(), FusedRows.TASK_ELEMENTS, (from, to) -> {
            long at = from * Float.BYTES;
            ROWS.adamW(p + at, g + at, first + at, second + at, largest == FusedRows.NONE ? largest : largest + at,
                    factors,
                    (int) (to - from));
        });
    }
}
