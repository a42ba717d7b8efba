package org.jacobi.layers.data;

import java.util.Objects;

import org.jacobi.tensor.Tensor;

/**
 * Examples that are in memory, along the first axes of two tensors: torch.utils.data.TensorDataset.
 *
 * <p>Examples are views of the two tensors, which the data set takes out of their scope ({@link Tensor#unscope}).
 */
public final class TensorDataset implements Dataset<Example> {
    private final Tensor inputs;
    private final Tensor targets;

    /**
     * Makes a data set of as many examples as the first axes are long.
     *
     * @param inputs  (N, …)
     * @param targets (N, …)
     */
    public TensorDataset(Tensor inputs, Tensor targets) {
        if (inputs.rank() == 0 || targets.rank() == 0 || inputs.size(0) != targets.size(0)) {
            throw new IllegalArgumentException("TensorDataset: inputs of shape " + inputs.shape()
                    + " and targets of shape " + targets.shape() + " need first axes of one length");
        }
        this.inputs = inputs.unscope();
        this.targets = targets.unscope();
    }

    /** Returns all inputs (N, …). */
    public Tensor inputs() {
        return inputs;
    }

    /** Returns all targets (N, …). */
    public Tensor targets() {
        return targets;
    }

    @Override
    public long size() {
        return inputs.size(0);
    }

    @Override
    public Example get(long index) {
        Objects.checkIndex(index, size());
        return new Example(inputs.select(0, index), targets.select(0, index));
    }
}
