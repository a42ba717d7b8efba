package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.RecurrentCell;

/** A recurrent network of h' = tanh(W x + b + U h + d) (Elman, 1990), or with relu. */
public final class RNN extends RecurrentLayer<Variable> {
    /** What is done to the sum. */
    public enum Nonlinearity {
        TANH(RecurrentCell.TANH), RELU(RecurrentCell.RELU);

        final RecurrentCell cell;

        Nonlinearity(RecurrentCell cell) {
            this.cell = cell;
        }
    }

    /** Makes one layer in one direction, with tanh. */
    public RNN(long inputSize, long hiddenSize) {
        this(RecurrentConfig.of(inputSize, hiddenSize), Nonlinearity.TANH, Generator.global());
    }

    /** Makes a network as configured, whose first numbers come from the given generator. */
    public RNN(RecurrentConfig config, Nonlinearity nonlinearity, Generator generator) {
        super(nonlinearity.cell, config, generator);
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
