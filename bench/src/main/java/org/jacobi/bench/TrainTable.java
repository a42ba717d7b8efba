package org.jacobi.bench;

import static org.jacobi.bench.Input.indices;

import java.util.List;

import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;

/** The models of which a training step is measured. */
final class TrainTable {
    static final List<TrainCase> CASES = List.of(
            gpt("babygpt", new GPTConfig(65, 64, 4, 4, 128, 0, true, true, false), 12, 4));

    private TrainTable() {
    }

    private static TrainCase gpt(String name, GPTConfig config, long batch, int secondsAnIteration) {
        long V = config.vocabSize();
        long T = config.contextLength();
        String what = "GPT, %d layers, %d heads, %d channels, %s, %s, GELU %s, vocabulary %d; batch %d x %d".formatted(
                config.layers(), config.heads(), config.channels(), config.bias() ? "biases" : "no biases",
                config.tiedHead() ? "tied head" : "own head", config.exactGelu() ? "erf" : "tanh", V, batch, T);
        return new TrainCase(name, what, secondsAnIteration, List.of(indices(V, batch, T), indices(V, batch, T)),
                generator -> new GPT(config, generator),
                (model, in) -> model.forward(in[0]).crossEntropy(in[1]), flop(config, batch));
    }

    /** A backward does twice the products of a forward; causal attention does half of the scores. */
    private static double flop(GPTConfig config, long batch) {
        double C = config.channels();
        double T = config.contextLength();
        double tokens = batch * T;
        double linear = 2 * tokens * (config.layers() * 12 * C * C + C * config.vocabSize());
        double attention = 2 * tokens * T * C * config.layers();
        return 3 * (linear + attention);
    }
}
