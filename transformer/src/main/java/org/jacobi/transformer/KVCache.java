package org.jacobi.transformer;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * The keys and values of the tokens that a {@link GPT} has seen, so that each further token costs one position only.
 *
 * <p>Its memory, 2 × layers × batch × contextLength × channels floats, lives outside all scopes, as long as the cache.
 */
public final class KVCache {
    private final GPTConfig config;
    private final long batch;
    private final Tensor[] keys;
    private final Tensor[] values;
    private int length;

    /** Makes an empty cache for a model of the given shape that reads batch texts side by side. */
    public KVCache(GPTConfig config, long batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("KVCache: batch is " + batch + "; it must be at least 1");
        }
        this.config = config;
        this.batch = batch;
        keys = new Tensor[config.layers()];
        values = new Tensor[config.layers()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = buffer();
            values[i] = buffer();
        }
    }

    private Tensor buffer() {
        return Tensor.empty(DType.F32, batch, config.heads(), config.contextLength(), config.headSize()).unscope();
    }

    /** Returns how many tokens of each text have been seen. */
    public int length() {
        return length;
    }

    /** Returns how many tokens of each text the cache can hold. */
    public int capacity() {
        return config.contextLength();
    }

    /** Forgets what was seen. */
    public void reset() {
        length = 0;
    }

    /** Checks that tokens (B, T) of a model of this shape can follow what was seen. */
    void requireRoom(GPTConfig model, Tensor tokens) {
        if (!model.equals(config)) {
            throw new IllegalArgumentException("KVCache: made for " + config + ", used with " + model);
        }
        if (tokens.rank() != 2 || tokens.size(0) != batch) {
            throw new IllegalArgumentException(
                    "KVCache: tokens must have shape (" + batch + ", T), got " + tokens.shape());
        }
        if (length + tokens.size(1) > capacity()) {
            throw new IllegalArgumentException("KVCache: " + tokens.size(1) + " tokens do not fit behind the " + length
                    + " that were seen; the context length is " + capacity()
                    + ". Call reset() and give the end of the text again");
        }
    }

    /** Writes a block's new keys (B, nh, T, hs) behind the seen ones and returns all (B, nh, length + T, hs). */
    Tensor appendKeys(int layer, Tensor added) {
        return append(keys[layer], added);
    }

    /** Writes a block's new values (B, nh, T, hs) behind the seen ones and returns all (B, nh, length + T, hs). */
    Tensor appendValues(int layer, Tensor added) {
        return append(values[layer], added);
    }

    private Tensor append(Tensor buffer, Tensor added) {
        buffer.to_(added.device()); // to which the model may have moved
        buffer.narrow(2, length, added.size(2)).copy_(added);
        return buffer.narrow(2, 0, length + added.size(2));
    }

    /** Counts tokens as seen once every block has written its keys and values. */
    void advance(long tokens) {
        length += (int) tokens;
    }
}
