package org.jacobi.onnx.ops;

import java.util.HashMap;
import java.util.Map;

import org.jacobi.onnx.OnnxValue;

/** The values that nodes of a graph can name; those of a subgraph see the graph's around it. */
final class Names {
    private final Names outer;
    private final Map<String, OnnxValue> values = new HashMap<>();

    /** @param outer null for a graph or function that nothing is around */
    Names(Names outer) {
        this.outer = outer;
    }

    void put(String name, OnnxValue value) {
        values.put(name, value);
    }

    /** Returns a value, or null if there is none. */
    OnnxValue get(String name) {
        for (Names names = this; names != null; names = names.outer) {
            OnnxValue value = names.values.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }
}
