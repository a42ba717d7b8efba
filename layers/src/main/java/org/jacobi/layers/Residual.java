package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * A layer and a way around it (He et al., 2016): y = body(x) + x, or body(x) + shortcut(x) where shapes change. Its parts are
 * named {@code body} and {@code shortcut}.
 */
public final class Residual extends Layer {
    private final Layer body;
    private final Layer shortcut;

    /** Adds the input to what a layer makes of it. */
    public Residual(Layer body) {
        this(body, null);
    }

    /** Adds what two layers make of the input; a shortcut of null passes it on. */
    public Residual(Layer body, Layer shortcut) {
        this.body = add("body", body);
        this.shortcut = shortcut == null ? null : add("shortcut", shortcut);
    }

    @Override
    protected Variable compute(Variable x) {
        Variable y = body.forward(x);
        Variable around = shortcut == null ? x : shortcut.forward(x);
        if (!y.shape().equals(around.shape())) {
            throw new IllegalArgumentException("Residual: the body gives shape " + y.shape() + ", the way around it "
                    + around.shape() + "; give a shortcut that changes the shape alike");
        }
        return y.add(around);
    }
}
