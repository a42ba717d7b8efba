package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators of classical machine learning. */
final class Learning {
    private Learning() {
    }

    static void register() {
        add("ArrayFeatureExtractor", call -> {
            OnnxTensor x = call.tensor(0);
            OnnxTensor rows = x.rank() == 1 ? x.move(t -> t.unsqueeze(0)) : x;
            Tensor index = Tensor.of(call.integersOf(1));
            return rows.move(t -> t.indexSelect(t.rank() - 1, index));
        });
        add("Binarizer", call -> call.likeFirst(
                call.numbers(0).gt(call.real("threshold", 0)).to(call.numbers(0).dtype())));
        add("LabelEncoder", Learning::encode);
        add("TreeEnsemble", call -> new Trees(call).run(call));
    }

    private static void add(String name, Operator.OfOne operator) {
        Operators.add(Operators.ML, name, 1, call -> List.of(operator.apply(call)));
    }

    // ---- labels ----------------------------------------------------------------------------------------------------

    private static OnnxValue encode(Call call) {
        OnnxTensor x = call.tensor(0);
        OnnxTensor keys = list(call, "keys");
        OnnxTensor values = list(call, "values");
        if (call.hasAttribute("classes_strings")) {
            // The first version: from strings to their positions, or back.
            OnnxTensor names = OnnxTensor.ofStrings(call.texts("classes_strings").toArray(String[]::new));
            OnnxTensor numbers = OnnxTensor.of(Tensor.arange(names.numel()));
            boolean fromStrings = x.type() == ElementType.STRING;
            keys = fromStrings ? names : numbers;
            values = fromStrings ? numbers : names;
        }
        if (keys == null || values == null) {
            throw new IllegalArgumentException("attributes for keys and values are missing");
        }
        Map<Object, Integer> positions = new HashMap<>();
        Object[] known = elements(keys);
        for (int i = 0; i < known.length; i++) {
            positions.put(known[i], i);
        }
        OnnxTensor otherwise = otherwise(call, values.type());
        Object[] given = elements(x);
        long[] picked = new long[given.length];
        Arrays.setAll(picked, i -> positions.getOrDefault(given[i], known.length));
        return OnnxTensor.move(List.of(values, otherwise), parts -> Numbers.pick(
                Tensor.cat(0, parts.getFirst(), parts.get(1).reshape(1)), picked, x.shape()));
    }

    private static OnnxTensor list(Call call, String prefix) {
        if (call.hasAttribute(prefix + "_tensor")) {
            return call.tensorAttribute(prefix + "_tensor");
        }
        if (call.hasAttribute(prefix + "_strings")) {
            return OnnxTensor.ofStrings(call.texts(prefix + "_strings").toArray(String[]::new));
        }
        if (call.hasAttribute(prefix + "_int64s")) {
            return Numbers.vector(call.integers(prefix + "_int64s"));
        }
        return call.hasAttribute(prefix + "_floats") ? OnnxTensor.of(Tensor.of(call.reals(prefix + "_floats"))) : null;
    }

    private static OnnxTensor otherwise(Call call, ElementType type) {
        if (call.hasAttribute("default_tensor")) {
            return call.tensorAttribute("default_tensor");
        }
        if (type == ElementType.STRING) {
            return OnnxTensor.ofStrings(new String[] {call.text("default_string", "_Unused")});
        }
        double value = type.isFloating() ? call.real("default_float", -0.0) : call.integer("default_int64", -1);
        return OnnxTensor.of(type, Tensor.full(value, type.storage(), 1));
    }

    /** Returns elements as objects that are equal where the elements are; NaN equals itself. */
    private static Object[] elements(OnnxTensor x) {
        if (x.type() == ElementType.STRING) {
            return x.strings();
        }
        return x.type().isFloating() ? Arrays.stream(x.data().toDoubleArray()).boxed().toArray()
                : Arrays.stream(Numbers.longs(x)).boxed().toArray();
    }

    // ---- trees -----------------------------------------------------------------------------------------------------

    /** A forest: nodes that compare a feature, leaves with a weight for a target. */
    private static final class Trees {
        private final long[] features;
        private final long[] modes;
        private final double[] splits;
        private final long[] trueNodes;
        private final long[] falseNodes;
        private final long[] trueLeaves;
        private final long[] falseLeaves;
        private final long[] missingTrue;
        private final long[] leafTargets;
        private final double[] leafWeights;
        private final List<Set<Double>> members = new ArrayList<>();

        Trees(Call call) {
            features = call.integers("nodes_featureids");
            modes = Numbers.longs(call.tensorAttribute("nodes_modes"));
            splits = call.tensorAttribute("nodes_splits").data().toDoubleArray();
            trueNodes = call.integers("nodes_truenodeids");
            falseNodes = call.integers("nodes_falsenodeids");
            trueLeaves = call.integers("nodes_trueleafs");
            falseLeaves = call.integers("nodes_falseleafs");
            missingTrue = call.hasAttribute("nodes_missing_value_tracks_true")
                    ? call.integers("nodes_missing_value_tracks_true") : new long[features.length];
            leafTargets = call.integers("leaf_targetids");
            leafWeights = call.tensorAttribute("leaf_weights").data().toDoubleArray();
            double[] values = call.hasAttribute("membership_values")
                    ? call.tensorAttribute("membership_values").data().toDoubleArray() : new double[0];
            // The sets of the nodes that ask for membership, in the nodes' order, each closed by NaN.
            int at = 0;
            for (long mode : modes) {
                Set<Double> set = new HashSet<>();
                while (mode == 6 && at < values.length && !Double.isNaN(values[at])) {
                    set.add(values[at++]);
                }
                at += mode == 6 ? 1 : 0;
                members.add(set);
            }
        }

        OnnxTensor run(Call call) {
            Tensor x = call.numbers(0);
            int targets = (int) call.integer("n_targets");
            int rows = (int) x.size(0);
            int width = (int) x.size(1);
            double[] numbers = x.toDoubleArray();
            long[] roots = call.integers("tree_roots");
            int how = (int) call.integer("aggregate_function", 1);
            double[] out = new double[rows * targets];
            for (int row = 0; row < rows; row++) {
                boolean[] seen = new boolean[targets];
                for (long root : roots) {
                    int leaf = leaf((int) root, numbers, row * width);
                    int target = (int) leafTargets[leaf];
                    double old = out[row * targets + target];
                    double weight = leafWeights[leaf];
                    out[row * targets + target] = switch (how) {
                        case 0 -> old + weight / roots.length;
                        case 1 -> old + weight;
                        case 2 -> seen[target] ? Math.min(old, weight) : weight;
                        case 3 -> seen[target] ? Math.max(old, weight) : weight;
                        default -> throw new IllegalArgumentException("attribute 'aggregate_function' must be 0 to 3");
                    };
                    seen[target] = true;
                }
            }
            Tensor scores = Numbers.like(Shape.of(rows, targets), out).to(x.dtype());
            return call.likeFirst(transformed(scores, (int) call.integer("post_transform", 0)));
        }

        private int leaf(int root, double[] numbers, int start) {
            int node = root;
            for (int depth = 0; depth <= features.length; depth++) {
                double value = numbers[start + (int) features[node]];
                boolean holds = Double.isNaN(value) ? missingTrue[node] != 0 : holds(node, value);
                int next = (int) (holds ? trueNodes[node] : falseNodes[node]);
                if ((holds ? trueLeaves[node] : falseLeaves[node]) != 0) {
                    return next;
                }
                node = next;
            }
            throw new IllegalArgumentException("the nodes of a tree form a circle");
        }

        private boolean holds(int node, double value) {
            return switch ((int) modes[node]) {
                case 0 -> value <= splits[node];
                case 1 -> value < splits[node];
                case 2 -> value >= splits[node];
                case 3 -> value > splits[node];
                case 4 -> value == splits[node];
                case 5 -> value != splits[node];
                case 6 -> members.get(node).contains(value);
                default -> throw new IllegalArgumentException("node mode " + modes[node] + " is not 0 to 6");
            };
        }

        private static Tensor transformed(Tensor x, int how) {
            return switch (how) {
                case 0 -> x;
                case 1 -> x.softmax(1);
                case 2 -> x.sigmoid();
                case 3 -> {
                    Tensor zero = x.eq(0);
                    Tensor exp = x.sub(x.amax(true, 1)).exp().maskedFill(zero, 0);
                    yield exp.div(exp.sum(true, 1));
                }
                default -> throw new IllegalArgumentException("post_transform " + how + " is not supported");
            };
        }
    }
}
