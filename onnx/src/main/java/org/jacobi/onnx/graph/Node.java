package org.jacobi.onnx.graph;

import java.util.List;
import java.util.Map;

/**
 * An operator at work in a graph.
 *
 * @param domain whose operator it is; "" for ONNX's own
 * @param inputs names of values; "" for an optional input that is absent
 * @param outputs names for the results; "" for one that nobody wants
 */
public record Node(String name, String domain, String op, String overload, List<String> inputs, List<String> outputs,
        Map<String, Attribute> attributes) {
    /** Returns the node in words, for messages. */
    public String describe() {
        return "node '" + (name.isEmpty() && !outputs.isEmpty() ? outputs.getFirst() : name) + "' (" + op
                + (domain.isEmpty() ? "" : " of " + domain) + ")";
    }
}
