package org.jacobi.tensor.backend;

import org.jacobi.tensor.Located;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** Drawing from a model's logits. */
public interface SamplingKernels extends Primitives {
    /**
     * Draws a position of each row with a probability in proportion to e^(logit / temperature), among the topK largest logits, and
     * of these among the fewest largest whose probabilities add up to at least topP (Holtzman et al., "The Curious Case of Neural
     * Text Degeneration", 2020). Of equal logits the first counts as larger.
     *
     * <p>The first two words of {@link Philox}'s block number r are row r's random number, a multiple of 2^-48; candidates are
     * gone through from the largest on.
     *
     * @param out         i64 (rows): positions, and -1 for a row of which nothing can be drawn, because a logit is NaN or the
     *                    largest one is not finite
     * @param logits      floating (rows, V)
     * @param temperature at least 0, which takes the largest
     * @param topK        from 1 to V
     * @param topP        above 0, at most 1
     */
    default void sample(Tensor out, Tensor logits, double temperature, long topK, double topP, long seed, long call) {
        try (var _ = TensorScope.open()) {
            Located<Tensor> sorted = largest(logits, temperature, topK);
            int candidates = Math.toIntExact(sorted.values().size(1));
            double[] values = sorted.values().toDoubleArray();
            long[] positions = sorted.indices().toLongArray();
            long[] drawn = new long[Math.toIntExact(logits.size(0))];
            int[] words = new int[4];
            for (int row = 0; row < drawn.length; row++) {
                Philox.block(words, seed, call, row);
                double uniform = (words[0] >>> 8) * 0x1p-24 + (words[1] >>> 8) * 0x1p-48;
                int which = drawn(values, row * candidates, candidates, temperature, topP, uniform);
                drawn[row] = which < 0 ? -1 : positions[row * candidates + which];
            }
            copy(out, Tensor.of(drawn).to(out.device()));
        }
    }

    /** Returns the candidates of {@link #sample}, from the largest on. */
    static Located<Tensor> largest(Tensor logits, double temperature, long topK) {
        long candidates = temperature == 0 ? 1 : topK;
        return candidates < logits.size(1) ? logits.topk(candidates, 1, true) : logits.sort(1, true);
    }

    /** Returns which candidate of a row is drawn, or -1 if none can be. */
    private static int drawn(double[] logits, int from, int count, double temperature, double topP, double uniform) {
        if (!Double.isFinite(logits[from])) {
            return -1; // a NaN comes first
        }
        if (temperature == 0) {
            return 0;
        }
        int candidates = count;
        double[] weights = new double[candidates];
        double total = 0;
        for (int i = 0; i < candidates; i++) {
            // StrictMath: the same seed draws the same text on every machine.
            weights[i] = StrictMath.exp((logits[from + i] - logits[from]) / temperature);
            total += weights[i];
        }
        while (weights[candidates - 1] == 0) {
            candidates--;
        }
        if (topP < 1) {
            double share = 0;
            int kept = 0;
            while (kept < candidates && share < topP * total) {
                share += weights[kept++];
            }
            candidates = kept;
            total = share;
        }
        double left = uniform * total;
        int drawn = 0;
        while (drawn < candidates - 1 && left >= weights[drawn]) {
            left -= weights[drawn++];
        }
        return drawn;
    }
}
