package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.RecurrentCell;

/** One time step of an {@link LSTM}. */
public final class LSTMCell extends RecurrentCellLayer<LstmState> {
    /** Makes a cell with biases. */
    public LSTMCell(long inputSize, long hiddenSize) {
        this(inputSize, hiddenSize, true, Generator.global());
    }

    /** Makes a cell whose first numbers come from the given generator. */
    public LSTMCell(long inputSize, long hiddenSize, boolean bias, Generator generator) {
        super(RecurrentCell.LSTM, inputSize, hiddenSize, bias, generator);
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
