package org.jacobi.onnx;

import java.util.function.Consumer;

import org.jacobi.tensor.Tensor;

/**
 * A value that may be absent.
 *
 * @param value null if there is none
 */
public record OnnxOptional(OnnxValue value) implements OnnxValue {
    public boolean isPresent() {
        return value != null;
    }

    @Override
    public void forEachTensor(Consumer<Tensor> action) {
        if (value != null) {
            value.forEachTensor(action);
        }
    }

    @Override
    public OnnxOptional alias() {
        return value == null ? this : new OnnxOptional(value.alias());
    }

    @Override
    public String typeName() {
        return "optional(" + (value == null ? "" : value.typeName()) + ")";
    }
}
