package org.jacobi.layers.data;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * A value made of tensors, such as an example or a batch: what passes from one thread to another as a whole.
 *
 * @param <B> the type itself
 */
public interface TensorBundle<B extends TensorBundle<B>> {
    /** Returns the same value with each of its tensors replaced by what the function makes of it. */
    B mapTensors(UnaryOperator<Tensor> function);

    /**
     * Hands every tensor off, once each: {@link Tensor#handOff}.
     *
     * <p>If one cannot be handed off, those that were are released.
     */
    default B handOff() {
        List<Tensor> passed = new ArrayList<>();
        try {
            return eachOnce(tensor -> {
                Tensor handed = tensor.handOff();
                passed.add(handed);
                return handed;
            });
        } catch (RuntimeException e) {
            passed.forEach(Tensor::release);
            throw e;
        }
    }

    /** Takes every tensor over into this thread's innermost scope, once each: {@link Tensor#adopt}. */
    default B adopt() {
        return eachOnce(Tensor::adopt);
    }

    /** Returns the same value with each of its tensors on a device: {@link Tensor#to(Device)}. */
    default B to(Device device) {
        return eachOnce(tensor -> tensor.to(device));
    }

    /** Gives every tensor up now. */
    default void release() {
        mapTensors(tensor -> {
            tensor.release();
            return tensor;
        });
    }

    private B eachOnce(UnaryOperator<Tensor> function) {
        Map<Tensor, Tensor> done = new IdentityHashMap<>();
        return mapTensors(tensor -> tensor == null ? null : done.computeIfAbsent(tensor, function));
    }
}
