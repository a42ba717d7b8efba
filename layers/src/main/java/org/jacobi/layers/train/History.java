package org.jacobi.layers.train;

import java.util.List;

/**
 * What a training was like, epoch by epoch.
 *
 * @param epochs    the epochs that were finished, those before a resumption included
 * @param bestEpoch the number of the epoch whose model was the best; 0 if none was finished
 */
public record History(List<EpochRecord> epochs, int bestEpoch) {
    /** Copies the list. */
    public History {
        epochs = List.copyOf(epochs);
    }

    /** Returns the best epoch. */
    public EpochRecord best() {
        return epochs.stream().filter(epoch -> epoch.epoch() == bestEpoch).findFirst()
                .orElseThrow(() -> new IllegalStateException("History: no epoch was finished"));
    }
}
