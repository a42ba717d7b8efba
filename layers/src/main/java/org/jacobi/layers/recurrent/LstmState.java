package org.jacobi.layers.recurrent;

import org.jacobi.autograd.Variable;

/** The state of an LSTM between two time steps: h, which is its output, and the cell state c. */
public record LstmState(Variable h, Variable c) {
    /** Returns the same numbers as constants: where truncated back-propagation through time stops. */
    public LstmState detach() {
        return new LstmState(h.detach(), c.detach());
    }

    /** Hands both to the parent of the innermost memory scope, past the end of the step. */
    public LstmState keep() {
        h.keep();
        c.keep();
        return this;
    }
}
