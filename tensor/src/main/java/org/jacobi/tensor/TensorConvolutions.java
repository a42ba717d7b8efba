package org.jacobi.tensor;

import java.lang.ref.Reference;

/** The convolutions of tensors; {@link ComposedConvolutions} has those over one, two and three axes. */
public sealed interface TensorConvolutions extends ComposedConvolutions<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /**
     * Returns the convolution of this (N, C, ...) with a weight (K, C / groups, ...) over all axes after the second, or the
     * transposed one with a weight (C, K / groups, ...), plus a bias (K) if it is not null: torch.convolution. Integers wrap
     * around.
     */
    @Override
    default Tensor convolution(Tensor weight, Tensor bias, ConvOptions options, boolean transposed) {
        ConvGeometry geometry = ConvGeometry.ofZeroPadded(self(), weight, bias, options, transposed);
        if (dtype().isHalf()) {
            return Products.only(() -> self().to(DType.F32).convolution(weight.to(DType.F32),
                    bias == null ? null : bias.to(DType.F32), options, transposed).to(dtype()));
        }
        Device.same("convolution", self(), weight, bias);
        Tensor out = Tensor.make("convolution", self().device(), dtype(), geometry.output());
        if (transposed) {
            out.backend().convolutionTranspose(out, self(), weight, bias, geometry.how());
        } else {
            out.backend().convolution(out, self(), weight, bias, geometry.how());
        }
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(weight);
        Reference.reachabilityFence(bias);
        return out;
    }
}
