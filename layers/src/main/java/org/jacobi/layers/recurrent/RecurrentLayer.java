package org.jacobi.layers.recurrent;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * What RNN, LSTM and GRU share: layers that stand on each other, each in one or two directions, over all time steps.
 *
 * <p>Parameters have PyTorch's names and order: of layer k weight_ih_lk, weight_hh_lk, bias_ih_lk, bias_hh_lk and
 * weight_hr_lk, then those that end with _reverse.
 *
 * <p>{@link #forward(Variable)} starts from a state of zeros and gives the output alone; the others take a state, or null for
 * zeros, and give the state after the last step too.
 *
 * @param <S> the state: a Variable (numLayers directions, B, H), of LSTM an {@link LstmState} of two
 */
public abstract sealed class RecurrentLayer<S> extends Layer permits RNN, LSTM, GRU {
    private final RecurrentConfig config;
    private final RecurrentCell cell;
    /** Of each layer, the directions one after the other. */
    private final List<RecurrentWeights> weights = new ArrayList<>();

    RecurrentLayer(RecurrentCell cell, RecurrentConfig config, Generator generator) {
        if (config.projSize() > 0 && cell != RecurrentCell.LSTM) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName() + ": projSize is " + config.projSize() + "; only LSTM has projections");
        }
        this.cell = cell;
        this.config = config;
        for (int layer = 0; layer < config.numLayers(); layer++) {
            long inputSize = layer == 0 ? config.inputSize() : config.directions() * config.stateSize();
            for (int direction = 0; direction < config.directions(); direction++) {
                weights.add(RecurrentWeights.make(cell, inputSize, config.hiddenSize(), config.projSize(),
                        config.bias(), "_l" + layer + (direction == 0 ? "" : "_reverse"), generator, this::param));
            }
        }
    }

    /** Returns how the network is built. */
    public final RecurrentConfig config() {
        return config;
    }

    /** Takes h, and of LSTM c, out of a state. */
    abstract Variable[] parts(S state);

    /** Makes a state of h and, of LSTM, c. */
    abstract S state(Variable h, Variable c);

    /**
     * Takes x (T, B, inputSize), with batchFirst (B, T, inputSize), to the output of the same axes, of directions H numbers; or
     * one sequence (T, inputSize).
     */
    @Override
    protected Variable compute(Variable x) {
        return run(x, null)[0];
    }

    /**
     * Returns the output and the state after the last step.
     *
     * @param x       (T, B, inputSize), with batchFirst (B, T, inputSize); or one sequence (T, inputSize), whose states have no
     *                axis of sequences
     * @param initial the state before the first step; null for zeros
     */
    public final RecurrentOutput<Variable, S> forward(Variable x, S initial) {
        Variable[] outs = forwardAll(x, input -> run(input, initial));
        return new RecurrentOutput<>(outs[0], state(outs[1], outs[2]));
    }

    /**
     * Returns the output and the state after each sequence's last step, in the order of the sequences before they were packed.
     *
     * @param initial the state before the first step, in that order; null for zeros
     */
    public final RecurrentOutput<PackedSequence, S> forward(PackedSequence x, S initial) {
        Variable[] outs = forwardAll(x.data(), data -> {
            if (data.rank() != 2 || data.size(1) != config.inputSize()) {
                throw new IllegalArgumentException(describe(data) + "; packed sequences must be (N, "
                        + config.inputSize() + ")");
            }
            Variable[] states = states(initial, x.steps().batch(), data, false);
            Variable[] results = layers(data, sorted(states[0], x.sortedIndices()),
                    sorted(states[1], x.sortedIndices()), x.steps());
            results[1] = sorted(results[1], x.unsortedIndices());
            results[2] = sorted(results[2], x.unsortedIndices());
            return results;
        });
        return new RecurrentOutput<>(x.withData(outs[0]), state(outs[1], outs[2]));
    }

    private static Variable sorted(Variable states, Tensor order) {
        return states == null || order == null ? states : states.indexSelect(1, order);
    }

    private Variable[] run(Variable x, S initial) {
        boolean single = x.rank() == 2;
        if (x.rank() != 3 && !single || x.size(-1) != config.inputSize()) {
            throw new IllegalArgumentException(describe(x) + "; it must be "
                    + (config.batchFirst() ? "(B, T, " : "(T, B, ") + config.inputSize() + "), or (T, "
                    + config.inputSize() + ") for one sequence");
        }
        Variable sequences = single ? x.unsqueeze(1) : config.batchFirst() ? x.transpose(0, 1) : x;
        long T = sequences.size(0);
        long B = sequences.size(1);
        if (T == 0 || B == 0) {
            throw new IllegalArgumentException(
                    describe(x) + "; there must be one sequence and one time step at least");
        }
        Variable[] states = states(initial, B, x, single);
        Variable[] outs = layers(sequences.flatten(0, 1), states[0], states[1], TimeSteps.uniform(T, B));
        outs[0] = outs[0].reshape(T, B, outs[0].size(1));
        if (single) {
            for (int i = 0; i < outs.length; i++) {
                outs[i] = outs[i] == null ? null : outs[i].squeeze(1);
            }
        } else if (config.batchFirst()) {
            outs[0] = outs[0].transpose(0, 1);
        }
        return outs;
    }

    private String describe(Variable x) {
        return getClass().getSimpleName() + ": the input has shape " + x.shape();
    }

    /** Returns the initial h and c, each (layers directions, B, size); zeros for none. */
    private Variable[] states(S initial, long batch, Variable x, boolean single) {
        Variable[] given = initial == null ? new Variable[2] : parts(initial);
        return new Variable[] {state("h0", given[0], batch, config.stateSize(), x, single),
            cell == RecurrentCell.LSTM ? state("c0", given[1], batch, config.hiddenSize(), x, single) : null};
    }

    private Variable state(String name, Variable given, long batch, long size, Variable x, boolean single) {
        Shape shape = Shape.of(weights.size(), batch, size);
        if (given == null) {
            return Variable.constant(Tensor.zeros(x.device(), x.dtype(), shape.toArray()));
        }
        Shape expected = single ? shape.without(1) : shape;
        if (!given.shape().equals(expected)) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": " + name + " has shape " + given.shape()
                    + "; for an input of shape " + x.shape() + " it must be " + expected);
        }
        return single ? given.unsqueeze(1) : given;
    }

    private Variable[] layers(Variable x, Variable h0, Variable c0, TimeSteps steps) {
        Variable[] hs = new Variable[weights.size()];
        Variable[] cs = new Variable[weights.size()];
        Variable output = x;
        for (int layer = 0; layer < config.numLayers(); layer++) {
            if (layer > 0 && isTraining()) {
                output = output.dropout(config.dropout(), Generator.global());
            }
            Variable[] directions = new Variable[config.directions()];
            for (int direction = 0; direction < directions.length; direction++) {
                int i = layer * directions.length + direction;
                TimeSteps way = direction == 0 ? steps : steps.reversed();
                Variable[] states = weights.get(i).run(cell, output, h0.select(0, i),
                        c0 == null ? null : c0.select(0, i), way);
                directions[direction] = states[0];
                hs[i] = last(states[0], way);
                cs[i] = c0 == null ? null : last(states[1], way);
            }
            output = directions.length == 1 ? directions[0] : Variable.cat(1, directions);
        }
        return new Variable[] {output, Variable.stack(0, hs), c0 == null ? null : Variable.stack(0, cs)};
    }

    /** Returns the state (B, H) of each sequence after its last step. */
    private static Variable last(Variable states, TimeSteps steps) {
        int end = steps.at(steps.count() - 1);
        return steps.size(end) == steps.batch() ? states.narrow(0, steps.start(end), steps.batch())
                : states.indexSelect(0, Tensor.of(steps.lastRows()).to(states.device()));
    }
}
