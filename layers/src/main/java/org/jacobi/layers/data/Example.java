package org.jacobi.layers.data;

import java.util.function.UnaryOperator;

import org.jacobi.tensor.Tensor;

/**
 * An input and what is to be predicted from it: one example of supervised learning, without a batch axis.
 *
 * @param input  such as an image (C, H, W) or a row of features (F)
 * @param target such as a class number (a scalar, i64), a value or a mask
 */
public record Example(Tensor input, Tensor target) implements TensorBundle<Example> {
    @Override
    public Example mapTensors(UnaryOperator<Tensor> function) {
        return new Example(function.apply(input), function.apply(target));
    }
}
