package org.jacobi.layers.optim;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
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
            if (p == 2 && !grads.isEmpty() && grads.getFirst().device() != Device.CPU && areAlike(grads)) {
                return scaled(grads, maxNorm).item();
            }
            double norm = norm(grads, p);
            double factor = maxNorm / (norm + EPS);
            if (!(factor >= 1)) {
                grads.forEach(grad -> grad.mul_(factor));
            }
            return norm;
        }
    }

    /**
     * Does the same for the Euclidean length without waiting for the gradients' device.
     *
     * @return the norm before scaling, an f64 scalar on their device; reading it waits
     * @throws IllegalArgumentException if there is no gradient, or if they are of several types or devices
     */
    public static Tensor byGlobalNormQueued(List<Param> params, double maxNorm) {
        Optimizer.requireNotNegative("maxNorm", maxNorm);
        List<Tensor> grads = grads(params);
        if (grads.isEmpty() || !areAlike(grads)) {
            throw new IllegalArgumentException("byGlobalNormQueued: the gradients, of which there are " + grads.size()
                    + ", must be of one type and on one device; use byGlobalNorm");
        }
        return scaled(grads, maxNorm);
    }

    private static boolean areAlike(List<Tensor> grads) {
        Tensor first = grads.getFirst();
        return grads.stream().allMatch(grad -> grad.dtype() == first.dtype() && grad.device() == first.device());
    }

    /** Scales gradients of one type and device; their norm, and the factor, stay there. */
    private static Tensor scaled(List<Tensor> grads, double maxNorm) {
        Tensor first = grads.getFirst();
        Tensor norm = Tensor.empty(first.device(), DType.F64);
        first.backend().sumOfSquares(norm, grads);
        norm.sqrt_();
        try (var _ = TensorScope.open()) {
            // Not finite if the norm is not; 1 where nothing is to be done.
            Tensor factor = Tensor.full(first.device(), maxNorm, DType.F64).div(norm.add(EPS)).clampMax(1);
            grads.forEach(grad -> grad.changing("byGlobalNorm"));
            first.backend().scale(grads, factor.to(first.dtype() == DType.F64 ? DType.F64 : DType.F32));
        }
        return norm;
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
            return grads.stream().mapToDouble(grad -> {
                try (var _ = TensorScope.open()) {
                    return function.apply(wide(grad)).item();
                }
            }).toArray();
        }
        return Tensor.stack(0, grads.stream().map(grad -> function.apply(wide(grad))).toArray(Tensor[]::new))
                .toDoubleArray();
    }

    /** Returns a gradient in a type with enough bits for its norm. */
    private static Tensor wide(Tensor grad) {
        return grad.dtype().isHalf() ? grad.to(DType.F32) : grad;
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
