package org.jacobi.transformer;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.LayerNorm;
import org.jacobi.tensor.Generator;

/** One layer of a Transformer: attention, then the feed-forward part, each normalized before and added to its input. */
final class Block extends Layer {
    private static final double EPS = 1e-5;

    private final LayerNorm norm1;
    private final CausalSelfAttention attention;
    private final LayerNorm norm2;
    private final FeedForward feedForward;

    Block(GPTConfig config, int layer, Generator init) {
        norm1 = add("ln_1", new LayerNorm(config.channels(), EPS, config.bias()));
        attention = add("attn", new CausalSelfAttention(config, layer, init));
        norm2 = add("ln_2", new LayerNorm(config.channels(), EPS, config.bias()));
        feedForward = add("mlp", new FeedForward(config, init));
    }

    @Override
    protected Variable compute(Variable x) {
        Variable mixed = x.add(attention.forward(norm1.forward(x)));            // (B, T, C)
        return mixed.add(feedForward.forward(norm2.forward(mixed)));
    }

    /** Computes new positions, which see those in the cache too, and adds them to it. */
    Variable compute(Variable x, KVCache cache) {
        Variable mixed = x.add(attention.compute(norm1.forward(x), cache));     // (B, T, C)
        return mixed.add(feedForward.forward(norm2.forward(mixed)));
    }
}
