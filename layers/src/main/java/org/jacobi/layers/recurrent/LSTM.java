package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997; Gers, Schmidhuber and Cummins, 2000; projections: Sak, Senior and
 * Beaufays, 2014).
 *
 * @see RecurrentCell#LSTM
 */
public final class LSTM extends RecurrentLayer<LstmState> {
    /** Makes one layer in one direction. */
    public LSTM(long inputSize, long hiddenSize) {
        this(RecurrentConfig.of(inputSize, hiddenSize), Generator.global());
    }

    /** Makes a network as configured, whose first numbers come from the given generator. */
    public LSTM(RecurrentConfig config, Generator generator) {
        super(RecurrentCell.LSTM, config, generator);
    }

    @Override
    Variable[] parts(LstmState state) {
        return new Variable[] {state.h(), state.c()};
    }

    @Override
    LstmState state(Variable h, Variable c) {
        return new LstmState(h, c);
    }
}
