package org.jacobi.onnx.graph;

import java.util.List;
import java.util.Map;

/**
 * An operator that the model defines itself, by nodes.
 *
 * @param defaults attributes that have a value when the calling node gives none
 * @param opsets versions of the operator sets that the nodes are written for
 */
public record FunctionBody(String name, List<String> inputs, List<String> outputs, List<Node> nodes,
        Map<String, Attribute> defaults, Map<String, Long> opsets) {
}
