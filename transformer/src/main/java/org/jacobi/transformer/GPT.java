package org.jacobi.transformer;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Embedding;
import org.jacobi.layers.Layer;
import org.jacobi.layers.LayerNorm;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Param;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * The Transformer that predicts the next token from those before it, as GPT-2 (Radford et al., 2019) has it.
 *
 * <p>Tokens i64 (B, T) go to logits (B, T, V): those at position t are for the token at t + 1. Parameters have GPT-2's
 * names, as in {@code transformer.h.0.attn.c_attn.weight}; weights of linear maps are (out, in), as in nanoGPT and
 * unlike OpenAI's files, which hold them transposed.
 */
public final class GPT extends Layer {
    private static final double EPS = 1e-5;
    private static final double INIT_STD = 0.02;

    private final GPTConfig config;
    private final Embedding tokens;
    private final Embedding positions;
    private final Dropout dropout;
    private final List<Block> blocks = new ArrayList<>();
    private final LayerNorm norm;
    private final Linear head;

    /** Makes a model whose first numbers come from {@link Generator#global()}. */
    public GPT(GPTConfig config) {
        this(config, Generator.global());
    }

    /**
     * Makes a model with GPT-2's initialisation: weights are normally distributed with deviation 0.02, those that end a
     * block's two branches with 0.02 / √(2 layers), biases are 0.
     */
    public GPT(GPTConfig config, Generator init) {
        long C = config.channels();
        this.config = config;
        tokens = add("transformer.wte", new Embedding(config.vocabSize(), C, init));
        positions = add("transformer.wpe", new Embedding(config.contextLength(), C, init));
        dropout = add("transformer.drop", new Dropout(config.dropout()));
        for (int i = 0; i < config.layers(); i++) {
            blocks.add(add("transformer.h." + i, new Block(config, i, init)));
        }
        norm = add("transformer.ln_f", new LayerNorm(C, EPS, config.bias()));
        head = add("lm_head",
                config.tiedHead() ? new Linear(tokens.weight(), null) : new Linear(C, config.vocabSize(), false, init));
        namedParameters().forEach((name, param) -> initialize(name, param, init));
    }

    private void initialize(String name, Param param, Generator init) {
        if (name.endsWith(".bias")) {
            Init.zeros_(param.value());
        } else if (name.endsWith(".c_proj.weight")) {
            Init.normal_(param.value(), 0, INIT_STD / Math.sqrt(2.0 * config.layers()), init);
        } else if (param.rank() == 2) {
            Init.normal_(param.value(), 0, INIT_STD, init);
        }
    }

    /** Returns the shape of this model. */
    public GPTConfig config() {
        return config;
    }

    /** Takes tokens i64 (B, T), with T up to the context length, to logits (B, T, V). */
    @Override
    protected Variable compute(Variable idx) {
        requireTokens(idx);
        long T = idx.size(1);
        Variable x = embed(idx, 0, T);                                          // (B, T, C)
        for (Block block : blocks) {
            x = block.forward(x);
        }
        return head.forward(norm.forward(x));                                   // (B, T, V)
    }

    /**
     * Returns the logits (B, T, V) of tokens i64 (B, T) that follow those in the cache, and adds them to it. Nothing is
     * recorded: a cache is for evaluation.
     *
     * @throws IllegalArgumentException if the cache has no room for T more tokens
     * @throws IllegalStateException    if the model is in training mode, in which it would drop elements
     */
    public Variable forward(Tensor idx, KVCache cache) {
        if (isTraining()) {
            throw new IllegalStateException(
                    "GPT: a cache is for evaluation, and the model is in training mode; call eval()");
        }
        requireTokens(Variable.constant(idx));
        cache.requireRoom(config, idx);
        long T = idx.size(1);
        try (var _ = NoGrad.open(); var scope = TensorScope.open()) {
            Variable x = embed(Variable.constant(idx), cache.length(), T);      // (B, T, C)
            for (Block block : blocks) {
                x = block.compute(x, cache);
            }
            cache.advance(T);
            Variable logits = head.forward(norm.forward(x));                    // (B, T, V)
            scope.keep(logits.value());
            return logits;
        }
    }

    /** Returns the vectors (B, T, C) of tokens whose first one stands at position start of its text. */
    private Variable embed(Variable idx, long start, long T) {
        Tensor places = Tensor.arange(idx.device(), start, start + T, 1, DType.I64);          // (T)
        return dropout.forward(tokens.forward(idx).add(positions.forward(places)));
    }

    private void requireTokens(Variable idx) {
        if (idx.rank() != 2 || idx.size(1) < 1 || idx.size(1) > config.contextLength()) {
            throw new IllegalArgumentException("GPT: tokens must have shape (B, T) with T from 1 to the context length "
                    + config.contextLength() + ", got " + idx.shape());
        }
        Batch.value(idx).requireIndex("GPT: tokens", config.vocabSize());
    }
}
