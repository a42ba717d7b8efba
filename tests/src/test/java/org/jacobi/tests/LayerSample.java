package org.jacobi.tests;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;

/** One of our layers and libtorch's module of the same kind: a row of {@link LayerSamples}. */
final class LayerSample {
    /** libtorch's module, whose parameters are compared with ours, and what it computes. */
    record Twin(Module module, OpSample.OnTorch forward) {
    }

    final String name;
    final Supplier<? extends Layer> ours;
    final Supplier<Twin> theirs;
    final List<Operand> inputs;
    BiFunction<Layer, Variable[], Variable> call = (layer, in) -> layer.forward(in[0]);
    boolean inTraining = true;
    double tolerance = 1e-5;

    LayerSample(String name, Supplier<? extends Layer> ours, Supplier<Twin> theirs, Operand... inputs) {
        this.name = name;
        this.ours = ours;
        this.theirs = theirs;
        this.inputs = List.of(inputs);
    }

    /** Says how our layer is called, where that is not by forward with one input. */
    LayerSample calledBy(BiFunction<Layer, Variable[], Variable> function) {
        call = function;
        return this;
    }

    /** Training draws random numbers: only evaluation is compared. */
    LayerSample evaluatedOnly() {
        inTraining = false;
        return this;
    }

    /** Allows errors of this size, absolute and relative. */
    LayerSample tolerance(double allowed) {
        tolerance = allowed;
        return this;
    }

    /** A module with parameters, and how it is called. */
    static <M extends Module> Supplier<Twin> module(Supplier<M> make, BiFunction<M, Tensor, Tensor> forward) {
        return () -> {
            M module = make.get();
            return new Twin(module, in -> forward.apply(module, in[0]));
        };
    }

    /** A function, which has no parameters. */
    static Supplier<Twin> function(OpSample.OnTorch forward) {
        return () -> new Twin(new Module("function"), forward);
    }

    @Override
    public String toString() {
        return name;
    }
}
