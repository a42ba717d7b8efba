package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.tokenizer.ByteTokenizer;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.junit.jupiter.api.Test;

class DatasetTest {
    @Test
    void splitsShakespeareAsNanoGptDoes() {
        assertEquals(1_003_854, Dataset.trainingLength(1_115_394));
    }

    @Test
    void splitsTheText() {
        Dataset data = Dataset.of("aaaaaaaaabcd".repeat(10), CharTokenizer.of("abcd"));
        assertEquals(120, data.all().length());
        assertEquals(108, data.training().length());
        assertEquals(12, data.validation().length());
    }

    @Test
    void splitsBytesBetweenCharacters() {
        Dataset data = Dataset.of("\u4e2d".repeat(11), new ByteTokenizer());
        assertEquals(27, data.training().length());
        assertEquals(9, data.training().characters());
        assertEquals(6, data.validation().length());
        assertEquals(2, data.validation().lead());
        assertEquals(11, data.all().characters());
    }

    @Test
    void batchesStayInTheirPartAndTargetsFollowInputs() {
        String text = "a".repeat(90) + "bcdefghijk";
        Dataset data = Dataset.of(text, CharTokenizer.of(text));
        Generator generator = new Generator(1);
        long[] seen = new long[11];
        try (var _ = TensorScope.open()) {
            for (int i = 0; i < 200; i++) {
                Dataset.Batch batch = data.validation().random(3, 4, generator);
                long[] inputs = batch.inputs().toLongArray();
                long[] targets = batch.targets().toLongArray();
                for (int j = 0; j < inputs.length; j++) {
                    assertEquals(inputs[j] + 1, targets[j]);
                    seen[(int) targets[j]]++;
                }
            }
        }
        assertEquals(200, generator.calls());
        assertEquals(0, seen[0]);
        for (int token = 2; token <= 10; token++) {
            assertTrue(seen[token] > 0, "token " + token + " was never drawn");
        }
    }

    @Test
    void batchesFollowFromTheGenerator() {
        String text = "the quick brown fox ".repeat(20);
        Dataset data = Dataset.of(text, CharTokenizer.of(text));
        try (var _ = TensorScope.open()) {
            long[] first = data.training().random(2, 8, new Generator(7)).inputs().toLongArray();
            assertArrayEquals(first, data.training().random(2, 8, new Generator(7)).inputs().toLongArray());
            long[] other = data.training().random(2, 8, new Generator(8)).inputs().toLongArray();
            assertFalse(Arrays.equals(first, other));
        }
    }

    @Test
    void unigramEntropyIsThatOfTheFrequencies() {
        // Nine tenths are skipped; what is left is half a, a quarter b, a quarter c: 1.5 bits.
        String text = "a".repeat(72) + "aabc".repeat(2);
        Dataset data = Dataset.of(text, CharTokenizer.of("abc"));
        assertEquals(1.5 * Math.log(2), data.validation().unigramEntropy(), 1e-12);
    }
}
