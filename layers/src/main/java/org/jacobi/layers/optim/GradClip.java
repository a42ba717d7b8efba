package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.TensorScope;

/** Limits the length of the gradient, so that one bad batch cannot throw the parameters far away. */
public final class GradClip {
    /** Keeps the factor finite for a gradient of zero; PyTorch's number. */
    private static final double EPS = 1e-6;

    private GradClip() {
    }

    /**
     * Scales all gradients by maxNorm / (norm + 1e-6) if that is below 1, where norm is the Euclidean length of all of
     * them seen as one vector (Pascanu, Mikolov and Bengio, 2013), as torch.nn.utils.clip_grad_norm_ does.
     *
     * @return the norm before scaling; not finite if a gradient is not, and then neither are the scaled gradients
     */
    public static double byGlobalNorm(List<Param> params, double maxNorm) {
        Optimizer.requireNotNegative("maxNorm", maxNorm);
        try (var _ = TensorScope.open()) {
            double squares = 0;
            for (Param param : params) {
                if (param.grad() != null) {
                    squares += param.grad().value().sumOfSquares().item();
                }
            }
            double norm = Math.sqrt(squares);
            double factor = maxNorm / (norm + EPS);
            if (!(factor >= 1)) {
                for (Param param : params) {
                    if (param.grad() != null) {
                        param.grad().value().mul_(factor);
                    }
                }
            }
            return norm;
        }
    }
}
