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
    private static final long NO_PADDING = -1;

    private final Param weight;
    private final long paddingIdx;

    /** Makes a table of numEmbeddings vectors of embeddingDim numbers each. */
    public Embedding(long numEmbeddings, long embeddingDim) {
        this(numEmbeddings, embeddingDim, Generator.global());
    }

    /** Makes a table whose first numbers come from the given generator. */
    public Embedding(long numEmbeddings, long embeddingDim, Generator generator) {
        this(numEmbeddings, embeddingDim, NO_PADDING, generator);
    }

    /** Makes a table with a vector for padding: it starts at 0, and does not learn. */
    public static Embedding withPadding(long numEmbeddings, long embeddingDim, long paddingIdx) {
        return withPadding(numEmbeddings, embeddingDim, paddingIdx, Generator.global());
    }

    /** Makes a table with a vector for padding, whose other numbers come from the given generator. */
    public static Embedding withPadding(long numEmbeddings, long embeddingDim, long paddingIdx, Generator generator) {
        if (paddingIdx < -numEmbeddings || paddingIdx >= numEmbeddings) {
            throw new IllegalArgumentException("Embedding: paddingIdx " + paddingIdx + " is none of " + numEmbeddings
                    + " vectors, counted from 0, or from the end by negative numbers");
        }
        return new Embedding(numEmbeddings, embeddingDim, Math.floorMod(paddingIdx, numEmbeddings), generator);
    }

    private Embedding(long numEmbeddings, long embeddingDim, long paddingIdx, Generator generator) {
        if (numEmbeddings < 1 || embeddingDim < 1) {
            throw new IllegalArgumentException("Embedding: numEmbeddings " + numEmbeddings + " and embeddingDim "
                    + embeddingDim + " must be at least 1");
        }
        weight = param("weight", Init.normal_(Tensor.empty(DType.F32, numEmbeddings, embeddingDim), 0, 1, generator));
        this.paddingIdx = paddingIdx;
        if (paddingIdx != NO_PADDING) {
            weight.value().select(0, paddingIdx).zero_();
        }
    }

    /** Returns the table (numEmbeddings, embeddingDim). */
    public Param weight() {
        return weight;
    }

    /** Takes i64 numbers (…) to their vectors (…, embeddingDim). */
    @Override
    protected Variable compute(Variable index) {
        Variable vectors = weight.embedding(index);
        // A constant takes the place of what was looked up for padding, so that no gradient comes to it.
        return paddingIdx == NO_PADDING ? vectors
                : Variable.where(index.value().eq(paddingIdx).unsqueeze(-1), vectors.detach(), vectors);
    }
}
