package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jacobi.onnx.OnnxException;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.onnx.graph.Attribute;
import org.jacobi.onnx.graph.FunctionBody;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.onnx.graph.Model;
import org.jacobi.onnx.graph.Node;
import org.jacobi.onnx.graph.ValueInfo;
import org.jacobi.tensor.TensorScope;

/** Runs the nodes of a model's graph one after the other. */
public final class Runner {
    /** Functions that call each other deeper than this call themselves, which ONNX forbids. */
    private static final int MAX_DEPTH = 100;

    /** What nodes see: the operator sets they are written for, and the attributes of the function they stand in. */
    record Frame(Map<String, Long> opsets, Map<String, Attribute> attributes, int depth) {
    }

    private final Model model;
    /** By the list itself, not by what is in it. */
    private final Map<List<Node>, Lifetimes> known = new IdentityHashMap<>();

    public Runner(Model model) {
        this.model = model;
    }

    /** Runs the model's graph and returns its outputs. */
    public List<OnnxValue> run(Map<String, ? extends OnnxValue> inputs) {
        Names names = new Names(null);
        try (TensorScope scope = TensorScope.open()) {
            model.graph().initializers().forEach(names::put);
            inputs.forEach(names::put);
            for (ValueInfo input : model.graph().inputs()) {
                if (names.get(input.name()) == null) {
                    throw new OnnxException(model.file() + ": input '" + input.name() + "' has no value");
                }
            }
            return results(scope, model.graph(), names, new Frame(model.opsets(), Map.of(), 0));
        }
    }

    /** Runs a graph inside another one, with the given values for its inputs, and returns its outputs. */
    List<OnnxValue> run(Graph graph, List<? extends OnnxValue> inputs, Names outer, Frame frame) {
        if (inputs.size() > graph.inputs().size()) {
            throw new IllegalArgumentException(
                    "its graph has " + graph.inputs().size() + " inputs, " + inputs.size() + " are given");
        }
        Names names = new Names(outer);
        try (TensorScope scope = TensorScope.open()) {
            graph.initializers().forEach(names::put);
            for (int i = 0; i < inputs.size(); i++) {
                names.put(graph.inputs().get(i).name(), inputs.get(i));
            }
            return results(scope, graph, names, frame);
        }
    }

    private List<OnnxValue> results(TensorScope scope, Graph graph, Names names, Frame frame) {
        List<String> outputs = graph.outputs().stream().map(ValueInfo::name).toList();
        run(graph.nodes(), outputs, names, frame);
        return kept(scope, outputs(outputs, names));
    }

    /** Runs nodes in order, and frees each result after its last use. */
    private void run(List<Node> nodes, List<String> outputs, Names names, Frame frame) {
        Lifetimes lifetimes = known.computeIfAbsent(nodes, _ -> Lifetimes.of(nodes, outputs));
        for (int i = 0; i < nodes.size(); i++) {
            run(nodes.get(i), names, frame);
            lifetimes.dead().get(i).forEach(names::release);
        }
    }

    private List<OnnxValue> outputs(List<String> outputs, Names names) {
        List<OnnxValue> values = new ArrayList<>();
        for (String name : outputs) {
            OnnxValue value = names.get(name);
            if (value == null) {
                throw new OnnxException(model.file() + ": the graph's output '" + name + "' is made by no node");
            }
            values.add(value);
        }
        return values;
    }

    /** Hands values to the scope's parent, by handles of their own: an operator may return what it was given. */
    private static List<OnnxValue> kept(TensorScope scope, List<OnnxValue> values) {
        List<OnnxValue> kept = new ArrayList<>();
        for (OnnxValue value : values) {
            kept.add(value == null ? null : value.alias());
            if (value != null) {
                kept.getLast().forEachTensor(scope::keep);
            }
        }
        return kept;
    }

    private void run(Node node, Names names, Frame frame) {
        List<OnnxValue> inputs = new ArrayList<>();
        for (String name : node.inputs()) {
            OnnxValue value = name.isEmpty() ? null : names.get(name);
            if (value == null && !name.isEmpty() && !names.isAbsent(name)) {
                throw new OnnxException(model.file() + ": " + node.describe() + ": its input '" + name
                        + "' is made by no node before it");
            }
            inputs.add(value);
        }
        List<OnnxValue> results;
        try (TensorScope scope = TensorScope.open()) {
            results = kept(scope, results(node, inputs, names, frame));
        } catch (OnnxException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new OnnxException(model.file() + ": " + node.describe() + ": " + e.getMessage(), e);
        }
        for (int i = 0; i < Math.min(results.size(), node.outputs().size()); i++) {
            if (!node.outputs().get(i).isEmpty()) {
                names.put(node.outputs().get(i), results.get(i));
            }
        }
    }

    private List<OnnxValue> results(Node node, List<OnnxValue> inputs, Names names, Frame frame) {
        Map<String, Attribute> attributes = resolved(node, frame);
        FunctionBody function = model.functions().get(Model.key(node.domain(), node.op(), node.overload()));
        if (function != null) {
            return call(function, attributes, inputs, frame);
        }
        Long version = frame.opsets.get(node.domain());
        if (version == null) {
            throw new IllegalArgumentException("the model imports no operator set of domain '" + node.domain() + "'");
        }
        Operator operator = Operators.find(node.domain(), node.op(), version);
        if (operator == null) {
            throw new IllegalArgumentException("there is no such operator in Jacobi, at version " + version);
        }
        return operator.apply(new Call(node, version, attributes, inputs, names, frame, this));
    }

    /** Returns a node's attributes, those that refer to the surrounding function's replaced by their values. */
    private static Map<String, Attribute> resolved(Node node, Frame frame) {
        Map<String, Attribute> attributes = new HashMap<>();
        node.attributes().forEach((name, attribute) -> {
            if (attribute.reference() == null) {
                attributes.put(name, attribute);
            } else if (frame.attributes.containsKey(attribute.reference())) {
                attributes.put(name, new Attribute(name, frame.attributes.get(attribute.reference()).value(), null));
            }
        });
        return attributes;
    }

    private List<OnnxValue> call(FunctionBody function, Map<String, Attribute> given, List<OnnxValue> inputs,
            Frame frame) {
        if (frame.depth >= MAX_DEPTH) {
            throw new IllegalArgumentException("functions call each other more than " + MAX_DEPTH + " deep");
        }
        if (inputs.size() > function.inputs().size()) {
            throw new IllegalArgumentException("takes " + function.inputs().size() + " inputs, got " + inputs.size());
        }
        Map<String, Attribute> attributes = new HashMap<>(function.defaults());
        attributes.putAll(given);
        Names names = new Names(null);
        for (int i = 0; i < function.inputs().size(); i++) {
            names.put(function.inputs().get(i), i < inputs.size() ? inputs.get(i) : null);
        }
        Frame inner = new Frame(function.opsets(), attributes, frame.depth + 1);
        run(function.nodes(), function.outputs(), names, inner);
        return function.outputs().stream().map(names::get).toList();
    }

    /** Returns the operators that the model's nodes need and that are not there. */
    public Set<String> missing() {
        Set<String> missing = new HashSet<>();
        addMissing(model.graph().nodes(), model.opsets(), missing);
        model.functions().values().forEach(function -> addMissing(function.nodes(), function.opsets(), missing));
        return missing;
    }

    private void addMissing(List<Node> nodes, Map<String, Long> opsets, Set<String> missing) {
        for (Node node : nodes) {
            boolean defined = model.functions().containsKey(Model.key(node.domain(), node.op(), node.overload()));
            if (!defined
                    && Operators.find(node.domain(), node.op(), opsets.getOrDefault(node.domain(), 0L)) == null) {
                missing.add(node.domain().isEmpty() ? node.op() : node.domain() + "." + node.op());
            }
            for (Attribute attribute : node.attributes().values()) {
                if (attribute.value() instanceof Graph graph) {
                    addMissing(graph.nodes(), opsets, missing);
                }
            }
        }
    }
}
