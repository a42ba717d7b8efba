package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * An affine map of the last axis: y = x weightᵀ + bias.
 *
 * <p>Parameters: {@code weight} (outFeatures, inFeatures) and, unless it has none, {@code bias} (outFeatures). Both
 * start uniform in ±1/√inFeatures, as in PyTorch.
 */
public final class Linear extends Layer {
    private final Param weight;
    private final Param bias;

    /** Makes a map with a bias. */
    public Linear(long inFeatures, long outFeatures) {
        this(inFeatures, outFeatures, true);
    }

    /** Makes a map with or without a bias. */
    public Linear(long inFeatures, long outFeatures, boolean bias) {
        this(inFeatures, outFeatures, bias, Generator.global());
    }

    /** Makes a map whose first numbers come from the given generator. */
    public Linear(long inFeatures, long outFeatures, boolean bias, Generator generator) {
        if (inFeatures < 1 || outFeatures < 1) {
            throw new IllegalArgumentException("Linear: inFeatures " + inFeatures + " and outFeatures " + outFeatures
                    + " must be at least 1");
        }
        weight = param("weight", Init.kaimingUniform_(Tensor.empty(DType.F32, outFeatures, inFeatures), Math.sqrt(5),
                generator));
        double bound = 1 / Math.sqrt(inFeatures);
        this.bias = bias ? param("bias", Init.uniform_(Tensor.empty(DType.F32, outFeatures), -bound, bound, generator))
                : null;
    }

    /** Makes a map with parameters that another layer has too; bias may be null for none. */
    public Linear(Param weight, Param bias) {
        if (weight.rank() != 2 || bias != null && (bias.rank() != 1 || bias.size(0) != weight.size(0))) {
            throw new IllegalArgumentException("Linear: weight of shape " + weight.shape()
                    + (bias == null ? "" : " and bias of shape " + bias.shape()) + " must be (out, in) and (out)");
        }
        this.weight = weight;
        this.bias = bias;
        share("weight", weight);
        if (bias != null) {
            share("bias", bias);
        }
    }

    /** Returns the weight (outFeatures, inFeatures). */
    public Param weight() {
        return weight;
    }

    /** Returns the bias (outFeatures), or null. */
    public Param bias() {
        return bias;
    }

    /** Takes x (…, inFeatures) to (…, outFeatures). */
    @Override
    protected Variable compute(Variable x) {
        return x.linear(weight, bias);
    }
}
