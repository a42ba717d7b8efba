package org.jacobi.tensor;

/** Pooling and interpolation of a tensor: the kernels that {@link ComposedPooling} is made of. */
public sealed interface TensorPooling extends ComposedPooling<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    @Override
    default Tensor resample(Taps... taps) {
        return Pooling.resample(self(), taps);
    }

    @Override
    default Tensor maxPool(Taps... windows) {
        return Pooling.maxPool(self(), false, windows).values();
    }

    @Override
    default Located<Tensor> maxPoolWithIndices(Taps... windows) {
        return Pooling.maxPool(self(), true, windows);
    }
}
