package org.jacobi.onnx;

import java.util.function.Consumer;

import org.jacobi.tensor.Tensor;

/** What flows along a graph's edges: a tensor, a sequence, or an optional value. */
public sealed interface OnnxValue permits OnnxTensor, OnnxSequence, OnnxOptional {
    /** Calls the action for every {@link Tensor} inside, so that their owner can be changed. */
    void forEachTensor(Consumer<Tensor> action);

    /** Returns the same value through handles of its own, which can be released apart from these. */
    OnnxValue alias();

    /** Returns the type in words, for messages: {@code tensor(float)}, {@code seq(tensor(int64))}. */
    String typeName();
}
