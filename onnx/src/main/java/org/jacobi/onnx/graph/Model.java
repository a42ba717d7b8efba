package org.jacobi.onnx.graph;

import java.nio.file.Path;
import java.util.Map;

/**
 * A file.
 *
 * @param opsets version of the operator set by domain, "" for ONNX's own
 * @param functions by {@link #key}
 */
public record Model(Path file, Map<String, Long> opsets, Graph graph, Map<String, FunctionBody> functions) {
    /** Returns what a function is found by. */
    public static String key(String domain, String name, String overload) {
        return domain + "\0" + name + "\0" + overload;
    }
}
