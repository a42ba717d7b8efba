package org.jacobi.onnx;

import java.util.List;
import java.util.function.Consumer;

import org.jacobi.tensor.Tensor;

/** An ordered list of values of one kind. */
public record OnnxSequence(List<OnnxValue> values) implements OnnxValue {
    public OnnxSequence {
        values = List.copyOf(values);
    }

    @Override
    public void forEachTensor(Consumer<Tensor> action) {
        values.forEach(value -> value.forEachTensor(action));
    }

    @Override
    public OnnxSequence alias() {
        return new OnnxSequence(values.stream().map(OnnxValue::alias).toList());
    }

    @Override
    public String typeName() {
        return "seq(" + (values.isEmpty() ? "" : values.getFirst().typeName()) + ")";
    }
}
