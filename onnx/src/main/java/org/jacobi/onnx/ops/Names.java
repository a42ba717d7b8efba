package org.jacobi.onnx.ops;

import java.util.HashMap;
import java.util.Map;

import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.Tensor;

/** The values that nodes of a graph can name; those of a subgraph see the graph's around it. */
final class Names {
    private final Names outer;
    private final Map<String, OnnxValue> values = new HashMap<>();

    /** @param outer null for a graph or function that nothing is around */
    Names(Names outer) {
        this.outer = outer;
    }

    /** @param value null for what is optional and absent */
    void put(String name, OnnxValue value) {
        values.put(name, value);
    }

    /** Frees a value of this graph, if it is there; its handles must be its own. */
    void release(String name) {
        OnnxValue value = values.remove(name);
        if (value != null) {
            value.forEachTensor(Tensor::release);
        }
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

    /** Returns whether a name stands for something optional that is absent. */
    boolean isAbsent(String name) {
        for (Names names = this; names != null; names = names.outer) {
            if (names.values.containsKey(name)) {
                return names.values.get(name) == null;
            }
        }
        return false;
    }
}
