package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jacobi.onnx.graph.Attribute;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.onnx.graph.Node;

/**
 * When the values of a graph are used for the last time.
 *
 * @param dead for each node, the names of results that nobody needs once it was run
 */
record Lifetimes(List<List<String>> dead) {
    /** Finds the last uses among nodes that are run in order, the graphs inside them included. */
    static Lifetimes of(List<Node> nodes, List<String> outputs) {
        Set<String> made = new HashSet<>();
        nodes.forEach(node -> made.addAll(node.outputs()));
        made.remove("");
        Set<String> needed = new HashSet<>(outputs);
        List<List<String>> dead = new ArrayList<>();
        for (Node node : nodes.reversed()) {
            Set<String> touched = new HashSet<>(node.outputs());
            addUses(node, touched);
            touched.retainAll(made);
            touched.removeAll(needed);
            needed.addAll(touched);
            dead.add(List.copyOf(touched));
        }
        return new Lifetimes(dead.reversed());
    }

    private static void addUses(Node node, Set<String> uses) {
        uses.addAll(node.inputs());
        for (Attribute attribute : node.attributes().values()) {
            if (attribute.value() instanceof Graph graph) {
                graph.outputs().forEach(output -> uses.add(output.name()));
                graph.nodes().forEach(inner -> addUses(inner, uses));
            }
        }
    }
}
