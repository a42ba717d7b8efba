package org.jacobi.onnx.graph;

/**
 * A constant that belongs to a node.
 *
 * @param value a Float, Long, String, OnnxTensor, Graph, ValueType, float[] or long[], or a List of the others;
 *        null where reference is set
 * @param reference inside a function, the attribute of the calling node whose value this one takes; else null
 */
public record Attribute(String name, Object value, String reference) {
}
