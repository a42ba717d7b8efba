package org.jacobi.layers.optim;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
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
        return byGlobalNorm(params, maxNorm, 2);
    }

    /**
     * Does the same with another norm.
     *
     * @param p the sum of numbers' powers is taken to the power of 1 / p; infinity for the largest number without its sign
     */
    public static double byGlobalNorm(List<Param> params, double maxNorm, double p) {
        Optimizer.requireNotNegative("maxNorm", maxNorm);
        if (!(p > 0)) {
            throw new IllegalArgumentException("p is " + p + "; it must be above 0");
        }
        try (var _ = TensorScope.open()) {
            List<Tensor> grads = grads(params);
            double norm = norm(grads, p);
            double factor = maxNorm / (norm + EPS);
            if (!(factor >= 1)) {
                grads.forEach(grad -> grad.mul_(factor));
            }
            return norm;
        }
    }

    private static double norm(List<Tensor> grads, double p) {
        if (p == 2) {
            return Math.sqrt(Arrays.stream(numbers(grads, Tensor::sumOfSquares)).sum());
        }
        boolean largest = p == Double.POSITIVE_INFINITY;
        double all = 0;
        for (double number : numbers(grads, grad -> largest ? grad.abs().amax() : grad.abs().pow(p).sum())) {
            all = largest ? Math.max(all, number) : all + number;
        }
        return largest ? all : StrictMath.pow(all, 1 / p);
    }

    /** Returns what a function makes of each gradient; from a GPU all at once, since each copy to the host waits for it. */
    private static double[] numbers(List<Tensor> grads, Function<Tensor, Tensor> function) {
        if (grads.isEmpty() || grads.stream().anyMatch(grad -> grad.device() == Device.CPU
                || grad.device() != grads.getFirst().device())) {
            return grads.stream().mapToDouble(grad -> function.apply(grad).item()).toArray();
        }
        return Tensor.stack(0, grads.stream().map(function).toArray(Tensor[]::new)).toDoubleArray();
    }

    /** Limits every number of all gradients to the range from -maxValue to maxValue, as torch.nn.utils.clip_grad_value_ does. */
    public static void byValue(List<Param> params, double maxValue) {
        Optimizer.requireNotNegative("maxValue", maxValue);
        grads(params).forEach(grad -> grad.clamp_(-maxValue, maxValue));
    }

    private static List<Tensor> grads(List<Param> params) {
        return params.stream().filter(param -> param.grad() != null).map(param -> param.grad().value()).toList();
    }
}
