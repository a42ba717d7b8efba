package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * A bilinear map of two vectors: y[o] = aᵀ weight[o] b + bias[o].
 *
 * <p>Parameters: {@code weight} (outFeatures, in1Features, in2Features) and, unless it has none, {@code bias}
 * (outFeatures). Both start uniform in ±1/√in1Features, as in PyTorch.
 */
public final class Bilinear extends PairLayer {
    private final Param weight;
    private final Param bias;

    /** Makes a map with a bias. */
    public Bilinear(long in1Features, long in2Features, long outFeatures) {
        this(in1Features, in2Features, outFeatures, true, Generator.global());
    }

    /** Makes a map whose first numbers come from the given generator. */
    public Bilinear(long in1Features, long in2Features, long outFeatures, boolean bias, Generator generator) {
        if (in1Features < 1 || in2Features < 1 || outFeatures < 1) {
            throw new IllegalArgumentException("Bilinear: in1Features " + in1Features + ", in2Features " + in2Features
                    + " and outFeatures " + outFeatures + " must be at least 1");
        }
        double bound = 1 / Math.sqrt(in1Features);
        weight = param("weight", Init.uniform_(Tensor.empty(DType.F32, outFeatures, in1Features, in2Features), -bound,
                bound, generator));
        this.bias = bias ? param("bias", Init.uniform_(Tensor.empty(DType.F32, outFeatures), -bound, bound, generator))
                : null;
    }

    /** Returns the weight (outFeatures, in1Features, in2Features). */
    public Param weight() {
        return weight;
    }

    /** Returns the bias (outFeatures), or null. */
    public Param bias() {
        return bias;
    }

    /** Takes a (…, in1Features) and b (…, in2Features) to (…, outFeatures). */
    @Override
    protected Variable compute(Variable a, Variable b) {
        boolean fits = a.rank() > 0 && b.rank() > 0 && a.size(-1) == weight.size(1) && b.size(-1) == weight.size(2)
                && a.shape().without(-1).equals(b.shape().without(-1));
        if (!fits) {
            throw new IllegalArgumentException("Bilinear: inputs of shapes " + a.shape() + " and " + b.shape()
                    + " must be (..., " + weight.size(1) + ") and (..., " + weight.size(2)
                    + "), alike but for the last axis");
        }
        Variable y = Variable.einsum("...i,oij,...j->...o", a, weight, b);
        return bias == null ? y : y.add(bias);
    }
}
