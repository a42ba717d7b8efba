package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.Tensor;

/**
 * Recurrent layers: Elman's, LSTM (Hochreiter and Schmidhuber, 1997) and GRU (Cho et al., 2014).
 *
 * <p>Letters are ONNX's: T steps, B sequences, D directions, H hidden units.
 */
final class Recurrent {
    private Recurrent() {
    }

    static void register() {
        Operators.addMany("RNN", call -> run(call, 1, List.of("Tanh"), Recurrent::elman));
        Operators.addMany("GRU", call -> run(call, 3, List.of("Sigmoid", "Tanh"), Recurrent::gru));
        Operators.addMany("LSTM", call -> run(call, 4, List.of("Sigmoid", "Tanh", "Tanh"), Recurrent::lstm));
    }

    /** What one direction works with. */
    private record Weights(Tensor w, Tensor r, Tensor inputBias, Tensor hiddenBias, Tensor peephole,
            List<UnaryOperator<Tensor>> activations, double clip, boolean coupled, boolean linearBeforeReset) {
        Tensor clipped(Tensor x) {
            return clip > 0 ? x.clamp(-clip, clip) : x;
        }

        Tensor activate(int which, Tensor x) {
            return activations.get(which).apply(clipped(x));
        }

        /** Returns the part of one gate. */
        Tensor gate(Tensor all, int axis, int gate) {
            long h = r.size(1);
            return all.narrow(axis, gate * h, h);
        }
    }

    /** One step: from the input (B, I) and the states (B, H), hidden first, to new states. */
    private interface Cell {
        Tensor[] step(Weights weights, Tensor x, Tensor[] states);
    }

    private static List<OnnxValue> run(Call call, int gates, List<String> defaults, Cell cell) {
        boolean batchFirst = call.integer("layout", 0) == 1;
        Tensor x = batchFirst ? call.numbers(0).transpose(0, 1) : call.numbers(0);
        boolean lstm = gates == 4;
        long hidden = call.tensor(2).size(2);
        int directions = (int) call.tensor(1).size(0);
        String direction = call.text("direction", "forward");
        if (directions != (direction.equals("bidirectional") ? 2 : 1)
                || call.hasAttribute("hidden_size") && call.integer("hidden_size") != hidden) {
            throw new IllegalArgumentException("weights " + call.tensor(1).shape() + " and " + call.tensor(2).shape()
                    + " do not fit direction " + direction + ", or not hidden_size");
        }
        long[] lengths = new long[(int) x.size(1)];
        Arrays.fill(lengths, x.size(0));
        if (call.has(4)) {
            lengths = call.integersOf(4);
        }
        List<Tensor> outputs = new ArrayList<>();
        List<List<Tensor>> finals = List.of(new ArrayList<>(), new ArrayList<>());
        for (int d = 0; d < directions; d++) {
            Weights weights = weights(call, gates, defaults, d);
            Tensor[] states = new Tensor[lstm ? 2 : 1];
            for (int s = 0; s < states.length; s++) {
                states[s] = initial(call, 5 + s, d, batchFirst, x, hidden);
            }
            boolean reverse = direction.equals("reverse") || d == 1;
            Tensor input = reverse ? Selections.reversed(x, 0, 1, lengths) : x;
            Tensor y = steps(weights, cell, input, states, lengths);
            outputs.add(reverse ? Selections.reversed(y, 0, 1, lengths) : y);
            for (int s = 0; s < states.length; s++) {
                finals.get(s).add(states[s]);
            }
        }
        Tensor all = Tensor.stack(1, outputs.toArray(Tensor[]::new)); // (T, D, B, H)
        List<OnnxValue> out = new ArrayList<>();
        out.add(call.likeFirst(batchFirst ? all.permute(2, 0, 1, 3) : all));
        for (int s = 0; s < (lstm ? 2 : 1); s++) {
            out.add(call.likeFirst(Tensor.stack(batchFirst ? 1 : 0, finals.get(s).toArray(Tensor[]::new))));
        }
        return out;
    }

    /** Runs all steps and leaves the last states of each sequence in the array; beyond a sequence's end outputs are zero. */
    private static Tensor steps(Weights weights, Cell cell, Tensor x, Tensor[] states, long[] lengths) {
        Tensor ends = Tensor.of(lengths).unsqueeze(1);
        Tensor[] outputs = new Tensor[(int) x.size(0)];
        for (int t = 0; t < outputs.length; t++) {
            Tensor running = ends.gt(t);
            Tensor[] next = cell.step(weights, x.select(0, t), states);
            for (int s = 0; s < states.length; s++) {
                states[s] = Tensor.where(running, next[s], states[s]);
            }
            outputs[t] = Tensor.where(running, next[0], Tensor.zeros(next[0].dtype()));
        }
        return outputs.length == 0 ? Tensor.zeros(x.dtype(), 0, x.size(1), states[0].size(1))
                : Tensor.stack(0, outputs);
    }

    private static Tensor initial(Call call, int input, int direction, boolean batchFirst, Tensor x, long hidden) {
        if (!call.has(input)) {
            return Tensor.zeros(x.dtype(), x.size(1), hidden);
        }
        return call.numbers(input).select(batchFirst ? 1 : 0, direction);
    }

    private static Weights weights(Call call, int gates, List<String> defaults, int d) {
        Tensor w = call.numbers(1).select(0, d);
        Tensor r = call.numbers(2).select(0, d);
        long rows = r.size(0);
        if (rows != gates * r.size(1) || w.size(0) != rows) {
            throw new IllegalArgumentException("weights " + w.shape() + " and " + r.shape() + " are not for " + gates
                    + " gates");
        }
        Tensor bias = call.has(3) ? call.numbers(3).select(0, d) : Tensor.zeros(w.dtype(), 2 * rows);
        Tensor peephole = call.has(7) ? call.numbers(7).select(0, d) : null;
        List<UnaryOperator<Tensor>> activations = new ArrayList<>();
        List<String> names = call.texts("activations") == null ? null : call.texts("activations");
        for (int i = 0; i < defaults.size(); i++) {
            int at = d * defaults.size() + i;
            String name = names == null ? defaults.get(i) : names.get(at);
            activations.add(activation(name, parameter(call, "activation_alpha", at),
                    parameter(call, "activation_beta", at)));
        }
        return new Weights(w, r, bias.narrow(0, 0, rows), bias.narrow(0, rows, rows), peephole, activations,
                call.real("clip", 0), call.flag("input_forget", false), call.flag("linear_before_reset", false));
    }

    private static Double parameter(Call call, String name, int at) {
        float[] all = call.reals(name);
        return all == null || at >= all.length ? null : (double) all[at];
    }

    private static UnaryOperator<Tensor> activation(String name, Double alpha, Double beta) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "relu" -> Tensor::relu;
            case "tanh" -> Tensor::tanh;
            case "sigmoid" -> Tensor::sigmoid;
            case "affine" -> x -> x.mul(or(alpha, 1)).add(or(beta, 0));
            case "leakyrelu" -> x -> x.leakyRelu(or(alpha, 0.01));
            case "thresholdedrelu" -> x -> x.maskedFill(x.lt(or(alpha, 1)), 0);
            case "scaledtanh" -> x -> x.mul(or(beta, 1)).tanh().mul(or(alpha, 1));
            case "hardsigmoid" -> x -> Functions.hardSigmoid(x, or(alpha, 0.2), or(beta, 0.5));
            case "elu" -> x -> x.elu(or(alpha, 1));
            case "softsign" -> Functions::softsign;
            case "softplus" -> Tensor::softplus;
            default -> throw new IllegalArgumentException("there is no activation '" + name + "'");
        };
    }

    private static double or(Double given, double otherwise) {
        return given == null ? otherwise : given;
    }

    // ---- cells -----------------------------------------------------------------------------------------------------

    private static Tensor[] elman(Weights k, Tensor x, Tensor[] states) {
        Tensor sum = x.matmul(k.w.t()).add(states[0].matmul(k.r.t())).add(k.inputBias).add(k.hiddenBias);
        return new Tensor[] {k.activate(0, sum)};
    }

    /** Gates are update z, reset r, hidden h. */
    private static Tensor[] gru(Weights k, Tensor x, Tensor[] states) {
        Tensor old = states[0];
        Tensor input = x.matmul(k.w.t()).add(k.inputBias);
        Tensor recurrent = old.matmul(k.r.t()).add(k.hiddenBias);
        Tensor z = k.activate(0, k.gate(input, 1, 0).add(k.gate(recurrent, 1, 0)));
        Tensor r = k.activate(0, k.gate(input, 1, 1).add(k.gate(recurrent, 1, 1)));
        Tensor hidden = k.linearBeforeReset ? r.mul(k.gate(recurrent, 1, 2))
                : r.mul(old).matmul(k.gate(k.r, 0, 2).t()).add(k.gate(k.hiddenBias, 0, 2));
        Tensor h = k.activate(1, k.gate(input, 1, 2).add(hidden));
        return new Tensor[] {z.neg().add(1).mul(h).add(z.mul(old))};
    }

    /** Gates are input i, output o, forget f, cell c; peepholes are for i, o, f. */
    private static Tensor[] lstm(Weights k, Tensor x, Tensor[] states) {
        Tensor cell = states[1];
        Tensor sums = x.matmul(k.w.t()).add(states[0].matmul(k.r.t())).add(k.inputBias).add(k.hiddenBias);
        Tensor i = k.activate(0, peeped(k, k.gate(sums, 1, 0), cell, 0));
        Tensor f = k.coupled ? i.neg().add(1) : k.activate(0, peeped(k, k.gate(sums, 1, 2), cell, 2));
        Tensor c = k.activate(1, k.gate(sums, 1, 3));
        Tensor next = f.mul(cell).add(i.mul(c));
        Tensor o = k.activate(0, peeped(k, k.gate(sums, 1, 1), next, 1));
        return new Tensor[] {o.mul(k.activate(2, next)), next};
    }

    private static Tensor peeped(Weights k, Tensor sum, Tensor cell, int gate) {
        return k.peephole == null ? sum : sum.add(k.gate(k.peephole, 0, gate).mul(cell));
    }
}
