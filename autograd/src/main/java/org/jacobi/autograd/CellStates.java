package org.jacobi.autograd;

/** What an LSTM gives: its states and its cell states, each (N, H), after each row of the time steps. */
public record CellStates(Variable output, Variable cells) {
}
