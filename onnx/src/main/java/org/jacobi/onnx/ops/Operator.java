package org.jacobi.onnx.ops;

import java.util.List;

import org.jacobi.onnx.OnnxValue;

/** What a node does. */
interface Operator {
    /** Returns the outputs, in order; those that the node does not name may be left out at the end, or be null. */
    List<OnnxValue> apply(Call call);

    /** An operator with one output. */
    interface OfOne {
        OnnxValue apply(Call call);
    }
}
