package org.jacobi.layers;

import java.util.List;

import org.jacobi.autograd.Variable;

/** Layers one after the other, named 0, 1, 2 …: each takes the output of the one before. */
public final class Sequential extends Layer {
    private final List<Layer> chain;

    /** Chains the given layers. */
    public Sequential(Layer... layers) {
        chain = List.of(layers);
        for (int i = 0; i < layers.length; i++) {
            add(Integer.toString(i), layers[i]);
        }
    }

    /** Returns the number of layers. */
    public int size() {
        return chain.size();
    }

    /** Returns one of the layers, counted from 0. */
    public Layer get(int position) {
        return chain.get(position);
    }

    @Override
    protected Variable compute(Variable x) {
        Variable out = x;
        for (Layer layer : chain) {
            out = layer.forward(out);
        }
        return out;
    }
}
