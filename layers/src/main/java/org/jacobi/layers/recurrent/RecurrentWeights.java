package org.jacobi.layers.recurrent;

import java.util.function.BiFunction;

import org.jacobi.autograd.CellStates;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Param;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * The parameters of one layer in one direction, uniformly distributed in ±1 / √H at the start, as in PyTorch.
 *
 * @param hh (G H, H), or (G H, P) before a projection
 * @param hr (P, H): the projection, or null
 */
record RecurrentWeights(Param ih, Param hh, Param biasIh, Param biasHh, Param hr) {
    /** Makes the parameters and registers each under PyTorch's name and a suffix. */
    static RecurrentWeights make(RecurrentCell cell, long inputSize, long hiddenSize, long projSize, boolean bias,
            String suffix, Generator generator, BiFunction<String, Tensor, Param> register) {
        double bound = 1 / Math.sqrt(hiddenSize);
        BiFunction<String, long[], Param> param = (name, shape) -> register.apply(name + suffix,
                Init.uniform_(Tensor.empty(DType.F32, shape), -bound, bound, generator));
        long rows = cell.gates() * hiddenSize;
        return new RecurrentWeights(param.apply("weight_ih", new long[] {rows, inputSize}),
                param.apply("weight_hh", new long[] {rows, projSize == 0 ? hiddenSize : projSize}),
                bias ? param.apply("bias_ih", new long[] {rows}) : null,
                bias ? param.apply("bias_hh", new long[] {rows}) : null,
                projSize == 0 ? null : param.apply("weight_hr", new long[] {projSize, hiddenSize}));
    }

    /**
     * Runs through the steps.
     *
     * @param x  (N, input size)
     * @param h0 (B, H), or (B, P) before a projection
     * @param c0 (B, H) of LSTM, else null
     * @return the states after every row and, of LSTM, the cell states, else null
     */
    Variable[] run(RecurrentCell cell, Variable x, Variable h0, Variable c0, TimeSteps steps) {
        Variable gates = x.linear(ih, biasIh);
        return switch (cell) {
            case TANH, RELU ->
                    new Variable[] {gates.rnn(hh, biasHh, h0, cell == RecurrentCell.RELU, steps), null};
            case GRU -> new Variable[] {gates.gru(hh, biasHh, h0, steps), null};
            case LSTM -> {
                CellStates states = hr == null ? gates.lstm(hh, biasHh, h0, c0, steps)
                        : projected(gates, h0, c0, steps);
                yield new Variable[] {hr == null ? states.output() : states.output().linear(hr, null), states.cells()};
            }
        };
    }

    /**
     * With the state r = h Rᵀ of a projection R, r Wᵀ = h (W R)ᵀ: the recurrence is one of h with weights W R. Only r0 is no
     * projection of anything; its part of the gates is added where sequences begin.
     */
    private CellStates projected(Variable gates, Variable r0, Variable c0, TimeSteps steps) {
        Variable first =
                gates.indexAdd(0, Tensor.of(steps.reversed().lastRows()).to(gates.device()), r0.linear(hh, null));
        Variable h0 = Variable.constant(Tensor.zeros(c0.device(), c0.dtype(), c0.shape().toArray()));
        return first.lstm(hh.matmul(hr), biasHh, h0, c0, steps);
    }
}
