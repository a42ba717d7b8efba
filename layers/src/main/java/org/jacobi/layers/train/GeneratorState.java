package org.jacobi.layers.train;

import org.jacobi.tensor.Generator;

/** A random generator's whole state, as checkpoints hold it. */
public record GeneratorState(long seed, long calls) {
    /** Returns the state that a generator has now. */
    public static GeneratorState of(Generator generator) {
        return new GeneratorState(generator.seed(), generator.calls());
    }

    /** Puts a generator into this state. */
    public void restore(Generator generator) {
        generator.restore(seed, calls);
    }
}
