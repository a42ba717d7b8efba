package org.jacobi.app;

import java.util.Arrays;
import java.util.function.Function;

import org.jacobi.layers.metrics.ErrorRate;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.tensor.Tensor;

/**
 * An error rate of texts that come as letters. Predictions are (N, ways, L), and targets (N, L), with -1 behind the ends; where
 * predictions were not made in the way that counts here, there is nothing to measure, and the rate is NaN.
 */
final class TranscriptErrors implements Metric<Double> {
    private final ErrorRate rate;
    private final int way;
    private final Function<long[], String> text;
    private boolean empty = true;

    /**
     * Makes a metric.
     *
     * @param way  which of the ways to make predictions counts
     * @param text makes a text of letters
     */
    TranscriptErrors(ErrorRate rate, int way, Function<long[], String> text) {
        this.rate = rate;
        this.way = way;
        this.text = text;
    }

    @Override
    public void update(Tensor prediction, Tensor target) {
        if (prediction.size(1) <= way) {
            return;
        }
        for (long n = 0; n < target.size(0); n++) {
            rate.update(text.apply(letters(prediction.select(0, n).select(0, way))),
                    text.apply(letters(target.select(0, n))));
            empty = false;
        }
    }

    private static long[] letters(Tensor padded) {
        return Arrays.stream(padded.toLongArray()).filter(letter -> letter >= 0).toArray();
    }

    @Override
    public Double compute() {
        return empty ? Double.NaN : rate.compute();
    }

    @Override
    public void reset() {
        rate.reset();
        empty = true;
    }
}
