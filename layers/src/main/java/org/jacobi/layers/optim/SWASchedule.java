package org.jacobi.layers.optim;

/**
 * A learning rate that goes from that of a training to the constant one at which weights are averaged (Izmailov et al., "Averaging
 * Weights Leads to Wider Optima and Better Generalization", 2018), as torch.optim.swa_utils.SWALR: see {@link AveragedModel}.
 *
 * <p>Unlike PyTorch's it does not ask the optimizer where to begin; {@link SequentialSchedule} puts it behind another schedule.
 *
 * @param lr           the rate that the training ended with, not negative
 * @param swaLr        the rate from step annealEpochs on, not negative
 * @param annealEpochs how many steps the way takes; with 0 the rate is swaLr at once. PyTorch's default is 10
 * @param linear       whether the way is a straight line; else it is half a cosine, PyTorch's default
 */
public record SWASchedule(double lr, double swaLr, long annealEpochs, boolean linear) implements Schedule {
    /** Checks every value; messages name it. */
    public SWASchedule {
        Optimizer.requireNotNegative("lr", lr);
        Optimizer.requireNotNegative("swaLr", swaLr);
        Optimizer.requireNotNegative("annealEpochs", annealEpochs);
    }

    @Override
    public double at(long step) {
        if (step >= annealEpochs) {
            return swaLr;
        }
        double done = (double) step / annealEpochs;
        return linear ? lr + (swaLr - lr) * done : Schedule.cosine(lr, swaLr, done);
    }
}
