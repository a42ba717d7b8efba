package org.jacobi.autograd;

import org.jacobi.autograd.ops.Convolution;
import org.jacobi.tensor.ComposedConvolutions;
import org.jacobi.tensor.ConvOptions;

/** The differentiable convolutions; {@link ComposedConvolutions} has those over one, two and three axes. */
public sealed interface VariableConvolutions extends ComposedConvolutions<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /**
     * Returns the convolution of this (N, C, …) with a weight (K, C / groups, …) over all axes after the second, or the
     * transposed one with a weight (C, K / groups, …), plus a bias (K) if it is not null: torch.convolution.
     */
    @Override
    default Variable convolution(Variable weight, Variable bias, ConvOptions options, boolean transposed) {
        return Convolution.apply(convolved(self()), convolved(weight), convolved(bias), options, transposed);
    }

    @Override
    default Variable convolved(Variable operand) {
        return Autocast.cast("convolution", operand);
    }
}
