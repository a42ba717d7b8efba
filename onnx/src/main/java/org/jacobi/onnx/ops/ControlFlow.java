package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Operators that run graphs: branches, loops, scans. */
final class ControlFlow {
    private ControlFlow() {
    }

    static void register() {
        Operators.addMany("If", call -> call.run(
                call.graph(isTrue(call.tensor(0)) ? "then_branch" : "else_branch"), List.of()));
        Operators.addMany("Loop", ControlFlow::loop);
        Operators.addMany("Scan", 1, ControlFlow::scanOfBatches);
        Operators.addMany("Scan", 9, ControlFlow::scan);
    }

    private static boolean isTrue(OnnxTensor x) {
        return x.data().reshape(1).item() != 0;
    }

    /** The body gets the number of the round, the condition and what is carried, and returns the latter two and more. */
    private static List<OnnxValue> loop(Call call) {
        Graph body = call.graph("body");
        long rounds = call.has(0) ? call.integerOf(0) : Long.MAX_VALUE;
        boolean going = !call.has(1) || isTrue(call.tensor(1));
        List<OnnxValue> carried = new ArrayList<>();
        for (int i = 2; i < call.inputs(); i++) {
            carried.add(call.value(i));
        }
        List<List<OnnxTensor>> gathered = new ArrayList<>();
        for (int i = carried.size() + 1; i < body.outputs().size(); i++) {
            gathered.add(new ArrayList<>());
        }
        for (long round = 0; round < rounds && going; round++) {
            List<OnnxValue> arguments = new ArrayList<>();
            arguments.add(OnnxTensor.of(Tensor.of(new long[] {round}).reshape()));
            arguments.add(OnnxTensor.of(Tensor.scalar(1, DType.BOOL)));
            arguments.addAll(carried);
            List<OnnxValue> results = call.run(body, arguments);
            going = isTrue(Call.tensor(results.getFirst(), "the loop's condition"));
            carried = passedOn(carried, results, 1, round > 0);
            for (int i = 0; i < gathered.size(); i++) {
                gathered.get(i).add(Call.tensor(results.get(1 + carried.size() + i), "what a loop gathers"));
            }
        }
        List<OnnxValue> out = new ArrayList<>(carried);
        for (List<OnnxTensor> parts : gathered) {
            out.add(stacked(parts, 0));
        }
        return out;
    }

    /** Returns what is carried to the next round, and frees what was carried to this one if a round before had made it. */
    private static List<OnnxValue> passedOn(List<OnnxValue> old, List<OnnxValue> results, int from, boolean release) {
        if (release) {
            old.forEach(value -> value.forEachTensor(Tensor::release));
        }
        return results.subList(from, from + old.size());
    }

    private static OnnxTensor stacked(List<OnnxTensor> parts, int axis) {
        if (parts.isEmpty()) {
            return OnnxTensor.of(Tensor.zeros(0));
        }
        return OnnxTensor.move(parts, all -> Tensor.stack(axis, all.toArray(Tensor[]::new)));
    }

    // ---- scan ------------------------------------------------------------------------------------------------------

    private static List<OnnxValue> scan(Call call) {
        Graph body = call.graph("body");
        int scanned = (int) call.integer("num_scan_inputs");
        int states = call.inputs() - scanned;
        List<OnnxValue> inputs = new ArrayList<>();
        for (int i = 0; i < call.inputs(); i++) {
            inputs.add(call.value(i));
        }
        return scan(call, body, inputs, states, attribute(call, "scan_input_axes", scanned),
                attribute(call, "scan_input_directions", scanned),
                attribute(call, "scan_output_axes", body.outputs().size() - states),
                attribute(call, "scan_output_directions", body.outputs().size() - states), -1);
    }

    private static long[] attribute(Call call, String name, int count) {
        return call.hasAttribute(name) ? call.integers(name) : new long[count];
    }

    /** Runs the body for each slice of the scanned inputs; returns the last states and the joined outputs. */
    private static List<OnnxValue> scan(Call call, Graph body, List<OnnxValue> inputs, int states, long[] axes,
            long[] directions, long[] outAxes, long[] outDirections, long length) {
        List<OnnxValue> carried = new ArrayList<>(inputs.subList(0, states));
        List<OnnxTensor> sources = new ArrayList<>();
        for (int i = states; i < inputs.size(); i++) {
            sources.add(Call.tensor(inputs.get(i), "what a scan walks over"));
        }
        OnnxTensor first = sources.getFirst();
        long rounds = length >= 0 ? length : first.size(Numbers.axis(axes[0], first.rank()));
        List<List<OnnxTensor>> gathered = new ArrayList<>();
        for (int i = states; i < body.outputs().size(); i++) {
            gathered.add(new ArrayList<>());
        }
        for (long round = 0; round < rounds; round++) {
            List<OnnxValue> arguments = new ArrayList<>(carried);
            for (int i = 0; i < sources.size(); i++) {
                OnnxTensor source = sources.get(i);
                int axis = Numbers.axis(axes[i], source.rank());
                long at = directions[i] == 1 ? rounds - 1 - round : round;
                arguments.add(source.move(t -> t.select(axis, at)));
            }
            List<OnnxValue> results = call.run(body, arguments);
            carried = passedOn(carried, results, 0, round > 0);
            for (int i = 0; i < gathered.size(); i++) {
                gathered.get(i).add(Call.tensor(results.get(states + i), "what a scan gathers"));
            }
        }
        List<OnnxValue> out = new ArrayList<>(carried);
        for (int i = 0; i < gathered.size(); i++) {
            List<OnnxTensor> parts = gathered.get(i);
            int rank = parts.isEmpty() ? 1 : parts.getFirst().rank() + 1;
            out.add(stacked(outDirections[i] == 1 ? parts.reversed() : parts, Numbers.axis(outAxes[i], rank)));
        }
        return out;
    }

    /** Before version 9 all inputs had a batch axis first, and lengths of the sequences in it could be given. */
    private static List<OnnxValue> scanOfBatches(Call call) {
        Graph body = call.graph("body");
        int scanned = (int) call.integer("num_scan_inputs");
        int states = call.inputs() - 1 - scanned;
        long[] directions = attribute(call, "directions", scanned);
        long[] zeros = new long[body.outputs().size()];
        long batches = call.tensor(1).size(0);
        long[] lengths = call.has(0) ? call.integersOf(0) : null;
        List<List<OnnxTensor>> joined = new ArrayList<>();
        for (int b = 0; b < batches; b++) {
            List<OnnxValue> inputs = new ArrayList<>();
            for (int i = 1; i < call.inputs(); i++) {
                int at = b;
                inputs.add(call.tensor(i).move(t -> t.select(0, at)));
            }
            List<OnnxValue> results = scan(call, body, inputs, states, new long[scanned], directions, zeros, zeros,
                    lengths == null ? -1 : lengths[b]);
            for (int i = 0; i < results.size(); i++) {
                if (b == 0) {
                    joined.add(new ArrayList<>());
                }
                joined.get(i).add(Call.tensor(results.get(i), "a scan's result"));
            }
        }
        return joined.stream().<OnnxValue>map(parts -> stacked(equallyLong(parts), 0)).toList();
    }

    /** Fills shorter outputs up with zeros: sequences of a batch may differ in length. */
    private static List<OnnxTensor> equallyLong(List<OnnxTensor> parts) {
        if (parts.getFirst().rank() == 0) {
            return parts;
        }
        long longest = parts.stream().mapToLong(part -> part.size(0)).max().orElse(0);
        return parts.stream().map(part -> {
            long[] after = new long[part.rank()];
            after[0] = longest - part.size(0);
            OnnxTensor zero = OnnxTensor.of(part.type(), Tensor.zeros(part.type().storage(), 1));
            return after[0] == 0 ? part : Shapes.padConstant(part, zero, new long[part.rank()], after);
        }).toList();
    }
}
