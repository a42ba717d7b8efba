package org.jacobi.onnx.ops;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * All operators by domain, name, and the version of the operator set since which they are as they are.
 *
 * <p>A model imports an operator set at a version; of an operator it means the definition that is the newest up to then. Most
 * definitions only gained types or options over time, and are here once, from version 1 on.
 */
final class Operators {
    /** The domain of operators on features of classical machine learning. */
    static final String ML = "ai.onnx.ml";
    /** The domain of optimizers. */
    static final String TRAINING = "ai.onnx.preview.training";

    private static final Map<String, TreeMap<Long, Operator>> ALL = new HashMap<>();

    static {
        Arithmetic.register();
        Attentions.register();
        Casts.register();
        Constants.register();
        ControlFlow.register();
        Convolutions.register();
        Functions.register();
        Learning.register();
        Losses.register();
        Normalizations.register();
        Pools.register();
        Products.register();
        Quantization.register();
        Recurrent.register();
        Reductions.register();
        Regions.register();
        Resizing.register();
        Sampling.register();
        Selections.register();
        Sequences.register();
        Shapes.register();
        Signals.register();
        Texts.register();
        Training.register();
    }

    private Operators() {
    }

    /** Returns the operator of a domain at a version of its set, or null if there is none. */
    static Operator find(String domain, String name, long version) {
        Map.Entry<Long, Operator> entry =
                ALL.getOrDefault(domain + "." + name, new TreeMap<>()).floorEntry(version);
        return entry == null ? null : entry.getValue();
    }

    /** Adds an operator of ONNX's own domain with one output. */
    static void add(String name, Operator.OfOne operator) {
        add(name, 1, operator);
    }

    /** Adds an operator of ONNX's own domain with one output, as it is from a version on. */
    static void add(String name, long since, Operator.OfOne operator) {
        addMany(name, since, call -> Collections.singletonList(operator.apply(call)));
    }

    /** Adds an operator of ONNX's own domain with several outputs. */
    static void addMany(String name, Operator operator) {
        addMany(name, 1, operator);
    }

    /** Adds an operator of ONNX's own domain with several outputs, as it is from a version on. */
    static void addMany(String name, long since, Operator operator) {
        add("", name, since, operator);
    }

    /** Adds an operator. */
    static void add(String domain, String name, long since, Operator operator) {
        ALL.computeIfAbsent(domain + "." + name, _ -> new TreeMap<>()).put(since, operator);
    }
}
