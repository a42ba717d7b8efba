package org.jacobi.autograd.graph;

import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

import org.jacobi.autograd.BackwardWalk;
import org.jacobi.autograd.Batch;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;

/**
 * How a value was computed, as a picture: its ops, the leaves and constants they started from, and what each op saved.
 *
 * <pre>{@code
 * Files.writeString(Path.of("loss.svg"), Graph.of(loss, model.namedParameters()).toSvg());
 * }</pre>
 *
 * <p>A graph is read off when it is made, and can be drawn after a backward has released it. Values flow downwards; an op's
 * box has its name, the shapes of its results, its constants, and the shapes of what it saved.
 */
public final class Graph {
    /** An arrow between two boxes, by their positions. */
    record Edge(int from, int to) {
    }

    private final List<GraphNode> nodes = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();

    private Graph(Variable root, Map<String, ? extends Variable> names) {
        Map<Variable, String> nameOf = new IdentityHashMap<>();
        names.forEach((name, variable) -> nameOf.putIfAbsent(variable, name));
        Map<Object, Integer> positions = new IdentityHashMap<>();
        Map<GradFn, SequencedMap<Integer, Shape>> results = new IdentityHashMap<>();
        List<GradFn> order = discover(root, results);
        for (GradFn node : order) {
            positions.put(node, nodes.size());
            nodes.add(operation(node, node == root.gradFn(), results.get(node)));
        }
        if (order.isEmpty()) {
            nodes.add(variable(root, nameOf.get(root)));
        }
        for (GradFn node : order) {
            for (Variable input : node.inputs()) {
                if (input != null && !isNumber(input)) {
                    Object key = input.gradFn() == null ? input : input.gradFn();
                    Integer from = positions.get(key);
                    if (from == null) {
                        from = nodes.size();
                        positions.put(key, from);
                        nodes.add(variable(input, nameOf.get(input)));
                    }
                    edges.add(new Edge(from, positions.get(node)));
                }
            }
        }
    }

    /** Reads the graph of a variable. */
    public static Graph of(Variable root) {
        return of(root, Map.of());
    }

    /**
     * Reads the graph of a variable whose leaves have names.
     *
     * @param names such as a model's namedParameters()
     */
    public static Graph of(Variable root, Map<String, ? extends Variable> names) {
        return new Graph(root, names);
    }

    /** Returns the graph in Graphviz's language. */
    public String toDot() {
        return GraphText.dot(this);
    }

    /** Returns the graph as a Mermaid flowchart, which GitHub and others show in Markdown between lines of three backticks. */
    public String toMermaid() {
        return GraphText.mermaid(this);
    }

    /** Returns the graph as an SVG picture, readable on a light and on a dark ground. */
    public String toSvg() {
        return new GraphSvg(this, null).toString();
    }

    /** Returns the graph as an SVG picture in which what a walk has done, what it does and what is to come are told apart. */
    public String toSvg(BackwardWalk walk) {
        return new GraphSvg(this, walk).toString();
    }

    List<GraphNode> nodes() {
        return nodes;
    }

    List<Edge> edges() {
        return edges;
    }

    // ---- reading it off ------------------------------------------------------------------------------------------------

    /** Returns all nodes, and the shapes of those results of each that are used. */
    private static List<GradFn> discover(Variable root, Map<GradFn, SequencedMap<Integer, Shape>> results) {
        List<GradFn> order = new ArrayList<>();
        ArrayDeque<Variable> stack = new ArrayDeque<>();
        stack.push(root);
        while (!stack.isEmpty()) {
            Variable variable = stack.pop();
            GradFn node = variable.gradFn();
            if (node == null) {
                continue;
            }
            SequencedMap<Integer, Shape> known = results.get(node);
            if (known == null) {
                known = new TreeMap<>();
                results.put(node, known);
                order.add(node);
                for (Variable input : node.inputs()) {
                    if (input != null) {
                        stack.push(input);
                    }
                }
            }
            known.put(variable.outputIndex(), variable.shape());
        }
        return order;
    }

    private static GraphNode operation(GradFn node, boolean isRoot, SequencedMap<Integer, Shape> results) {
        List<String> details = new ArrayList<>();
        details.add(String.join(", ", results.values().stream().map(Graph::text).distinct().toList())
                + (results.size() > 1 ? " × " + results.size() : ""));
        String constants = constants(node);
        if (!constants.isEmpty()) {
            details.add(constants);
        }
        String saved = saved(node);
        if (!saved.isEmpty()) {
            details.add("saved " + saved);
        }
        return new GraphNode(node, isRoot ? GraphNode.Kind.RESULT : GraphNode.Kind.OPERATION, node.name(), details,
                node.source() + (node.formula().isEmpty() ? "" : ": " + node.formula()));
    }

    private static GraphNode variable(Variable variable, String name) {
        GraphNode.Kind kind = name != null ? GraphNode.Kind.PARAMETER
                : variable.requiresGrad() ? GraphNode.Kind.LEAF : GraphNode.Kind.CONSTANT;
        String title = name != null ? name : variable.requiresGrad() ? "leaf" : "constant";
        return new GraphNode(variable, kind, title, List.of(variable.dtype() + " " + text(variable.shape())),
                title + " " + variable.dtype() + variable.shape() + ", made by " + Batch.value(variable).origin());
    }

    /** Returns whether an input is a constant number, which is shown inside the op's box. */
    private static boolean isNumber(Variable input) {
        return input.gradFn() == null && !input.requiresGrad() && input.rank() == 0
                && Batch.lead(input) == 0;
    }

    /** Returns the op's numbers: those among its inputs, and the components of its record beside inputs and saved values. */
    private static String constants(GradFn node) {
        List<String> texts = new ArrayList<>();
        for (Variable input : node.inputs()) {
            if (input != null && isNumber(input) && !Batch.value(input).isReleased()) {
                texts.add(number(input.item()));
            }
        }
        RecordComponent[] components = node.getClass().getRecordComponents();
        for (int i = 0; components != null && i < components.length; i++) {
            RecordComponent component = components[i];
            if (!List.of("inputs", "saved").contains(component.getName()) && component.getAccessor().canAccess(node)) {
                try {
                    constant(component.getName(), component.getAccessor().invoke(node), texts);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("Graph: " + node.name() + "." + component.getName() + "() failed",
                            e);
                }
            }
        }
        return String.join(", ", texts);
    }

    private static void constant(String name, Object value, List<String> texts) {
        switch (value) {
            case Double number -> texts.add(name + " " + number(number));
            case Number number -> texts.add(name + " " + number);
            case Boolean flag -> texts.add(name + " " + flag);
            case Shape shape -> texts.add(name + " " + shape);
            case int[] numbers -> texts.add(name + " " + Arrays.toString(numbers));
            case long[] numbers -> texts.add(name + " " + Arrays.toString(numbers));
            case null, default -> {
                // Functions, and records of kernels' settings, say nothing in a few letters.
            }
        }
    }

    private static String text(Shape shape) {
        return shape.rank() == 0 ? "scalar" : shape.toString();
    }

    private static String number(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e9 ? Long.toString((long) number)
                : Float.toString((float) number).replace("E", "e");
    }

    private static String saved(GradFn node) {
        if (node.saved().isReleased()) {
            return "(released)";
        }
        SequencedMap<String, Integer> counts = new LinkedHashMap<>();
        for (Variable saved : node.saved().values()) {
            if (saved != null) {
                counts.merge(text(saved.shape()), 1, Integer::sum);
            }
        }
        return String.join(" ", counts.entrySet().stream()
                .map(entry -> entry.getValue() == 1 ? entry.getKey() : entry.getValue() + "×" + entry.getKey())
                .toList());
    }
}
