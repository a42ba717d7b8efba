package org.jacobi.autograd;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

import org.jacobi.tensor.DType;

/**
 * While it is open, ops of the current thread compute in the type that suits them: products of f32 operands in 16 bits, where
 * most of the time goes, and in f32 what 16 bits are too few for. PyTorch's torch.autocast, with the lists of its CUDA devices, on
 * every device.
 *
 * <pre>{@code
 * Variable loss;
 * try (var _ = Autocast.to(DType.BF16)) {
 *     loss = model.forward(x).crossEntropy(targets);
 * }
 * loss.backward(); // in the types of the forward, wherever it is called
 * optimizer.step();
 * }</pre>
 *
 * <p>Operands are converted by ops that differentiate, so that parameters of f32 get gradients of f32. A leaf that requires a
 * gradient is converted once in a scope, and again if it was changed in place since, if a backward has released what was recorded,
 * or if its {@link org.jacobi.tensor.TensorScope} was closed. Numbers of f64, and those that are no floating-point numbers, stay as
 * they are; so do ops in place, and all ops that are in no list, whose operands are promoted as ever.
 *
 * <p>A backward runs its ops as if no scope were open, and a {@link Checkpoint} runs its function again as it ran first.
 */
public final class Autocast implements AutoCloseable {
    /** Ops that compute in the scope's type. */
    static final Set<String> LOW = Set.of("convolution", "einsum", "gru", "linear", "lstm", "matmul", "prelu", "rnn",
            "scaledDotProductAttention");
    /** Ops that compute in f32. */
    static final Set<String> WIDE = Set.of(
            // functions that make much of a small difference, or overflow soon
            "acos", "asin", "cosh", "erfinv", "exp", "expm1", "log", "log10", "log1p", "log2", "pow", "reciprocal",
            "rsqrt",
            "sinh", "softplus", "tan",
            // sums of many numbers
            "cdist", "cosineSimilarity", "cumprod", "cumsum", "groupNorm", "layerNorm", "logSoftmax", "logsumexp",
            "norm", "prod",
            "rmsNorm",
            "softmax", "sum",
            // losses
            "binaryCrossEntropy", "binaryCrossEntropyWithLogits", "cosineEmbeddingLoss", "crossEntropy", "ctcLoss",
            "gaussianNllLoss", "hingeEmbeddingLoss", "huberLoss", "klDiv", "l1Loss", "marginRankingLoss", "mse",
            "multiMarginLoss", "nllLoss", "poissonNllLoss", "smoothL1Loss", "tripletMarginLoss");

    /** How many scopes with a type are open in all threads: while it is 0, {@link #active} costs the reading of a field. */
    private static int open;

    /** A leaf in the scope's type, and the version of the leaf then. */
    private record Converted(Variable value, int version) {
        boolean serves(Variable leaf) {
            return !value.data().isReleased() && version == leaf.data().version()
                    && (NoGrad.active() || value.gradFn() != null && !value.gradFn().saved().isReleased());
        }
    }

    private final Autocast outer = Recording.current().autocast;
    /** Null where nothing is converted. */
    private final DType type;
    private final Map<Variable, Converted> leaves;

    private Autocast(DType type) {
        this.type = type;
        leaves = type == null ? Map.of() : new IdentityHashMap<>();
        Recording.current().autocast = this;
        if (type != null) {
            count(1);
        }
    }

    /**
     * Has products compute in a type until the returned object is closed.
     *
     * @param type BF16, or F16, in which gradients are easily too small or too large for their type
     */
    public static Autocast to(DType type) {
        if (type == null || !type.isHalf()) {
            throw new IllegalArgumentException("Autocast: the type is " + type + "; it must be BF16 or F16");
        }
        return new Autocast(type);
    }

    /** Has ops compute in their operands' types again until the returned object is closed. */
    public static Autocast off() {
        return new Autocast(null);
    }

    /** Returns the type that products compute in, or null if no scope is open in this thread, or {@link #off} the last. */
    public static DType type() {
        Autocast scope = open == 0 ? null : Recording.current().autocast;
        return scope == null ? null : scope.type;
    }

    /** Does as {@link #off}, or nothing, and returns null, where no scope is open. */
    static Autocast suspended() {
        return open == 0 ? null : new Autocast(null);
    }

    /** Begins a scope of its own, with a type or null, for a function that is to run as it would with no other around. */
    static Autocast anew(DType type) {
        return new Autocast(type);
    }

    private static synchronized void count(int more) {
        open += more;
    }

    @Override
    public void close() {
        Recording.current().autocast = outer;
        if (type != null) {
            count(-1);
        }
    }

    /** Returns an operand, which may be null, in the type in which an op of the lists is to compute. */
    static Variable cast(String op, Variable x) {
        return open == 0 || x == null ? x : converted(op, x);
    }

    private static Variable converted(String op, Variable x) {
        Autocast scope = Recording.current().autocast;
        if (scope == null || scope.type == null || !x.dtype().isFloating() || x.dtype() == DType.F64) {
            return x;
        }
        if (WIDE.contains(op)) {
            return x.to(DType.F32);
        }
        if (!LOW.contains(op)) {
            throw new IllegalStateException("Autocast: " + op + " is in neither list");
        }
        return x.gradFn() == null && x.requiresGrad() && x.dtype() != scope.type ? scope.leaf(x) : x.to(scope.type);
    }

    /** Returns one of two operands in the wider of their types while a scope is open: for ops that promote nothing else. */
    static Variable widest(Variable x, Variable beside) {
        return type() != null && x.dtype().isHalf() && beside.dtype() == DType.F32 ? x.to(DType.F32) : x;
    }

    private Variable leaf(Variable x) {
        Converted known = leaves.get(x);
        if (known == null || !known.serves(x)) {
            known = new Converted(x.to(type), x.data().version());
            leaves.put(x, known);
        }
        return known.value;
    }
}
