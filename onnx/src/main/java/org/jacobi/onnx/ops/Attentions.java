package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Attention, rotary embeddings, and recurrences that take attention's place. */
final class Attentions {
    private Attentions() {
    }

    static void register() {
        Operators.addMany("Attention", Attentions::attention);
        Operators.add("RotaryEmbedding", Attentions::rotary);
        Operators.addMany("LinearAttention", Attentions::linear);
        Operators.add("ai.onnx.preview", "FlexAttention", 1, call -> List.of(flexible(call)));
    }

    /** Returns (B, S, heads * size) as (B, heads, S, size); what has four axes already is that. */
    private static Tensor byHead(Tensor x, long heads) {
        if (x.rank() == 4) {
            return x;
        }
        if (heads < 1 || x.size(2) % heads != 0) {
            throw new IllegalArgumentException("shape " + x.shape() + " does not fit " + heads + " heads");
        }
        return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }

    /** Returns (B, heads, S, size) as (B, S, heads * size). */
    private static Tensor joined(Tensor x) {
        return x.transpose(1, 2).reshape(x.size(0), x.size(2), x.size(1) * x.size(3));
    }

    /** Returns each key or value head as often in a row as there are query heads that share it. */
    private static Tensor shared(Tensor x, long queryHeads) {
        long times = queryHeads / x.size(1);
        if (times * x.size(1) != queryHeads) {
            throw new IllegalArgumentException(queryHeads + " query heads do not share " + x.size(1) + " key heads");
        }
        return times == 1 ? x
                : x.unsqueeze(2).expand(-1, -1, times, -1, -1).reshape(x.size(0), queryHeads, x.size(2), x.size(3));
    }

    /** Softmax along the last axis, zero where everything is masked by minus infinity. */
    private static Tensor softmax(Tensor scores) {
        Tensor largest = scores.amax(true, -1);
        Tensor none = largest.eq(Double.NEGATIVE_INFINITY);
        return Tensor.where(none, Tensor.zeros(scores.dtype()), scores.maskedFill(none, 0).softmax(-1));
    }

    /**
     * Vaswani et al., 2017, with heads that share keys (Ainslie et al., 2023), a cache of keys and values, and scores that are
     * capped. The fourth output is the scores: as products, capped, masked, or after softmax.
     */
    private static List<OnnxValue> attention(Call call) {
        ElementType type = call.tensor(0).type();
        boolean packed = call.tensor(0).rank() == 3;
        Tensor q = byHead(call.numbers(0), call.integer("q_num_heads", 0));
        Tensor k = byHead(call.numbers(1), call.integer("kv_num_heads", 0));
        Tensor v = byHead(call.numbers(2), call.integer("kv_num_heads", 0));
        long past = 0;
        if (call.has(4)) {
            past = call.tensor(4).size(2);
            k = Tensor.cat(2, call.numbers(4), k);
            v = Tensor.cat(2, call.numbers(5), v);
        }
        double scale = Math.sqrt(call.hasAttribute("scale") ? call.real("scale", 0) : 1 / Math.sqrt(q.size(3)));
        Tensor products = round(type, round(type, q.mul(scale))
                .matmul(round(type, shared(k, q.size(1)).mul(scale)).transpose(2, 3)));
        double cap = call.real("softcap", 0);
        Tensor capped = cap > 0 ? round(type, products.div(cap).tanh().mul(cap)) : products;
        Tensor masked = capped;
        if (call.has(3)) {
            masked = masked.add(bias(call.tensor(3), k.size(2)));
        }
        Tensor hidden = hidden(call, q.size(2), k.size(2), past);
        if (hidden != null) {
            masked = masked.maskedFill(hidden, Double.NEGATIVE_INFINITY);
        }
        ElementType precision = call.elementType("softmax_precision", type);
        Tensor weights = softmax(precision == ElementType.DOUBLE ? masked.to(DType.F64) : masked).to(q.dtype());
        Tensor y = weights.matmul(shared(v, q.size(1)));
        Tensor scores = switch ((int) call.integer("qk_matmul_output_mode", 0)) {
            case 0 -> products;
            case 1 -> capped;
            case 2 -> masked;
            case 3 -> weights;
            default -> throw new IllegalArgumentException("attribute 'qk_matmul_output_mode' must be 0 to 3");
        };
        List<OnnxValue> out = new ArrayList<>();
        out.add(Numbers.narrow(type, packed ? joined(y) : y));
        out.add(Numbers.narrow(call.tensor(1).type(), k));
        out.add(Numbers.narrow(call.tensor(2).type(), v));
        out.add(Numbers.narrow(type, scores));
        return out;
    }

    /** Rounds to a 16-bit type's precision where that is what the operator computes in. */
    private static Tensor round(ElementType type, Tensor x) {
        return type.bits() == 16 ? Numbers.wide(Numbers.narrow(type, x)) : x;
    }

    /** Returns what a mask adds to scores; keys beyond its end are hidden. */
    private static Tensor bias(OnnxTensor mask, long keys) {
        Tensor bias = mask.type() == ElementType.BOOL
                ? Tensor.where(mask.data(), Tensor.scalar(0), Tensor.scalar(Double.NEGATIVE_INFINITY))
                : Numbers.wide(mask);
        long missing = keys - bias.size(-1);
        if (missing <= 0) {
            return bias;
        }
        long[] sizes = bias.shape().with(-1, missing).toArray();
        return Tensor.cat(bias.rank() - 1, bias, Tensor.full(Double.NEGATIVE_INFINITY, bias.dtype(), sizes));
    }

    /**
     * Returns where a query may not look: past itself if attention is causal, past a sequence's end if lengths are given; null
     * if it may look anywhere. The last query of a block stands at the end of the keys that are valid.
     */
    private static Tensor hidden(Call call, long queries, long keys, long past) {
        Tensor key = Tensor.arange(keys);
        Tensor lengths =
                call.has(6) ? call.tensor(6).data().to(DType.I64).reshape(call.tensor(6).numel(), 1, 1, 1) : null;
        Tensor hidden = lengths == null ? null : key.ge(lengths);
        if (call.flag("is_causal", false)) {
            Tensor query = Tensor.arange(queries).unsqueeze(1);
            Tensor last = lengths != null && !call.has(4) ? query.add(lengths.sub(queries)) : query.add(past);
            Tensor later = key.gt(last);
            hidden = hidden == null ? later : hidden.logicalOr(later);
        }
        return hidden;
    }

    /** Attention whose scores and probabilities pass through graphs that the node gives. */
    private static OnnxTensor flexible(Call call) {
        ElementType type = call.tensor(0).type();
        Tensor q = call.numbers(0);
        Tensor k = shared(call.numbers(1), q.size(1));
        Tensor v = shared(call.numbers(2), q.size(1));
        double scale = call.hasAttribute("scale") ? call.real("scale", 0) : 1 / Math.sqrt(q.size(3));
        ElementType precision = call.elementType("softmax_precision", type.bits() == 16 ? ElementType.FLOAT : type);
        OnnxTensor scores = modified(call, "score_mod",
                Numbers.narrow(precision, q.matmul(k.transpose(2, 3)).mul(scale)));
        OnnxTensor weights = modified(call, "prob_mod", Numbers.narrow(precision, softmax(Numbers.wide(scores))));
        return Numbers.narrow(type, Numbers.wide(weights).to(v.dtype()).matmul(v));
    }

    private static OnnxTensor modified(Call call, String graph, OnnxTensor x) {
        return call.hasAttribute(graph) ? Call.tensor(call.run(call.graph(graph), List.of(x)).getFirst(), graph) : x;
    }

    // ---- rotary embeddings -----------------------------------------------------------------------------------------

    /** Su et al., 2021: pairs of numbers are turned by angles that grow with the position. */
    private static OnnxTensor rotary(Call call) {
        OnnxTensor input = call.tensor(0);
        Tensor x = byHead(call.numbers(0), call.integer("num_heads", 0)); // (B, heads, S, size)
        long size = x.size(3);
        long turned = call.integer("rotary_embedding_dim", 0) == 0 ? size : call.integer("rotary_embedding_dim");
        Tensor cos = angles(call, 1, turned / 2);
        Tensor sin = angles(call, 2, turned / 2);
        Tensor part = x.narrow(3, 0, turned);
        boolean interleaved = call.flag("interleaved", false);
        Tensor a = interleaved ? part.slice(3, 0, turned, 2) : part.narrow(3, 0, turned / 2);
        Tensor b = interleaved ? part.slice(3, 1, turned, 2) : part.narrow(3, turned / 2, turned / 2);
        Tensor first = a.mul(cos).sub(b.mul(sin));
        Tensor second = b.mul(cos).add(a.mul(sin));
        Tensor both = interleaved ? Tensor.stack(4, first, second).reshape(part.shape().toArray())
                : Tensor.cat(3, first, second);
        Tensor y = turned == size ? both : Tensor.cat(3, both, x.narrow(3, turned, size - turned));
        return call.likeFirst(input.rank() == 3 ? joined(y) : y);
    }

    /** Returns cosines or sines as (B, 1, S, size / 2): by position from a table, or as they are. */
    private static Tensor angles(Call call, int input, long width) {
        Tensor table = call.numbers(input);
        if (call.has(3)) {
            Tensor positions = call.tensor(3).data().to(DType.I64);
            table = table.indexSelect(0, positions.reshape(positions.numel()))
                    .reshape(positions.size(0), positions.size(1), table.size(-1));
        }
        return table.narrow(-1, 0, width).unsqueeze(1);
    }

    // ---- linear attention ------------------------------------------------------------------------------------------

    /**
     * A state (key size x value size) for each head that each step decays, corrects and adds to, and that the query reads:
     * Katharopoulos et al., 2020; Yang et al., "Gated Delta Networks", 2024.
     */
    private static List<OnnxValue> linear(Call call) {
        ElementType type = call.tensor(0).type();
        long heads = call.integer("q_num_heads");
        long stateHeads = call.integer("kv_num_heads");
        Tensor q = byHead(call.numbers(0), heads); // (B, heads, T, size)
        Tensor k = byHead(call.numbers(1), stateHeads);
        Tensor v = byHead(call.numbers(2), stateHeads);
        String rule = call.text("update_rule", "gated_delta");
        boolean gated = rule.startsWith("gated");
        boolean delta = rule.endsWith("delta");
        Tensor decay = gated ? byHead(call.numbers(4), stateHeads).exp() : null; // one a head, or one a key
        Tensor beta = delta ? call.numbers(5) : null;
        double given = call.real("scale", 0);
        double scale = given == 0 ? 1 / Math.sqrt(q.size(3)) : given;
        Tensor state = call.has(3) ? call.numbers(3)
                : Tensor.zeros(q.dtype(), q.size(0), stateHeads, k.size(3), v.size(3));
        List<Tensor> outputs = new ArrayList<>();
        for (long t = 0; t < q.size(2); t++) {
            Tensor key = k.select(2, t).unsqueeze(3); // (B, heads, size, 1)
            Tensor value = v.select(2, t).unsqueeze(2); // (B, heads, 1, size)
            if (gated) {
                state = state.mul(decay.select(2, t).unsqueeze(3));
            }
            if (delta) {
                Tensor known = key.transpose(2, 3).matmul(state);
                Tensor rate = beta.select(1, t).unsqueeze(2).unsqueeze(3); // (B, heads or 1, 1, 1)
                value = value.sub(known).mul(rate);
            }
            state = state.add(key.mul(value));
            Tensor query = q.select(2, t).unsqueeze(2);
            outputs.add(query.matmul(shared(state, heads)).mul(scale));
        }
        Tensor y = Tensor.cat(2, outputs.toArray(Tensor[]::new));
        ElementType stateType = call.has(3) ? call.tensor(3).type() : type;
        return List.of(Numbers.narrow(type, joined(y)), Numbers.narrow(stateType, state));
    }
}
