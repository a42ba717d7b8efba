package org.jacobi.layers.recurrent;

/**
 * What a recurrent network gives.
 *
 * @param output the last layer's states after every time step, those of both directions beside each other
 * @param state  the states of all layers and directions after their last step
 * @param <X>    like the input: a Variable or a {@link PackedSequence}
 * @param <S>    a Variable (numLayers directions, B, H), of LSTM an {@link LstmState} of two
 */
public record RecurrentOutput<X, S>(X output, S state) {
}
