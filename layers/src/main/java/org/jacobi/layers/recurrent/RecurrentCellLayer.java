package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * What RNNCell, LSTMCell and GRUCell share: one time step, with the parameters weight_ih, weight_hh, bias_ih and bias_hh.
 *
 * @param <S> the state: a Variable (B, H), of LSTM an {@link LstmState} of two
 */
public abstract sealed class RecurrentCellLayer<S> extends Layer permits RNNCell, LSTMCell, GRUCell {
    private final RecurrentCell cell;
    private final RecurrentWeights weights;

    RecurrentCellLayer(RecurrentCell cell, long inputSize, long hiddenSize, boolean bias, Generator generator) {
        if (inputSize < 1 || hiddenSize < 1) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": inputSize " + inputSize
                    + " and hiddenSize " + hiddenSize + " must be at least 1");
        }
        this.cell = cell;
        weights = RecurrentWeights.make(cell, inputSize, hiddenSize, 0, bias, "", generator, this::param);
    }

    /** Takes h, and of LSTM c, out of a state. */
    abstract Variable[] parts(S state);

    /** Makes a state of h and, of LSTM, c. */
    abstract S state(Variable h, Variable c);

    /** Takes x (B, inputSize), or (inputSize), to the state h after a step from zeros. */
    @Override
    protected Variable compute(Variable x) {
        return step(x, null)[0];
    }

    /**
     * Returns the state after a step.
     *
     * @param x      (B, inputSize), or (inputSize) with states (H)
     * @param before the state before; null for zeros
     */
    public final S forward(Variable x, S before) {
        Variable[] outs = forwardAll(x, input -> step(input, before));
        return state(outs[0], outs[1]);
    }

    private Variable[] step(Variable x, S before) {
        boolean single = x.rank() == 1;
        if (x.rank() != 2 && !single || x.size(-1) != weights.ih().size(1)) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": the input has shape " + x.shape()
                    + "; it must be (B, " + weights.ih().size(1) + ") or (" + weights.ih().size(1) + ")");
        }
        Variable rows = single ? x.unsqueeze(0) : x;
        Variable[] given = before == null ? new Variable[2] : parts(before);
        Variable h0 = state("h", given[0], rows, single);
        Variable c0 = cell == RecurrentCell.LSTM ? state("c", given[1], rows, single) : null;
        Variable[] outs = weights.run(cell, rows, h0, c0, TimeSteps.uniform(1, rows.size(0)));
        for (int i = 0; single && i < outs.length; i++) {
            outs[i] = outs[i] == null ? null : outs[i].squeeze(0);
        }
        return outs;
    }

    private Variable state(String name, Variable given, Variable rows, boolean single) {
        Shape shape = Shape.of(rows.size(0), weights.hh().size(1));
        if (given == null) {
            return Variable.constant(Tensor.zeros(rows.device(), rows.dtype(), shape.toArray()));
        }
        Shape expected = single ? shape.without(0) : shape;
        if (!given.shape().equals(expected)) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": " + name + " has shape " + given.shape()
                    + "; it must be " + expected);
        }
        return single ? given.unsqueeze(0) : given;
    }
}
