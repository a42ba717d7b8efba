package org.jacobi.layers;

import java.util.Arrays;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;

/**
 * A table of learned vectors of which bags are looked up and reduced to one vector each; an empty bag's is 0.
 *
 * <p>Parameter: {@code weight} (numEmbeddings, embeddingDim), normally distributed with standard deviation 1 at the start, as
 * in PyTorch; a vector for padding, if there is one, starts at 0.
 */
public final class EmbeddingBag extends Layer {
    /** What a bag's vectors become. */
    public enum Mode {
        /** Their sum. */
        SUM,
        /** Their average. */
        MEAN,
        /** The largest of each component. */
        MAX
    }

    /** Says that no number stands for padding. */
    public static final long NO_PADDING = -1;

    private final Param weight;
    private final Mode mode;
    private final long paddingIdx;

    /** Makes a table whose bags are averaged. */
    public EmbeddingBag(long numEmbeddings, long embeddingDim) {
        this(numEmbeddings, embeddingDim, Mode.MEAN, NO_PADDING, Generator.global());
    }

    /**
     * Makes a table.
     *
     * @param paddingIdx a number that does not count as part of its bag, or {@link #NO_PADDING}
     * @param generator  where the first numbers come from
     */
    public EmbeddingBag(long numEmbeddings, long embeddingDim, Mode mode, long paddingIdx, Generator generator) {
        if (numEmbeddings < 1 || embeddingDim < 1 || paddingIdx < NO_PADDING || paddingIdx >= numEmbeddings) {
            throw new IllegalArgumentException("EmbeddingBag: numEmbeddings " + numEmbeddings + " and embeddingDim "
                    + embeddingDim + " must be at least 1, and paddingIdx " + paddingIdx + " one of the vectors");
        }
        this.mode = mode;
        this.paddingIdx = paddingIdx;
        weight = param("weight", Init.normal_(Tensor.empty(DType.F32, numEmbeddings, embeddingDim), 0, 1, generator));
        if (paddingIdx != NO_PADDING) {
            weight.value().select(0, paddingIdx).zero_();
        }
    }

    /** Returns the table (numEmbeddings, embeddingDim). */
    public Param weight() {
        return weight;
    }

    /** Takes i64 numbers (B, L), a bag each row, to (B, embeddingDim). */
    @Override
    protected Variable compute(Variable index) {
        if (index.rank() != 2) {
            throw new IllegalArgumentException("EmbeddingBag: needs numbers (B, L), a bag each row, got shape "
                    + index.shape() + "; numbers (N) need offsets");
        }
        long length = index.size(1);
        return bags(index.value().flatten(), Tensor.arange(index.size(0)).mul(length).toLongArray());
    }

    /**
     * Returns the vectors of bags of different sizes.
     *
     * @param index   i64 numbers (N), bag after bag
     * @param offsets i64 (B): where in index each bag begins; the first is 0
     */
    public Variable forward(Tensor index, Tensor offsets) {
        if (index.rank() != 1 || offsets.rank() != 1 || index.dtype() != DType.I64 || offsets.dtype() != DType.I64) {
            throw new IllegalArgumentException(
                    "EmbeddingBag: needs i64 numbers (N) and i64 offsets (B), got " + index.dtype()
                            + index.shape() + " and " + offsets.dtype() + offsets.shape());
        }
        return forwardAll(Variable.constant(index),
                x -> new Variable[] {bags(x.value(), offsets.toLongArray())})[0];
    }

    private Variable bags(Tensor index, long[] offsets) {
        requireOffsets(offsets, index.numel());
        // Padding is left out, so that it counts neither in an average nor as a largest number.
        long[] numbers = index.toLongArray();
        long[] bags = new long[numbers.length];
        double[] counts = new double[offsets.length];
        int kept = 0;
        for (int bag = 0; bag < offsets.length; bag++) {
            long end = bag + 1 < offsets.length ? offsets[bag + 1] : numbers.length;
            for (int i = (int) offsets[bag]; i < end; i++) {
                if (numbers[i] != paddingIdx || paddingIdx == NO_PADDING) {
                    numbers[kept] = numbers[i];
                    bags[kept++] = bag;
                    counts[bag]++;
                }
            }
        }
        Variable vectors = weight.embedding(Tensor.of(Arrays.copyOf(numbers, kept)).to(weight.device()));
        Tensor owner = Tensor.of(Arrays.copyOf(bags, kept)).to(weight.device());
        Variable empty =
                Variable.constant(Tensor.zeros(weight.device(), weight.dtype(), offsets.length, weight.size(1)));
        return switch (mode) {
            case SUM -> empty.indexAdd(0, owner, vectors);
            case MEAN -> empty.indexAdd(0, owner, vectors)
                    .div(Tensor.of(counts).to(weight.dtype()).to(weight.device()).clampMin(1).unsqueeze(1));
            case MAX -> empty.indexReduce(0, owner, vectors, ReduceOp.MAX, false);
        };
    }

    private static void requireOffsets(long[] offsets, long length) {
        for (int bag = 0; bag < offsets.length; bag++) {
            long before = bag == 0 ? 0 : offsets[bag - 1];
            if (offsets[bag] < before || offsets[bag] > length || bag == 0 && offsets[0] != 0) {
                throw new IllegalArgumentException("EmbeddingBag: offset " + bag + " is " + offsets[bag]
                        + "; offsets begin with 0, do not fall, and end at most at the " + length
                        + " numbers there are");
            }
        }
    }
}
