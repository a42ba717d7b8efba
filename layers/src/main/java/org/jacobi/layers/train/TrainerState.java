package org.jacobi.layers.train;

import java.util.List;
import java.util.Map;

import org.jacobi.layers.data.LoaderState;

/**
 * How far a training has come, as {@code trainer.json} holds it.
 *
 * @param epoch         epochs finished
 * @param step          steps done
 * @param generators    the random generators by their names
 * @param position      where the training batches go on; null where they start each epoch anew
 * @param learningRates of each optimizer's groups, by the optimizer's name
 * @param bestEpoch     the best epoch so far, 0 for none
 * @param bestValue     its monitored number
 * @param history       the epochs
 */
public record TrainerState(int epoch, long step, Map<String, GeneratorState> generators, LoaderState position,
        Map<String, List<Double>> learningRates, int bestEpoch, double bestValue, List<EpochRecord> history) {
    /**
     * Checks what was read from a file.
     *
     * @throws IllegalArgumentException saying what does not fit
     */
    TrainerState checked() {
        if (generators == null || learningRates == null || history == null) {
            throw new IllegalArgumentException("generators, learningRates or history is null");
        }
        if (epoch < 0 || step < 0 || bestEpoch < 0 || bestEpoch > epoch || history.size() != epoch) {
            throw new IllegalArgumentException("epoch " + epoch + ", step " + step + ", bestEpoch " + bestEpoch
                    + " and a history of " + history.size() + " epochs do not fit together");
        }
        return this;
    }
}
