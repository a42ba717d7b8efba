package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.onnx.OnnxOptional;
import org.jacobi.onnx.OnnxSequence;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Operators on sequences of values and on values that may be absent. */
final class Sequences {
    private Sequences() {
    }

    static void register() {
        Operators.add("SequenceEmpty", _ -> new OnnxSequence(List.of()));
        Operators.add("SequenceConstruct", call -> new OnnxSequence(List.copyOf(call.tensors())));
        Operators.add("SequenceLength",
                call -> OnnxTensor.of(Tensor.of(new long[] {values(call, 0).size()}).reshape()));
        Operators.add("SequenceAt", call -> values(call, 0).get(position(call, 1, values(call, 0).size())));
        Operators.add("SequenceErase", call -> {
            List<OnnxValue> values = new ArrayList<>(values(call, 0));
            values.remove(call.has(1) ? position(call, 1, values.size()) : values.size() - 1);
            return new OnnxSequence(values);
        });
        Operators.add("SequenceInsert", call -> {
            List<OnnxValue> values = new ArrayList<>(values(call, 0));
            values.add(call.has(2) ? position(call, 2, values.size() + 1, values.size()) : values.size(),
                    call.tensor(1));
            return new OnnxSequence(values);
        });
        Operators.add("SplitToSequence", Sequences::split);
        Operators.add("ConcatFromSequence", call -> {
            List<OnnxTensor> parts = values(call, 0).stream().map(v -> Call.tensor(v, "an element")).toList();
            int axis = (int) call.integer("axis");
            return OnnxTensor.move(parts, call.flag("new_axis", false)
                    ? all -> Tensor.stack(axis, all.toArray(Tensor[]::new))
                    : all -> Tensor.cat(axis, all.toArray(Tensor[]::new)));
        });
        Operators.addMany("SequenceMap", Sequences::map);

        Operators.add("Optional", call -> new OnnxOptional(call.has(0) ? call.value(0) : null));
        Operators.add("OptionalHasElement", call -> {
            boolean present = call.has(0) && !(call.value(0) instanceof OnnxOptional o && !o.isPresent());
            return OnnxTensor.of(Tensor.scalar(present ? 1 : 0, DType.BOOL));
        });
        Operators.add("OptionalGetElement", call -> {
            if (!(call.value(0) instanceof OnnxOptional optional)) {
                return call.value(0);
            }
            if (!optional.isPresent()) {
                throw new IllegalArgumentException("the optional value is absent");
            }
            return optional.value();
        });
    }

    private static List<OnnxValue> values(Call call, int input) {
        if (call.value(input) instanceof OnnxSequence sequence) {
            return sequence.values();
        }
        throw new IllegalArgumentException(
                "input " + input + " must be a sequence, got " + call.value(input).typeName());
    }

    private static int position(Call call, int input, int size) {
        return position(call, input, size, size);
    }

    /** Returns a position below the bound; negative ones count back from the end. */
    private static int position(Call call, int input, int bound, int end) {
        long position = call.integerOf(input);
        long at = position < 0 ? position + end : position;
        if (at < 0 || at >= bound) {
            throw new IllegalArgumentException(
                    "position " + position + " is out of range for a sequence of " + end + " elements");
        }
        return (int) at;
    }

    /** One piece for each entry by default, whose axis goes unless it is to be kept. */
    private static OnnxValue split(Call call) {
        OnnxTensor x = call.tensor(0);
        int axis = Numbers.axis(call.integer("axis", 0), x.rank());
        long size = x.size(axis);
        if (!call.has(1)) {
            long[] ones = new long[(int) size];
            Arrays.fill(ones, 1);
            List<OnnxValue> pieces = Shapes.pieces(x, axis, ones);
            return new OnnxSequence(call.flag("keepdims", true) ? pieces
                    : pieces.stream().<OnnxValue>map(p -> ((OnnxTensor) p).move(t -> t.squeeze(axis))).toList());
        }
        long[] lengths = call.integersOf(1);
        if (call.tensor(1).rank() == 0) {
            long each = lengths[0];
            if (each < 1) {
                throw new IllegalArgumentException("pieces of " + each + " elements");
            }
            lengths = new long[(int) Math.ceilDiv(size, each)];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = Math.min(each, size - i * each);
            }
        }
        return new OnnxSequence(Shapes.pieces(x, axis, lengths));
    }

    /** Runs a graph for each element; further inputs that are sequences go along, others are the same for all. */
    private static List<OnnxValue> map(Call call) {
        Graph body = call.graph("body");
        List<List<OnnxValue>> results = new ArrayList<>();
        body.outputs().forEach(_ -> results.add(new ArrayList<>()));
        for (int i = 0; i < values(call, 0).size(); i++) {
            List<OnnxValue> arguments = new ArrayList<>();
            for (int input = 0; input < call.inputs(); input++) {
                arguments.add(call.value(input) instanceof OnnxSequence sequence ? sequence.values().get(i)
                        : call.value(input));
            }
            List<OnnxValue> out = call.run(body, arguments);
            for (int j = 0; j < results.size(); j++) {
                results.get(j).add(out.get(j));
            }
        }
        return results.stream().<OnnxValue>map(OnnxSequence::new).toList();
    }
}
