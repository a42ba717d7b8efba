package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/**
 * The mean over images of their Dice coefficient, 2 |A ∩ B| / (|A| + |B|) of the pixels predicted and those that are, as
 * torchmetrics.segmentation.DiceScore.
 *
 * <p>A class that is in neither is left out of an image's mean, and an image in which no class is left out of the result.
 */
public final class DiceScore implements Metric<Double> {
    private final int classes;
    private final boolean macro;
    private final Mean mean = new Mean();

    /**
     * Makes the metric.
     *
     * @param average {@link Average#MICRO} for all classes of an image together, {@link Average#MACRO} for the mean of the classes
     */
    public DiceScore(int classes, Average average) {
        if (classes < 2 || average == Average.WEIGHTED) {
            throw new IllegalArgumentException("DiceScore: " + classes + " classes, " + average
                    + "; there must be at least 2 classes and a MICRO or MACRO average");
        }
        this.classes = classes;
        this.macro = average == Average.MACRO;
    }

    /**
     * Takes in one more batch.
     *
     * @param prediction scores (N, classes, H, W), the largest of which counts, or class numbers (N, H, W)
     * @param target     class numbers (N, H, W)
     */
    @Override
    public void update(Tensor prediction, Tensor target) {
        long[][] all = Inputs.classes("DiceScore", prediction, target);
        int images = (int) target.size(0);
        int pixels = images == 0 ? 0 : all[0].length / images;
        for (int image = 0; image < images; image++) {
            double[] both = new double[classes];
            double[] sizes = new double[classes];
            for (int i = image * pixels; i < (image + 1) * pixels; i++) {
                both[label(all[0][i])] += all[0][i] == all[1][i] ? 1 : 0;
                sizes[label(all[0][i])]++;
                sizes[label(all[1][i])]++;
            }
            Mean dice = new Mean();
            for (int c = 0; c < classes; c++) {
                if (sizes[c] > 0) {
                    // The micro average is the classes' mean by their sizes.
                    dice.update(2 * both[c] / sizes[c], macro ? 1 : sizes[c]);
                }
            }
            if (!dice.isEmpty()) {
                mean.update(dice.compute(), 1);
            }
        }
    }

    private int label(long label) {
        if (label < 0 || label >= classes) {
            throw new IllegalArgumentException("DiceScore: a pixel is of class " + label + "; there are classes 0 to "
                    + (classes - 1));
        }
        return (int) label;
    }

    @Override
    public Double compute() {
        if (mean.isEmpty()) {
            throw Inputs.empty("DiceScore");
        }
        return mean.compute();
    }

    @Override
    public void reset() {
        mean.reset();
    }
}
