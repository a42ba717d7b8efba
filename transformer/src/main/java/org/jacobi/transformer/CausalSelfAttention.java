package org.jacobi.transformer;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** Attention of every position to itself and those before it, by several heads at once (Vaswani et al., 2017). */
final class CausalSelfAttention extends Layer {
    private final int layer;
    private final int nh;
    private final long hs;
    private final Linear queriesKeysValues;
    private final Linear projection;
    private final Dropout weightDropout;
    private final Dropout residualDropout;

    /** Makes the attention of the given block; blocks count from 0. */
    CausalSelfAttention(GPTConfig config, int layer, Generator init) {
        long C = config.channels();
        this.layer = layer;
        nh = config.heads();
        hs = config.headSize();
        queriesKeysValues = add("c_attn", new Linear(C, 3 * C, config.bias(), init));
        projection = add("c_proj", new Linear(C, C, config.bias(), init));
        weightDropout = add("attn_dropout", new Dropout(config.dropout()));
        residualDropout = add("resid_dropout", new Dropout(config.dropout()));
    }

    @Override
    protected Variable compute(Variable x) {
        Variable[] qkv = queriesKeysValues.forward(x).split(2, x.size(2));      // 3 × (B, T, C)
        return merge(heads(qkv[0]).scaledDotProductAttention(heads(qkv[1]), heads(qkv[2]), null, true,
                weightDropout.probability(), Generator.global()));
    }

    /** Computes new positions, which see those in the cache too, and adds them to it. */
    Variable compute(Variable x, KVCache cache) {
        Variable[] qkv = queriesKeysValues.forward(x).split(2, x.size(2));      // 3 × (B, T, C)
        Tensor k = cache.appendKeys(layer, heads(qkv[1]).value());              // (B, nh, S, hs) with S = length + T
        Tensor v = cache.appendValues(layer, heads(qkv[2]).value());            // (B, nh, S, hs)
        // A single new position is the last one and sees all.
        Tensor seen = x.size(1) == 1 ? null : seen(k.device(), cache.length(), k.size(2));     // (T, S)
        return merge(heads(qkv[0]).scaledDotProductAttention(Variable.constant(k), Variable.constant(v), seen, false, 0,
                Generator.global()));
    }

    /** Returns which of end positions those from start on see: each itself and all before it. */
    private static Tensor seen(Device device, long start, long end) {
        Tensor positions = Tensor.arange(device, start, end, 1, DType.I64).unsqueeze(1);        // (T, 1)
        return Tensor.arange(device, end).le(positions);                                // (T, S)
    }

    private Variable heads(Variable x) {
        return x.reshape(x.size(0), x.size(1), nh, hs).transpose(1, 2);         // (B, nh, T, hs)
    }

    private Variable merge(Variable heads) {
        long B = heads.size(0);
        long T = heads.size(2);
        Variable y = heads.transpose(1, 2).reshape(B, T, nh * hs);              // (B, T, C)
        return residualDropout.forward(projection.forward(y));
    }
}
