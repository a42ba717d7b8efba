package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * A table of learned vectors, looked up by number.
 *
 * <p>Parameter: {@code weight} (numEmbeddings, embeddingDim), normally distributed with standard deviation 1 at the
 * start, as in PyTorch.
 */
public final class Embedding extends Layer {
    private final Param weight;

    /** Makes a table of numEmbeddings vectors of embeddingDim numbers each. */
    public Embedding(long numEmbeddings, long embeddingDim) {
        this(numEmbeddings, embeddingDim, Generator.global());
    }

    /** Makes a table whose first numbers come from the given generator. */
    public Embedding(long numEmbeddings, long embeddingDim, Generator generator) {
        if (numEmbeddings < 1 || embeddingDim < 1) {
            throw new IllegalArgumentException("Embedding: numEmbeddings " + numEmbeddings + " and embeddingDim "
                    + embeddingDim + " must be at least 1");
        }
        weight = param("weight", Init.normal_(Tensor.empty(DType.F32, numEmbeddings, embeddingDim), 0, 1, generator));
    }

    /** Returns the table (numEmbeddings, embeddingDim). */
    public Param weight() {
        return weight;
    }

    /** Takes i64 numbers (…) to their vectors (…, embeddingDim). */
    @Override
    protected Variable compute(Variable index) {
        return weight.embedding(index);
    }
}
