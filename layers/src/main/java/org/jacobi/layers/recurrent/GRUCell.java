package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.RecurrentCell;

/** One time step of a {@link GRU}. */
public final class GRUCell extends RecurrentCellLayer<Variable> {
    /** Makes a cell with biases. */
    public GRUCell(long inputSize, long hiddenSize) {
        this(inputSize, hiddenSize, true, Generator.global());
    }

    /** Makes a cell whose first numbers come from the given generator. */
    public GRUCell(long inputSize, long hiddenSize, boolean bias, Generator generator) {
        super(RecurrentCell.GRU, inputSize, hiddenSize, bias, generator);
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
