package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * Gated recurrent units (Cho et al., 2014), with the reset gate after the product.
 *
 * @see RecurrentCell#GRU
 */
public final class GRU extends RecurrentLayer<Variable> {
    /** Makes one layer in one direction. */
    public GRU(long inputSize, long hiddenSize) {
        this(RecurrentConfig.of(inputSize, hiddenSize), Generator.global());
    }

    /** Makes a network as configured, whose first numbers come from the given generator. */
    public GRU(RecurrentConfig config, Generator generator) {
        super(RecurrentCell.GRU, config, generator);
    }

    @Override
    Variable[] parts(Variable state) {
        return new Variable[] {state, null};
    }

    @Override
    Variable state(Variable h, Variable c) {
        return h;
    }
}
