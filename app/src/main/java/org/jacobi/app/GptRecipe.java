package org.jacobi.app;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.DoublePredicate;

import org.jacobi.layers.train.Json;
import org.jacobi.transformer.GPTConfig;

/**
 * How a GPT is made and trained: everything that {@code --set} can change.
 *
 * @param layers       Transformer blocks
 * @param heads        attention heads of a block
 * @param channels     size of a token's vector, a multiple of heads
 * @param context      tokens that a prediction looks back on, at most
 * @param dropout      probability with which activations are dropped in training
 * @param bias         whether linear layers and normalizations have biases
 * @param batch        stretches of text in a step
 * @param steps        training steps in all
 * @param lr           learning rate after the warm-up
 * @param minLr        learning rate at the last step, reached by a cosine
 * @param warmup       steps in which the learning rate rises
 * @param weightDecay  AdamW's weight decay, of matrices only
 * @param beta1        AdamW's first beta
 * @param beta2        AdamW's second beta
 * @param gradClip     largest norm of the gradient; 0 for any
 * @param evalInterval steps between evaluations, at which a checkpoint is saved too
 * @param evalBatches  batches of an evaluation
 */
record GptRecipe(int layers, int heads, int channels, int context, double dropout, boolean bias, int batch, int steps,
        double lr, double minLr, int warmup, double weightDecay, double beta1, double beta2, double gradClip,
        int evalInterval, int evalBatches) {

    /** What the value of a setting can be. */
    private enum Kind {
        COUNT("a whole number, 1 to 1000000000", true, n -> n >= 1 && n <= 1e9),
        COUNT_OR_NONE("a whole number, 0 to 1000000000", true, n -> n >= 0 && n <= 1e9),
        POSITIVE("a number above 0", false, n -> n > 0 && n < Double.POSITIVE_INFINITY),
        NOT_NEGATIVE("a number of at least 0", false, n -> n >= 0 && n < Double.POSITIVE_INFINITY),
        FRACTION("a number of at least 0 and below 1", false, n -> n >= 0 && n < 1),
        SWITCH("true or false", false, _ -> false);

        private final String meaning;
        private final boolean whole;
        private final DoublePredicate range;

        Kind(String meaning, boolean whole, DoublePredicate range) {
            this.meaning = meaning;
            this.whole = whole;
            this.range = range;
        }

        /** Returns whether a value is of this kind. */
        boolean allows(Object value) {
            return this == SWITCH ? value instanceof Boolean
                    : value instanceof Number number && range.test(number.doubleValue());
        }

        /** Returns the value that a text means, or null if it means none of this kind. */
        Object parse(String text) {
            Object value;
            try {
                if (this == SWITCH) {
                    return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
                } else if (whole) {
                    value = Integer.valueOf(text);
                } else {
                    value = Double.valueOf(text);
                }
            } catch (NumberFormatException _) {
                return null;
            }
            return allows(value) ? value : null;
        }
    }

    private static final SequencedMap<String, Kind> SETTINGS = settings();
    private static final SequencedMap<String, GptRecipe> PRESETS = presets();

    private static SequencedMap<String, Kind> settings() {
        SequencedMap<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("layers", Kind.COUNT);
        kinds.put("heads", Kind.COUNT);
        kinds.put("channels", Kind.COUNT);
        kinds.put("context", Kind.COUNT);
        kinds.put("dropout", Kind.FRACTION);
        kinds.put("bias", Kind.SWITCH);
        kinds.put("batch", Kind.COUNT);
        kinds.put("steps", Kind.COUNT);
        kinds.put("lr", Kind.POSITIVE);
        kinds.put("minLr", Kind.NOT_NEGATIVE);
        kinds.put("warmup", Kind.COUNT_OR_NONE);
        kinds.put("weightDecay", Kind.NOT_NEGATIVE);
        kinds.put("beta1", Kind.FRACTION);
        kinds.put("beta2", Kind.FRACTION);
        kinds.put("gradClip", Kind.NOT_NEGATIVE);
        kinds.put("evalInterval", Kind.COUNT);
        kinds.put("evalBatches", Kind.COUNT);
        return kinds;
    }

    private static SequencedMap<String, GptRecipe> presets() {
        SequencedMap<String, GptRecipe> recipes = new LinkedHashMap<>();
        // About a minute on two cores. With so little time, many steps of a small model teach more than few of a larger
        // one.
        recipes.put("default", new GptRecipe(2, 4, 96, 64, 0, false, 12, 4500,
                5e-3, 5e-4, 100, 0.1, 0.9, 0.99, 1, 500, 20));
        // nanoGPT's recipes for Shakespeare by characters: its README's for a CPU, and
        // config/train_shakespeare_char.py.
        recipes.put("shakespeare-cpu", new GptRecipe(4, 4, 128, 64, 0, false, 12, 2000,
                1e-3, 1e-4, 100, 0.1, 0.9, 0.99, 1, 250, 20));
        recipes.put("shakespeare-gpu", new GptRecipe(6, 6, 384, 256, 0.2, false, 64, 5000,
                1e-3, 1e-4, 100, 0.1, 0.9, 0.99, 1, 250, 200));
        return recipes;
    }

    /** The names of the presets, for the help. */
    static final class PresetNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return PRESETS.keySet().iterator();
        }
    }

    /** The names of what {@code --set} can change, for the help. */
    static final class SettingNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return SETTINGS.keySet().iterator();
        }
    }

    /** Returns the recipe of a name. */
    static GptRecipe preset(String name) {
        GptRecipe recipe = PRESETS.get(name);
        if (recipe == null) {
            throw CommandFailure.usage("--preset " + name + ": there is no such preset; known are "
                    + String.join(", ", PRESETS.keySet()));
        }
        return recipe;
    }

    /** Returns this recipe with one setting changed, as {@code --set key=value} asks. */
    GptRecipe with(String key, String text) {
        return Json.with(this, GptRecipe.class, key, parse(key, text));
    }

    /** Returns whether a setting already has the value that {@code --set key=value} asks for. */
    boolean has(String key, String text) {
        return parse(key, text).equals(Json.get(this, key));
    }

    private static Object parse(String key, String text) {
        Kind kind = SETTINGS.get(key);
        if (kind == null) {
            throw CommandFailure.usage("--set " + key + ": there is no such setting; known are "
                    + String.join(", ", SETTINGS.keySet()));
        }
        Object value = kind.parse(text);
        if (value == null) {
            throw CommandFailure.usage("--set " + key + "=" + text + ": expected " + kind.meaning);
        }
        return value;
    }

    /** Returns this recipe with another number of steps. */
    GptRecipe withSteps(int newSteps) {
        return Json.with(this, GptRecipe.class, "steps", newSteps);
    }

    /** Returns what does not fit in this recipe, each in a line; nothing if all is well. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        SETTINGS.forEach((key, kind) -> {
            Object value = Json.get(this, key);
            if (!kind.allows(value)) {
                problems.add(key + " is " + value + ", expected " + kind.meaning);
            }
        });
        if (problems.isEmpty() && channels % heads != 0) {
            problems.add("channels=" + channels + " cannot be shared out among heads=" + heads
                    + "; channels must be a multiple of heads");
        }
        if (minLr > lr) {
            problems.add("minLr=" + minLr + " is above lr=" + lr + "; the learning rate falls from lr to minLr");
        }
        return problems;
    }

    /** Returns the model's part of this recipe: GPT-2 with exact GELU and a tied head, as nanoGPT has it. */
    GPTConfig model(int vocabSize) {
        return new GPTConfig(vocabSize, context, layers, heads, channels, dropout, bias, true, true);
    }

    /**
     * Returns about how many bytes training takes: each parameter with its gradient and two moments, and what the
     * backward pass needs of each token. Good enough to refuse what cannot fit before memory runs out.
     */
    double estimatedBytes(int vocabSize) {
        double parameters = model(vocabSize).parameterCount();
        double activations = (double) batch * context * (20.0 * layers * channels + 3.0 * vocabSize);
        return Float.BYTES * (4 * parameters + activations);
    }
}
