package org.jacobi.autograd;

import org.jacobi.autograd.ops.CtcLoss;
import org.jacobi.autograd.ops.Recurrent;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * The ops on sequences: recurrent networks, of which one op is a layer in one direction, and connectionist temporal
 * classification.
 *
 * <p>A recurrent op is called on the input's part of its gates for every row of the {@link TimeSteps}: x Wᵀ + b for input
 * weights W of G H rows, as {@link VariableProducts#linear} computes it in one product.
 */
public sealed interface VariableSequences permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /**
     * Returns the states (N, H) of h' = tanh(x + h Wᵀ + b), or with relu, for this x (N, H).
     *
     * @param weight (H, H)
     * @param bias   (H), or null
     * @param h0     (B, H)
     * @param relu   whether relu takes tanh's place
     */
    default Variable rnn(Variable weight, Variable bias, Variable h0, boolean relu, TimeSteps steps) {
        return Recurrent.apply(relu ? RecurrentCell.RELU : RecurrentCell.TANH, Autocast.cast("rnn", self()),
                Autocast.cast("rnn", Variable.present(weight)), Autocast.cast("rnn", bias),
                Autocast.cast("rnn", Variable.present(h0)), null, steps)[0];
    }

    /**
     * Returns the states of a long short-term memory for this x (N, 4 H): input gate, forget gate, cell, output gate.
     *
     * @param weight (4 H, H)
     * @param bias   (4 H), or null
     * @param h0     (B, H)
     * @param c0     (B, H)
     * @see RecurrentCell#LSTM
     */
    default CellStates lstm(Variable weight, Variable bias, Variable h0, Variable c0, TimeSteps steps) {
        Variable[] outs = Recurrent.apply(RecurrentCell.LSTM, Autocast.cast("lstm", self()),
                Autocast.cast("lstm", Variable.present(weight)), Autocast.cast("lstm", bias),
                Autocast.cast("lstm", Variable.present(h0)), Autocast.cast("lstm", Variable.present(c0)), steps);
        return new CellStates(outs[0], outs[1]);
    }

    /**
     * Returns the states (N, H) of gated recurrent units for this x (N, 3 H): reset gate, update gate, new state.
     *
     * @param weight (3 H, H)
     * @param bias   (3 H), or null
     * @param h0     (B, H)
     * @see RecurrentCell#GRU
     */
    default Variable gru(Variable weight, Variable bias, Variable h0, TimeSteps steps) {
        return Recurrent.apply(RecurrentCell.GRU, Autocast.cast("gru", self()),
                Autocast.cast("gru", Variable.present(weight)), Autocast.cast("gru", bias),
                Autocast.cast("gru", Variable.present(h0)), null, steps)[0];
    }

    /**
     * Returns the negative log likelihood (N) of each target under connectionist temporal classification (Graves et al., 2006),
     * for these log probabilities (T, N, C). It is infinite where a target is too long for its frames.
     *
     * @param targets       i64: (N, L) with what is beyond a target's length not read, or all targets one after the other
     * @param inputLengths  i64 (N): each sequence's frames, 1 to T
     * @param targetLengths i64 (N)
     * @param blank         the class that stands for no label; no target holds it
     * @param zeroInfinity  whether infinite losses, and their gradients, become 0
     */
    default Variable ctcLoss(Tensor targets, Tensor inputLengths, Tensor targetLengths, long blank,
            boolean zeroInfinity) {
        Variable logs = Autocast.cast("ctcLoss", self());
        if (logs.dtype().isHalf()) {
            return logs.to(DType.F32).ctcLoss(targets, inputLengths, targetLengths, blank, zeroInfinity)
                    .to(logs.dtype());
        }
        Variable losses = CtcLoss.apply(logs, targets, inputLengths, targetLengths, blank);
        return zeroInfinity
                ? Variable.where(Batch.constant(Batch.value(losses).isInf(), losses), Variable.constant(
                        Tensor.scalar(0, losses.dtype())), losses)
                : losses;
    }
}
