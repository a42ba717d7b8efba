package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.onnx.graph.Attribute;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.onnx.graph.Node;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** A node that is being run: its inputs, its attributes and the version of its operator set. */
final class Call {
    private final Node node;
    private final long version;
    private final Map<String, Attribute> attributes;
    private final List<OnnxValue> inputs;
    private final Names names;
    private final Runner.Frame frame;
    private final Runner runner;

    Call(Node node, long version, Map<String, Attribute> attributes, List<OnnxValue> inputs, Names names,
            Runner.Frame frame, Runner runner) {
        this.node = node;
        this.version = version;
        this.attributes = attributes;
        this.inputs = inputs;
        this.names = names;
        this.frame = frame;
        this.runner = runner;
    }

    /** Returns the version of the operator set. */
    long version() {
        return version;
    }

    // ---- inputs and outputs ----------------------------------------------------------------------------------------

    /** Returns the number of inputs, those left out in between included. */
    int inputs() {
        return inputs.size();
    }

    /** Returns the number of outputs that are named, those left out in between included. */
    int outputs() {
        return node.outputs().size();
    }

    /** Returns whether an output is wanted. */
    boolean wants(int output) {
        return output < node.outputs().size() && !node.outputs().get(output).isEmpty();
    }

    /** Returns whether an input is there. */
    boolean has(int input) {
        return input < inputs.size() && inputs.get(input) != null;
    }

    /** Returns an input that must be there. */
    OnnxValue value(int input) {
        if (!has(input)) {
            throw new IllegalArgumentException("input " + input + " is missing");
        }
        return inputs.get(input);
    }

    /** Returns an input that must be there, and be a tensor. */
    OnnxTensor tensor(int input) {
        return tensor(value(input), "input " + input);
    }

    /** Returns an input that must be a tensor, or null if it is absent. */
    OnnxTensor optional(int input) {
        return has(input) ? tensor(input) : null;
    }

    /** Returns all inputs, which must be tensors. */
    List<OnnxTensor> tensors() {
        List<OnnxTensor> all = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            all.add(tensor(i));
        }
        return all;
    }

    static OnnxTensor tensor(OnnxValue value, String what) {
        if (value instanceof OnnxTensor tensor) {
            return tensor;
        }
        throw new IllegalArgumentException(
                what + " must be a tensor, got " + (value == null ? "nothing" : value.typeName()));
    }

    /** Returns the numbers of an input in the type that is computed in: 16-bit floating point and smaller as f32. */
    Tensor numbers(int input) {
        return Numbers.wide(tensor(input));
    }

    /** Returns the integers of an input. */
    long[] integersOf(int input) {
        return Numbers.longs(tensor(input));
    }

    /** Returns the only integer of an input. */
    long integerOf(int input) {
        long[] all = integersOf(input);
        if (all.length != 1) {
            throw new IllegalArgumentException("input " + input + " must have one element, got " + all.length);
        }
        return all[0];
    }

    /** Returns the only number of an input, or another one if it is absent. */
    double realOf(int input, double otherwise) {
        if (!has(input)) {
            return otherwise;
        }
        return tensor(input).data().reshape(1).to(DType.F64).item();
    }

    /** Returns a result of the type of the first input, rounded or wrapped around to it. */
    OnnxTensor likeFirst(Tensor result) {
        return Numbers.narrow(tensor(0).type(), result);
    }

    // ---- attributes ------------------------------------------------------------------------------------------------

    boolean hasAttribute(String name) {
        return attributes.containsKey(name);
    }

    private <T> T attribute(String name, Class<T> type, T otherwise) {
        Attribute attribute = attributes.get(name);
        if (attribute == null) {
            return otherwise;
        }
        if (!type.isInstance(attribute.value())) {
            throw new IllegalArgumentException("attribute '" + name + "' must be " + type.getSimpleName() + ", got "
                    + attribute.value().getClass().getSimpleName());
        }
        return type.cast(attribute.value());
    }

    private <T> T required(String name, T value) {
        if (value == null) {
            throw new IllegalArgumentException("attribute '" + name + "' is missing");
        }
        return value;
    }

    long integer(String name, long otherwise) {
        return attribute(name, Long.class, otherwise);
    }

    long integer(String name) {
        return required(name, attribute(name, Long.class, null));
    }

    boolean flag(String name, boolean otherwise) {
        return integer(name, otherwise ? 1 : 0) != 0;
    }

    float real(String name, double otherwise) {
        return attribute(name, Float.class, (float) otherwise);
    }

    String text(String name, String otherwise) {
        return attribute(name, String.class, otherwise);
    }

    String text(String name) {
        return required(name, attribute(name, String.class, null));
    }

    /** Returns a list of integers, or null if it is not there. */
    long[] integers(String name) {
        return attribute(name, long[].class, null);
    }

    /** Returns a list of numbers, or null if it is not there. */
    float[] reals(String name) {
        return attribute(name, float[].class, null);
    }

    /** Returns a list of strings, or null if it is not there. */
    List<String> texts(String name) {
        List<?> list = attribute(name, List.class, null);
        return list == null ? null : list.stream().map(String.class::cast).toList();
    }

    /** Returns a tensor, or null if it is not there. */
    OnnxTensor tensorAttribute(String name) {
        return attribute(name, OnnxTensor.class, null);
    }

    /** Returns an element type given by its number; 0 stands for none. */
    ElementType elementType(String name, ElementType otherwise) {
        long code = integer(name, 0);
        return code == 0 ? otherwise : ElementType.of(code);
    }

    Graph graph(String name) {
        return required(name, attribute(name, Graph.class, null));
    }

    // ---- subgraphs -------------------------------------------------------------------------------------------------

    /** Runs a graph that is an attribute; its nodes see the values around this node. */
    List<OnnxValue> run(Graph graph, List<? extends OnnxValue> arguments) {
        return runner.run(graph, arguments, names, frame);
    }
}
