package org.jacobi.layers;

import java.util.Arrays;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * Layer normalization (Ba, Kiros and Hinton, 2016): y = (x - mean) / √(variance + eps) weight + bias.
 *
 * <p>Mean and variance are those over the last axes. Parameters, both of the shape of these axes: {@code weight}, 1 at
 * the start, and, unless it has none, {@code bias}, 0 at the start.
 */
public final class LayerNorm extends Layer {
    private static final double EPS = 1e-5;

    private final Shape normalized;
    private final double eps;
    private final Param weight;
    private final Param bias;

    /** Normalizes over the last axes, which have the given sizes, with an eps of 1e-5 and a bias. */
    public LayerNorm(long... normalizedShape) {
        this(normalizedShape, EPS, true);
    }

    /** Normalizes over the last axis, of the given size. */
    public LayerNorm(long size, double eps, boolean bias) {
        this(new long[] {size}, eps, bias);
    }

    /** Normalizes over the last axes, which have the given sizes. */
    public LayerNorm(long[] normalizedShape, double eps, boolean bias) {
        normalized = Shape.of(normalizedShape);
        if (normalizedShape.length == 0 || normalized.numel() < 1 || !(eps >= 0)) {
            throw new IllegalArgumentException("LayerNorm: normalized shape " + normalized
                    + " must name at least one axis, none empty, and eps " + eps + " must not be negative");
        }
        this.eps = eps;
        weight = param("weight", Tensor.ones(normalizedShape));
        this.bias = bias ? param("bias", Tensor.zeros(normalizedShape)) : null;
    }

    /** Returns the factor of each element. */
    public Param weight() {
        return weight;
    }

    /** Returns what is added to each element, or null. */
    public Param bias() {
        return bias;
    }

    /** Takes x (…, normalized shape) to the same shape. */
    @Override
    protected Variable compute(Variable x) {
        if (normalized.rank() == 1) {
            return x.layerNorm(weight, bias, eps);
        }
        long[] sizes = x.shape().toArray();
        int from = Math.max(0, sizes.length - normalized.rank());
        if (!Shape.of(Arrays.copyOfRange(sizes, from, sizes.length)).equals(normalized)) {
            throw new IllegalArgumentException(
                    "LayerNorm: x of shape " + x.shape() + " does not end with the normalized shape " + normalized);
        }
        Variable rows = x.flatten(-normalized.rank(), -1);
        Variable flatBias = bias == null ? null : bias.reshape(-1);
        return rows.layerNorm(weight.reshape(-1), flatBias, eps).reshape(sizes);
    }
}
