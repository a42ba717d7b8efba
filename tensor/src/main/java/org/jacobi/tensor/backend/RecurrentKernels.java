package org.jacobi.tensor.backend;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;

/**
 * One layer and direction of a recurrent network over all time steps, and its backward.
 *
 * <p>Shapes: N rows of all time steps, B sequences, H units, G gates of a {@link RecurrentCell}.
 */
public interface RecurrentKernels extends Primitives {
    /**
     * Runs a cell through all steps.
     *
     * @param out    output (N, H): the state after each step
     * @param inner  output (N, H): of LSTM the cell state c, of GRU the state's part z_n of n; null for the others
     * @param gates  output (N, G H), saved for the backward: the gates' activations; for TANH and RELU out itself
     * @param x      (N, G H): the input's part of the gates
     * @param weight (G H, H)
     * @param bias   (G H), or null for 0
     * @param h0     (B, H)
     * @param c0     (B, H) for LSTM, else null
     */
    default void recurrent(RecurrentCell cell, Tensor out, Tensor inner, Tensor gates, Tensor x, Tensor weight,
            Tensor bias, Tensor h0, Tensor c0, TimeSteps steps) {
        for (int place = 0; place < steps.count(); place++) {
            int t = steps.at(place);
            Tensor h = stateBefore(out, h0, steps, t);
            Tensor z = Tensor.empty(x.device(), x.dtype(), steps.size(t), x.size(1));
            matmul(z, h, weight.t());
            if (bias != null) {
                binary(BinaryOp.ADD, z, z, bias.expandTo(z.shape()));
            }
            Tensor result = rows(out, steps, t);
            Tensor parts = rows(x, steps, t);
            switch (cell) {
                case TANH, RELU -> {
                    binary(BinaryOp.ADD, z, z, parts);
                    unary(cell == RecurrentCell.TANH ? UnaryOp.TANH : UnaryOp.RELU, result, z);
                }
                case LSTM -> {
                    Tensor c = stateBefore(inner, c0, steps, t);
                    lstm(result, rows(inner, steps, t), rows(gates, steps, t), z, parts, c);
                    c.release();
                }
                case GRU -> gru(result, rows(inner, steps, t), rows(gates, steps, t), z, parts, h);
            }
            h.release();
            z.release();
        }
    }

    private void lstm(Tensor out, Tensor inner, Tensor gates, Tensor z, Tensor x, Tensor c) {
        binary(BinaryOp.ADD, gates, z, x);
        unary(UnaryOp.SIGMOID, gate(gates, out, 0), gate(gates, out, 0));
        unary(UnaryOp.SIGMOID, gate(gates, out, 1), gate(gates, out, 1));
        unary(UnaryOp.TANH, gate(gates, out, 2), gate(gates, out, 2));
        unary(UnaryOp.SIGMOID, gate(gates, out, 3), gate(gates, out, 3));
        binary(BinaryOp.MUL, inner, gate(gates, out, 1), c);
        binary(BinaryOp.MUL, out, gate(gates, out, 0), gate(gates, out, 2));
        binary(BinaryOp.ADD, inner, inner, out);
        unary(UnaryOp.TANH, out, inner);
        binary(BinaryOp.MUL, out, out, gate(gates, out, 3));
    }

    private void gru(Tensor out, Tensor inner, Tensor gates, Tensor z, Tensor x, Tensor h) {
        copy(inner, gate(z, out, 2));
        binary(BinaryOp.ADD, gates, z, x);
        unary(UnaryOp.SIGMOID, gate(gates, out, 0), gate(gates, out, 0));
        unary(UnaryOp.SIGMOID, gate(gates, out, 1), gate(gates, out, 1));
        Tensor n = gate(gates, out, 2);
        binary(BinaryOp.MUL, n, gate(gates, out, 0), inner);
        binary(BinaryOp.ADD, n, n, gate(x, out, 2));
        unary(UnaryOp.TANH, n, n);
        // (1 - u) n + u h = n + u (h - n)
        binary(BinaryOp.SUB, out, h, n);
        binary(BinaryOp.MUL, out, out, gate(gates, out, 1));
        binary(BinaryOp.ADD, out, out, n);
    }

    /**
     * The gradients of {@link #recurrent}, from what it saved.
     *
     * @param dx     output (N, G H)
     * @param dz     output (N, G H): of h W^T + b in each row; but for GRU dx itself
     * @param dh     output (B, H): of h0
     * @param dc     output (B, H): of c0; null but for LSTM
     * @param dout   (N, H)
     * @param dinner (N, H), of LSTM's cell states, or null for 0
     */
    default void recurrentBackward(RecurrentCell cell, Tensor dx, Tensor dz, Tensor dh, Tensor dc, Tensor dout,
            Tensor dinner, Tensor out, Tensor inner, Tensor gates, Tensor weight, Tensor h0, Tensor c0,
            TimeSteps steps) {
        fill(dh, 0);
        if (dc != null) {
            fill(dc, 0);
        }
        for (int place = steps.count() - 1; place >= 0; place--) {
            int t = steps.at(place);
            Tensor dstate = dh.narrow(0, 0, steps.size(t));
            Tensor dparts = rows(dx, steps, t);
            Tensor result = rows(out, steps, t);
            binary(BinaryOp.ADD, dstate, dstate, rows(dout, steps, t));
            switch (cell) {
                case TANH -> binary(BinaryOp.TANH_BACKWARD, dparts, dstate, result);
                case RELU -> binary(BinaryOp.RELU_BACKWARD, dparts, dstate, result);
                case LSTM -> {
                    Tensor dcell = dc.narrow(0, 0, steps.size(t));
                    if (dinner != null) {
                        binary(BinaryOp.ADD, dcell, dcell, rows(dinner, steps, t));
                    }
                    Tensor c = stateBefore(inner, c0, steps, t);
                    lstmBackward(dparts, dcell, dstate, rows(inner, steps, t), rows(gates, steps, t), c);
                    c.release();
                }
                case GRU -> {
                    Tensor h = stateBefore(out, h0, steps, t);
                    gruBackward(dparts, rows(dz, steps, t), dstate, rows(inner, steps, t), rows(gates, steps, t), h);
                    h.release();
                }
            }
            Tensor through = Tensor.empty(dh.device(), dh.dtype(), dstate.shape());
            matmul(through, rows(dz, steps, t), weight);
            if (cell == RecurrentCell.GRU) {
                binary(BinaryOp.ADD, dstate, dstate, through);
            } else {
                copy(dstate, through);
            }
            through.release();
        }
    }

    /** dc becomes that of the state before. */
    private void lstmBackward(Tensor dx, Tensor dc, Tensor dh, Tensor inner, Tensor gates, Tensor c) {
        Tensor tanh = Tensor.emptyLike(c);
        Tensor through = Tensor.emptyLike(c);
        unary(UnaryOp.TANH, tanh, inner);
        binary(BinaryOp.MUL, gate(dx, c, 3), dh, tanh);
        binary(BinaryOp.SIGMOID_BACKWARD, gate(dx, c, 3), gate(dx, c, 3), gate(gates, c, 3));
        binary(BinaryOp.MUL, through, dh, gate(gates, c, 3));
        binary(BinaryOp.TANH_BACKWARD, through, through, tanh);
        binary(BinaryOp.ADD, dc, dc, through);
        binary(BinaryOp.MUL, gate(dx, c, 0), dc, gate(gates, c, 2));
        binary(BinaryOp.SIGMOID_BACKWARD, gate(dx, c, 0), gate(dx, c, 0), gate(gates, c, 0));
        binary(BinaryOp.MUL, gate(dx, c, 1), dc, c);
        binary(BinaryOp.SIGMOID_BACKWARD, gate(dx, c, 1), gate(dx, c, 1), gate(gates, c, 1));
        binary(BinaryOp.MUL, gate(dx, c, 2), dc, gate(gates, c, 0));
        binary(BinaryOp.TANH_BACKWARD, gate(dx, c, 2), gate(dx, c, 2), gate(gates, c, 2));
        binary(BinaryOp.MUL, dc, dc, gate(gates, c, 1));
        tanh.release();
        through.release();
    }

    /** dh becomes the part of the gradient of the state before that does not come through the gates. */
    private void gruBackward(Tensor dx, Tensor dz, Tensor dh, Tensor inner, Tensor gates, Tensor h) {
        Tensor r = gate(gates, h, 0);
        Tensor u = gate(gates, h, 1);
        Tensor n = gate(gates, h, 2);
        Tensor du = gate(dx, h, 1);
        binary(BinaryOp.SUB, du, h, n);
        binary(BinaryOp.MUL, du, du, dh);
        binary(BinaryOp.SIGMOID_BACKWARD, du, du, u);
        Tensor dn = gate(dx, h, 2);
        Tensor kept = Tensor.emptyLike(h);
        binary(BinaryOp.MUL, kept, dh, u);
        binary(BinaryOp.SUB, dn, dh, kept);
        binary(BinaryOp.TANH_BACKWARD, dn, dn, n);
        binary(BinaryOp.MUL, gate(dx, h, 0), dn, inner);
        binary(BinaryOp.SIGMOID_BACKWARD, gate(dx, h, 0), gate(dx, h, 0), r);
        copy(dz, dx);
        binary(BinaryOp.MUL, gate(dz, h, 2), dn, r);
        copy(dh, kept);
        kept.release();
    }

    // ---- pieces of the definitions above ---------------------------------------------------------------------------

    private static Tensor rows(Tensor all, TimeSteps steps, int t) {
        return all.narrow(0, steps.start(t), steps.size(t));
    }

    private static Tensor gate(Tensor gates, Tensor unit, int which) {
        return gates.narrow(1, which * unit.size(1), unit.size(1));
    }

    /** Returns the states before step t: those after the step before, then the first ones of sequences that begin. */
    private Tensor stateBefore(Tensor after, Tensor initial, TimeSteps steps, int t) {
        Tensor before = Tensor.empty(initial.device(), initial.dtype(), steps.size(t), initial.size(1));
        long going = steps.continuing(t);
        if (going > 0) {
            copy(before.narrow(0, 0, going), after.narrow(0, steps.startBefore(t), going));
        }
        if (going < steps.size(t)) {
            copy(before.narrow(0, going, steps.size(t) - going), initial.narrow(0, going, steps.size(t) - going));
        }
        return before;
    }
}
