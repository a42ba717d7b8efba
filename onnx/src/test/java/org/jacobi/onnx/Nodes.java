package org.jacobi.onnx;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.onnx.graph.Attribute;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.onnx.graph.Model;
import org.jacobi.onnx.graph.Node;
import org.jacobi.onnx.graph.ValueInfo;
import org.jacobi.onnx.graph.ValueType;
import org.jacobi.onnx.ops.Runner;
import org.jacobi.tensor.Tensor;

/** Single operators for tests: a graph of one node, made without a file. */
final class Nodes {
    private Nodes() {
    }

    /**
     * Runs an operator of ONNX's own domain.
     *
     * @param attributes names and values in turn
     * @param inputs null for one that is absent
     */
    static List<OnnxValue> run(String op, long version, List<?> attributes, OnnxValue... inputs) {
        List<String> names = new ArrayList<>();
        Map<String, OnnxValue> given = new HashMap<>();
        for (int i = 0; i < inputs.length; i++) {
            names.add(inputs[i] == null ? "" : "in" + i);
            if (inputs[i] != null) {
                given.put("in" + i, inputs[i]);
            }
        }
        int outputs = outputs(op);
        List<String> results = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            results.add("out" + i);
        }
        Node node = node(op, attributes, names, results);
        Graph graph = new Graph("test", List.of(node), Map.of(), infos(given.keySet()), infos(results));
        return new Runner(new Model(Path.of("test.onnx"), Map.of("", version, "ai.onnx.ml", 5L), graph, Map.of()))
                .run(given);
    }

    private static int outputs(String op) {
        return switch (op) {
            case "MaxPool", "TopK", "StringSplit", "GRU", "RNN", "Scan", "Loop" -> 2;
            case "LSTM" -> 3;
            case "Unique" -> 4;
            default -> 1;
        };
    }

    static Node node(String op, List<?> attributes, List<String> inputs, List<String> outputs) {
        Map<String, Attribute> map = new HashMap<>();
        for (int i = 0; i < attributes.size(); i += 2) {
            String name = (String) attributes.get(i);
            Object value = attributes.get(i + 1);
            map.put(name, new Attribute(name, value instanceof Integer n ? Long.valueOf(n) : value, null));
        }
        String domain = op.equals("LabelEncoder") || op.equals("TreeEnsemble") ? "ai.onnx.ml" : "";
        return new Node("", domain, op, "", inputs, outputs, map);
    }

    static List<ValueInfo> infos(Iterable<String> names) {
        List<ValueInfo> infos = new ArrayList<>();
        names.forEach(name -> infos.add(new ValueInfo(name, new ValueType.Other("undeclared"))));
        return infos;
    }

    /** Runs an operator whose first output is a tensor, and returns that. */
    static OnnxTensor one(String op, long version, List<?> attributes, OnnxValue... inputs) {
        return (OnnxTensor) run(op, version, attributes, inputs).getFirst();
    }

    static OnnxTensor floats(long[] sizes, double... values) {
        float[] data = new float[values.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) values[i];
        }
        return OnnxTensor.of(Tensor.of(data).reshape(sizes));
    }

    static OnnxTensor floats(double... values) {
        return floats(new long[] {values.length}, values);
    }

    static OnnxTensor longs(long... values) {
        return OnnxTensor.of(Tensor.of(values));
    }

    /** Returns integers of any type, given as its values; those of uint64 as bits. */
    static OnnxTensor integers(ElementType type, long... values) {
        return OnnxTensor.of(type, Tensor.of(values).to(type.storage()));
    }

    static OnnxTensor strings(String... values) {
        return OnnxTensor.ofStrings(values);
    }

    static long[] sizes(OnnxTensor x) {
        return x.shape().toArray();
    }

    static String text(OnnxTensor x) {
        return x.type() + Arrays.toString(sizes(x)) + (x.type() == ElementType.STRING ? Arrays.toString(x.strings())
                : x.type().isFloating() ? Arrays.toString(x.data().toFloatArray())
                        : Arrays.toString(x.data().toLongArray()));
    }
}
