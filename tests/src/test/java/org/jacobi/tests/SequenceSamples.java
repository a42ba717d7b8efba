package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.within;

import java.util.ArrayList;
import java.util.List;

import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.CellStates;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;

/** The rows of recurrent networks and of connectionist temporal classification. */
final class SequenceSamples {
    private static final int LARGEST = 67;
    private static final TimeSteps UNIFORM = TimeSteps.uniform(3, 2);
    private static final TimeSteps LENGTHS = TimeSteps.of(3, 2, 2, 1);

    private SequenceSamples() {
    }

    static void add() {
        recurrent("", UNIFORM, true);
        recurrent("reversed", UNIFORM.reversed(), true);
        recurrent("lengths, no bias", LENGTHS, false);
        recurrent("lengths, reversed", LENGTHS.reversed(), true);
        ctc();
    }

    private static void recurrent(String variant, TimeSteps steps, boolean biased) {
        row("lstm", variant, n -> operands(n, 4, steps, biased)).upTo(LARGEST).tolerance(5e-5)
                .variables(v -> lastCells(v[0].lstm(v[1], biased ? v[4] : null, v[2], v[3], steps), steps))
                .torch(p -> {
                    T_TensorTensorTensor_T outs = torch.lstm(p[0], sizes(steps), states(p[2], p[3]),
                            weights(p, biased), true, 1, 0, false, true);
                    return Libtorch.cat(0, direction(outs.get0(), steps),
                            outs.get2().select(0, steps.isReversed() ? 1 : 0));
                });
        row("gru", variant, n -> operands(n, 3, steps, biased)).upTo(LARGEST).tolerance(5e-5)
                .variables(v -> v[0].gru(v[1], biased ? v[4] : null, v[2], steps))
                .torch(p -> direction(torch.gru(p[0], sizes(steps), states(p[2]).get(0), weights(p, biased), true, 1, 0,
                        false, true).get0(), steps));
        for (boolean relu : new boolean[] {false, true}) {
            row("rnn", variant.isEmpty() ? relu ? "relu" : "tanh" : variant + (relu ? ", relu" : ", tanh"),
                    n -> operands(n, 1, steps, biased)).upTo(LARGEST).tolerance(5e-5)
                    .variables(v -> v[0].rnn(v[1], biased ? v[4] : null, v[2], relu, steps))
                    .torch(p -> direction((relu
                            ? torch.rnn_relu(p[0], sizes(steps), states(p[2]).get(0), weights(p, biased), true,
                                    1, 0, false, true)
                            : torch.rnn_tanh(p[0], sizes(steps), states(p[2]).get(0), weights(p, biased), true,
                                    1, 0, false, true))
                            .get0(),
                            steps));
        }
    }

    /** The input's part of the gates, the weight, h0, c0 (which only LSTM uses) and the bias. */
    private static List<Operand> operands(int n, int gates, TimeSteps steps, boolean biased) {
        List<Operand> operands = new ArrayList<>(List.of(real(steps.rows(), (long) gates * n),
                within(-0.5, 0.5, (long) gates * n, n), real(steps.batch(), n)));
        if (gates == 4) {
            operands.add(real(steps.batch(), n));
        } else {
            operands.add(Operand.constant(1));
        }
        if (biased) {
            operands.add(real((long) gates * n));
        }
        return operands;
    }

    private static Variable lastCells(CellStates states, TimeSteps steps) {
        return Variable.cat(0, states.output(),
                states.cells().indexSelect(0, Tensor.of(steps.lastRows()).to(states.cells().device())));
    }

    // ---- libtorch always runs both directions, with the same weights -------------------------------------------------

    private static org.bytedeco.pytorch.Tensor sizes(TimeSteps steps) {
        return Libtorch.tensor(steps.sizes(), steps.count());
    }

    private static TensorVector states(org.bytedeco.pytorch.Tensor... states) {
        TensorVector both = new TensorVector();
        for (var state : states) {
            both.push_back(Libtorch.stack(0, state, state));
        }
        return both;
    }

    /** libtorch computes the input's part of the gates, too: from the identity as weight it is the input. */
    private static TensorVector weights(org.bytedeco.pytorch.Tensor[] p, boolean biased) {
        long rows = p[1].size(0);
        var none = torch.zeros(rows);
        var bias = biased ? p[4] : none;
        return new TensorVector(torch.eye(rows), p[1], none, bias, torch.eye(rows), p[1], none, bias);
    }

    private static org.bytedeco.pytorch.Tensor direction(org.bytedeco.pytorch.Tensor both, TimeSteps steps) {
        long units = both.size(1) / 2;
        return both.narrow(1, steps.isReversed() ? units : 0, units);
    }

    // ---- connectionist temporal classification -----------------------------------------------------------------------

    private static void ctc() {
        Tensor padded = Tensor.of(new long[] {1, 1, 1, -7, -7, -7, 1, -7, -7}, 3, 3);
        long[] frames = {6, 4, 2};
        long[] lengths = {3, 0, 1};
        row("ctcLoss", "padded targets", n -> List.of(real(6, 3, n + 1))).upTo(LARGEST).tolerance(2e-5)
                .variables(v -> v[0].logSoftmax(2).ctcLoss(padded, Tensor.of(frames), Tensor.of(lengths), 0, false))
                .torch(p -> torch.ctc_loss(torch.log_softmax(p[0], 2),
                        Libtorch.tensor(new long[] {1, 1, 1, 0, 0, 0, 1, 0, 0}, 3, 3), frames, lengths, 0, 0, false));
        row("ctcLoss", "targets one after the other, another blank", n -> List.of(real(5, 2, n + 2))).upTo(LARGEST)
                .tolerance(2e-5)
                .variables(v -> v[0].logSoftmax(2).ctcLoss(targets(v[0].size(2)), Tensor.of(new long[] {5L, 5L}),
                        Tensor.of(new long[] {3L, 2L}),
                        v[0].size(2) - 1, false))
                .torch(p -> torch.ctc_loss(torch.log_softmax(p[0], 2),
                        Libtorch.tensor(targets(p[0].size(2)).toLongArray(), 5), new long[] {5, 5}, new long[] {3, 2},
                        p[0].size(2) - 1, 0, false));
        row("ctcLoss", "one target is too long", n -> List.of(real(3, 2, n + 1))).upTo(LARGEST).tolerance(2e-5)
                .variables(v -> v[0].logSoftmax(2).ctcLoss(Tensor.of(new long[] {1, 1, 1, 1}, 2, 2),
                        Tensor.of(new long[] {2L, 3L}),
                        Tensor.of(new long[] {2L, 2L}), 0, true))
                .torch(p -> torch.ctc_loss(torch.log_softmax(p[0], 2), Libtorch.tensor(new long[] {1, 1, 1, 1}, 2, 2),
                        new long[] {2, 3}, new long[] {2, 2}, 0, 0, true));
    }

    /** Labels of three and two frames, none of which is the last class. */
    private static Tensor targets(long classes) {
        long other = Math.min(1, classes - 2);
        return Tensor.of(new long[] {0L, other, 0L, other, 0L});
    }
}
