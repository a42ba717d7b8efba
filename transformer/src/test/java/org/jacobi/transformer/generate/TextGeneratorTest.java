package org.jacobi.transformer.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TextGeneratorTest {
    private static final int CONTEXT = 8;
    private static final CharTokenizer TOKENIZER = CharTokenizer.of("abcdefgh");

    private static GPT model(int context) {
        GPT model = new GPT(new GPTConfig(TOKENIZER.vocabSize(), context, 2, 2, 16, 0.2, true, true, false),
                new Generator(1));
        model.parameters().forEach(param -> param.value().uniform_(-0.4, 0.4, new Generator(param.numel())));
        return model;
    }

    private static String generate(GPT model, Sampling sampling, long seed, String prompt, int tokens) {
        StringBuilder text = new StringBuilder();
        new TextGenerator(model, TOKENIZER, sampling, new Generator(seed)).generate(prompt, tokens, text::append);
        return text.toString();
    }

    /** What the generator is to write, without a cache: after each full context, only its last half is seen. */
    private static String uncached(GPT model, int context, Sampling sampling, long seed, String prompt, int tokens) {
        Generator generator = new Generator(seed);
        StringBuilder text = new StringBuilder(prompt);
        int start = Math.max(0, prompt.length() - context);
        model.eval();
        try (var _ = NoGrad.open()) {
            for (int i = 0; i < tokens; i++) {
                if (text.length() - start > context) {
                    start = text.length() - Math.max(1, context / 2);
                }
                long[] seen = TOKENIZER.encode(text.substring(start));
                Tensor logits = model.forward(Tensor.of(seen, 1, seen.length)).value();
                text.append(TOKENIZER.decode(sampling.draw(logits.select(1, -1), generator)));
            }
        }
        return text.substring(prompt.length());
    }

    @Test
    void theCacheDoesNotChangeTheText() {
        for (int context : new int[] {1, 2, 5, CONTEXT}) {
            GPT model = model(context);
            for (Sampling sampling : List.of(Sampling.greedy(), new Sampling(1, 0, 1), new Sampling(0.9, 4, 0.9))) {
                for (String prompt : List.of("a", "abc", "abcdefgh", "hgfedcbaabcdefgh")) {
                    assertEquals(uncached(model, context, sampling, 3, prompt, 30),
                            generate(model, sampling, 3, prompt, 30));
                }
            }
        }
    }

    @Test
    void eachTokenIsHandedOnAtOnce() {
        List<String> parts = new ArrayList<>();
        TextGenerator generator = new TextGenerator(model(CONTEXT), TOKENIZER, new Sampling(1, 0, 1), new Generator(1));
        generator.generate("abc", 20, parts::add);
        assertEquals(20, parts.size());
        assertTrue(parts.stream().allMatch(part -> part.length() == 1));
        generator.generate("abc", 0, parts::add);
        assertEquals(20, parts.size());
    }

    @Test
    void theSeedDecidesTheText() {
        GPT model = model(CONTEXT);
        Sampling sampling = new Sampling(1, 0, 1);
        assertEquals(generate(model, sampling, 5, "a", 40), generate(model, sampling, 5, "a", 40));
        assertFalse(generate(model, sampling, 5, "a", 40).equals(generate(model, sampling, 6, "a", 40)));
    }

    @Test
    void theModelsModeIsRestored() {
        GPT model = model(CONTEXT);
        generate(model, Sampling.greedy(), 1, "a", 3);
        assertTrue(model.isTraining());
        assertThrows(IllegalStateException.class, () -> new TextGenerator(model, TOKENIZER, Sampling.greedy(),
                new Generator(1)).generate("a", 3, part -> {
                    throw new IllegalStateException("the reader is gone");
                }));
        assertTrue(model.isTraining());
        model.eval();
        generate(model, Sampling.greedy(), 1, "a", 3);
        assertFalse(model.isTraining());
    }

    @Test
    void aModelThatLearnedATextRecitesIt() {
        String text = "abcdefghabcdefgh";
        GPT model = new GPT(new GPTConfig(TOKENIZER.vocabSize(), CONTEXT, 1, 2, 16, 0, true, true, false),
                new Generator(1));
        AdamW optimizer = new AdamW(model.parameters(), 1e-2);
        Generator random = new Generator(2);
        long[] tokens = TOKENIZER.encode(text);
        for (int step = 0; step < 120; step++) {
            try (var _ = TensorScope.open()) {
                int at = (int) (Tensor.rand(random, 1).item() * 8);
                Tensor idx = Tensor.of(Arrays.copyOfRange(tokens, at, at + CONTEXT), 1, CONTEXT);
                Tensor targets = Tensor.of(Arrays.copyOfRange(tokens, at + 1, at + 1 + CONTEXT), 1, CONTEXT);
                Variable loss = model.forward(idx).crossEntropy(targets);
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
        assertEquals("bcdefghabcdefghabcd", generate(model, Sampling.greedy(), 1, "a", 19));
    }

    @Test
    void spareTokensOfTheModelAreNeverDrawn() {
        CharTokenizer few = CharTokenizer.of("ab");
        StringBuilder text = new StringBuilder();
        new TextGenerator(model(CONTEXT), few, new Sampling(2, 0, 1), new Generator(1)).generate("a", 50, text::append);
        assertTrue(text.toString().matches("[ab]{50}"), text.toString());
    }

    @Test
    void whatCannotBeContinuedIsRefused() {
        GPT model = model(CONTEXT);
        assertRefused("prompt is empty", () -> generate(model, Sampling.greedy(), 1, "", 3));
        assertRefused("unknown character 'z'", () -> generate(model, Sampling.greedy(), 1, "az", 3));
        assertRefused("-1 tokens", () -> generate(model, Sampling.greedy(), 1, "a", -1));
        assertRefused("the tokenizer has 9 tokens, the model knows 8",
                () -> new TextGenerator(model, CharTokenizer.of("abcdefghi"), Sampling.greedy(), new Generator(1)));
    }

    private static void assertRefused(String part, Executable code) {
        String message = assertThrows(IllegalArgumentException.class, code).getMessage();
        assertTrue(message.contains(part), message);
    }
}
