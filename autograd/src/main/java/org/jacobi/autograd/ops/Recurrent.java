package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Locale;

import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Checkpoint;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * One layer and direction of a recurrent network over all time steps.
 *
 * <p>Back through the steps: of h come dz, the gradient of z = h Wᵀ + b, and dx, which is dz but for GRU's r within n; dh = dz W
 * goes to the step before. Once all are there, dW = dzᵀ h with the states before each step, and db = Σ dz.
 */
@Formula("back through the steps, dz from the cell and dh = dz W; dx = dz (of GRU's n: dz / r), dW = dzᵀ h, db = Σ dz")
public record Recurrent(Variable[] inputs, Saved saved, RecurrentCell cell, TimeSteps steps) implements GradFn {
    /**
     * Returns the states (N, H) after each step; for LSTM also the cell states (N, H).
     *
     * @param x      (N, G H), the input's part of the gates
     * @param weight (G H, H)
     * @param bias   (G H), or null
     * @param h0     (B, H)
     * @param c0     (B, H) for LSTM, else null
     */
    public static Variable[] apply(RecurrentCell cell, Variable x, Variable weight, Variable bias, Variable h0,
            Variable c0, TimeSteps steps) {
        require(cell, x, weight, bias, h0, c0, steps);
        Variable[] in = {x, weight, bias, h0, c0};
        if (Operands.needsWidening(x) || x.dtype().isHalf() && Batch.lead(in) > 0) {
            Variable[] wide = apply(cell, Operands.widened(x), Operands.widened(weight), Operands.widened(bias),
                    Operands.widened(h0), Operands.widened(c0), steps);
            for (int i = 0; i < wide.length; i++) {
                wide[i] = wide[i].to(x.dtype());
            }
            return wide;
        }
        if (Batch.lead(in) > 0) {
            try (var _ = Autocast.off()) { // the operands are what they are to be
                return composed(cell, in, steps);
            }
        }
        String op = nameOf(cell);
        DType type = x.dtype();
        Shape states = Shape.of(steps.rows(), h0.size(1));
        Tensor out = Tensor.make(op, x.device(), type, states);
        Tensor inner = cell.gates() == 1 ? null : Tensor.make(op, x.device(), type, states);
        Tensor gates = cell.gates() == 1 ? out : Tensor.make(op, x.device(), type, x.shape());
        out.backend().recurrent(cell, out, inner, gates, x.value(), weight.value(), Operands.valueOf(bias), h0.value(),
                Operands.valueOf(c0), steps);
        Reference.reachabilityFence(in);
        Tensor[] results = cell == RecurrentCell.LSTM ? new Tensor[] {out, inner} : new Tensor[] {out};
        return Variable.recordAll(results, outs -> new Recurrent(in,
                Saved.of(x, weight, bias, h0, c0, outs[0],
                        inner == null ? null : outs.length == 2 ? outs[1] : Variable.constant(inner),
                        gates == out ? null : Variable.constant(gates)),
                cell, steps), in);
    }

    private static void require(RecurrentCell cell, Variable x, Variable weight, Variable bias, Variable h0,
            Variable c0, TimeSteps steps) {
        String op = nameOf(cell);
        Operands.requireType(op, x, "the weight", weight);
        Operands.requireType(op, x, "the bias", bias);
        Operands.requireType(op, x, "h0", h0);
        Operands.requireType(op, x, "c0", c0);
        if (h0.rank() != 2 || h0.size(0) != steps.batch()) {
            throw new IllegalArgumentException(op + ": h0 has shape " + h0.shape() + "; for " + steps.batch()
                    + " sequences it must be (" + steps.batch() + ", H)");
        }
        if (c0 != null && !c0.shape().equals(h0.shape())) {
            throw new IllegalArgumentException(
                    op + ": c0 has shape " + c0.shape() + ", h0 " + h0.shape() + "; they must have the same");
        }
        long units = h0.size(1);
        long width = cell.gates() * units;
        requireShape(op, "x", x, Shape.of(steps.rows(), width), steps, units);
        requireShape(op, "the weight", weight, Shape.of(width, units), steps, units);
        if (bias != null) {
            requireShape(op, "the bias", bias, Shape.of(width), steps, units);
        }
    }

    private static void requireShape(String op, String name, Variable given, Shape expected, TimeSteps steps,
            long units) {
        if (!given.shape().equals(expected)) {
            throw new IllegalArgumentException(op + ": " + name + " has shape " + given.shape() + "; for "
                    + steps.rows() + " rows of time steps and a state of " + units + " numbers it must be " + expected);
        }
    }

    private static String nameOf(RecurrentCell cell) {
        return cell.gates() == 1 ? "rnn" : cell.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String name() {
        return nameOf(cell);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable[] in = new Variable[inputs.length];
        for (int i = 0; i < in.length; i++) {
            in[i] = saved.get(i);
        }
        if (!NoGrad.active() || Batch.lead(douts) > 0) {
            return Checkpoint.backward(x -> composed(cell, x, steps), in, douts);
        }
        Tensor out = saved.get(5).value();
        Tensor h0 = in[3].value();
        Tensor inner = Operands.valueOf(saved.get(6));
        Tensor gates = saved.get(7) == null ? out : saved.get(7).value();
        Tensor dx = make(in[0].shape());
        Tensor dz = cell == RecurrentCell.GRU ? make(in[0].shape()) : dx;
        Tensor dh = make(h0.shape());
        Tensor dc = in[4] == null ? null : make(h0.shape());
        Tensor dout =
                douts[0] == null ? Tensor.zeros(out.device(), out.dtype(), out.shape().toArray()) : douts[0].value();
        Tensor dinner = douts.length < 2 ? null : Operands.valueOf(douts[1]);
        out.backend().recurrentBackward(cell, dx, dz, dh, dc, dout, dinner, out, inner, gates, in[1].value(), h0,
                Operands.valueOf(in[4]), steps);
        Reference.reachabilityFence(in);
        Reference.reachabilityFence(douts);
        return new Variable[] {Variable.constant(dx),
            needs(1) ? Variable.constant(dz.t().matmul(before(out, h0, steps))) : null,
            needs(2) ? Variable.constant(dz.sum(0)) : null, Variable.constant(dh),
            dc == null ? null : Variable.constant(dc)};
    }

    private Tensor make(Shape shape) {
        return Tensor.make(name() + "Backward", inputs[0].device(), inputs[0].dtype(), shape);
    }

    /** Returns the state before each row. */
    private static Tensor before(Tensor out, Tensor h0, TimeSteps steps) {
        Tensor before = Tensor.make("recurrentBackward", out.device(), out.dtype(), out.shape());
        for (int t = 0; t < steps.count(); t++) {
            long going = steps.continuing(t);
            long beginning = steps.size(t) - going;
            if (going > 0) {
                before.narrow(0, steps.start(t), going).copy_(out.narrow(0, steps.startBefore(t), going));
            }
            if (beginning > 0) {
                before.narrow(0, steps.start(t) + going, beginning).copy_(h0.narrow(0, going, beginning));
            }
        }
        return before;
    }

    // ---- the same, step by step, of recorded ops --------------------------------------------------------------------

    private static Variable[] composed(RecurrentCell cell, Variable[] in, TimeSteps steps) {
        Variable h = in[3];
        Variable c = in[4];
        Variable[] outs = new Variable[steps.count()];
        Variable[] inners = new Variable[steps.count()];
        for (int place = 0; place < outs.length; place++) {
            int t = steps.at(place);
            long size = steps.size(t);
            Variable x = in[0].narrow(0, steps.start(t), size);
            Variable before = h.narrow(0, 0, size);
            Variable z = before.linear(in[1], in[2]);
            outs[t] = switch (cell) {
                case TANH -> x.add(z).tanh();
                case RELU -> x.add(z).relu();
                case GRU -> gru(x, z, before);
                case LSTM -> {
                    Variable[] gates = gates(x.add(z), 4);
                    inners[t] = gates[1].sigmoid().mul(c.narrow(0, 0, size))
                            .add(gates[0].sigmoid().mul(gates[2].tanh()));
                    c = followed(inners[t], c);
                    yield gates[3].sigmoid().mul(inners[t].tanh());
                }
            };
            h = followed(outs[t], h);
        }
        Variable out = Variable.cat(0, outs);
        return cell == RecurrentCell.LSTM ? new Variable[] {out, Variable.cat(0, inners)} : new Variable[] {out};
    }

    private static Variable gru(Variable x, Variable z, Variable before) {
        Variable[] ofInput = gates(x, 3);
        Variable[] ofState = gates(z, 3);
        Variable r = ofInput[0].add(ofState[0]).sigmoid();
        Variable u = ofInput[1].add(ofState[1]).sigmoid();
        Variable n = ofInput[2].add(r.mul(ofState[2])).tanh();
        return n.add(u.mul(before.sub(n)));
    }

    private static Variable[] gates(Variable all, int count) {
        Variable[] gates = new Variable[count];
        long units = all.size(1) / count;
        for (int i = 0; i < count; i++) {
            gates[i] = all.narrow(1, i * units, units);
        }
        return gates;
    }

    /** Returns the states of all sequences, of which the first have new ones. */
    private static Variable followed(Variable first, Variable all) {
        long size = first.size(0);
        return size == all.size(0) ? first : Variable.cat(0, first, all.narrow(0, size, all.size(0) - size));
    }
}
