package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** Several axes merged into one; all but the first unless said otherwise. */
public final class Flatten extends Layer {
    private final int start;
    private final int end;

    /** Merges all axes but the first. */
    public Flatten() {
        this(1, -1);
    }

    /** Merges the axes from start to end, both included; negative ones count from the last. */
    public Flatten(int start, int end) {
        this.start = start;
        this.end = end;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.flatten(start, end);
    }
}
