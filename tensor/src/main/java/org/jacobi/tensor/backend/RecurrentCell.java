package org.jacobi.tensor.backend;

/**
 * What a recurrent network does at a time step, from the input's part x of its gates and that of the state before,
 * z = h W^T + b.
 */
public enum RecurrentCell {
    /** h = tanh(x + z) (Elman, 1990). */
    TANH(1),
    /** h = relu(x + z). */
    RELU(1),
    /**
     * c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c), where i, f, g, o are the quarters of x + z (Hochreiter and
     * Schmidhuber, 1997; Gers, Schmidhuber and Cummins, 2000).
     */
    LSTM(4),
    /**
     * h = (1 - u) tanh(x_n + sigmoid(x_r + z_r) z_n) + u h with u = sigmoid(x_u + z_u), where r, u, n are the thirds of x and z
     * (Cho et al., 2014, with the reset after the product).
     */
    GRU(3);

    private final int gates;

    RecurrentCell(int gates) {
        this.gates = gates;
    }

    /** Returns how many rows of the weight each unit has. */
    public int gates() {
        return gates;
    }
}
