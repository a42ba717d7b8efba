package org.jacobi.onnx.graph;

import java.util.List;
import java.util.Map;

import org.jacobi.onnx.OnnxTensor;

/**
 * Nodes in an order in which each can be run after those before it.
 *
 * @param initializers constants by name: weights, and defaults of inputs
 */
public record Graph(String name, List<Node> nodes, Map<String, OnnxTensor> initializers, List<ValueInfo> inputs,
        List<ValueInfo> outputs) {
}
