package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;

/** One time step of an {@link RNN}. */
public final class RNNCell extends RecurrentCellLayer<Variable> {
    /** Makes a cell with biases, with tanh. */
    public RNNCell(long inputSize, long hiddenSize) {
        this(inputSize, hiddenSize, true, RNN.Nonlinearity.TANH, Generator.global());
    }

    /** Makes a cell whose first numbers come from the given generator. */
    public RNNCell(long inputSize, long hiddenSize, boolean bias, RNN.Nonlinearity nonlinearity, Generator generator) {
        super(nonlinearity.cell, inputSize, hiddenSize, bias, generator);
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
