package org.jacobi.onnx.graph;

/** The name and declared type of a graph's input or output. */
public record ValueInfo(String name, ValueType type) {
}
