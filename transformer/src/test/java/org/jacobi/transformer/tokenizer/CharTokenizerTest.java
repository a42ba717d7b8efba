package org.jacobi.transformer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CharTokenizerTest {
    @Test
    void charactersAreNumberedInUnicodesOrder() {
        CharTokenizer tokenizer = CharTokenizer.of("hello\nworld");
        assertEquals("\ndehlorw", tokenizer.vocabulary());
        assertEquals(8, tokenizer.vocabSize());
        assertArrayEquals(new long[] {3, 2, 4, 0}, tokenizer.encode("hel\n"));
        assertEquals("hello\nworld", tokenizer.decode(tokenizer.encode("hello\nworld")));
        assertArrayEquals(new long[0], tokenizer.encode(""));
        assertEquals("", tokenizer.decode());
    }

    @Test
    void aCharacterOutsideTheBasicPlaneIsOneToken() {
        CharTokenizer tokenizer = CharTokenizer.of("a\uD83D\uDE00z");
        assertEquals(3, tokenizer.vocabSize());
        assertArrayEquals(new long[] {2, 2, 0}, tokenizer.encode("\uD83D\uDE00\uD83D\uDE00a"));
        assertEquals("z\uD83D\uDE00", tokenizer.decode(1, 2));
    }

    @Test
    void aVocabularyKeepsItsOrder() {
        CharTokenizer tokenizer = CharTokenizer.fromVocabulary("zab");
        assertEquals("zab", tokenizer.vocabulary());
        assertArrayEquals(new long[] {1, 2, 0}, tokenizer.encode("abz"));
    }

    @Test
    void anUnknownCharacterIsNamed() {
        CharTokenizer tokenizer = CharTokenizer.of("a\nb");
        assertEquals("unknown character 'é' (U+00E9) at position 2 of the text; the 3 known ones are \\nab",
                assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("abé")).getMessage());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("\t")).getMessage()
                .startsWith("unknown character '\\t' (U+0009) at position 0"));
    }

    @Test
    void aLongVocabularyIsShownInPart() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            many.appendCodePoint(0x4E00 + i);
        }
        String message = assertThrows(IllegalArgumentException.class,
                () -> CharTokenizer.of(many.toString()).encode("\u0001")).getMessage();
        assertTrue(message.startsWith("unknown character '\\u0001' (U+0001)"), message);
        assertTrue(message.endsWith(" …") && message.length() < 200, message);
        assertFalse(message.contains("\n"));
    }

    @Test
    void anUnknownTokenIsNamed() {
        CharTokenizer tokenizer = CharTokenizer.of("ab");
        for (long token : new long[] {-1, 2}) {
            assertEquals("unknown token " + token + "; tokens go from 0 to 1",
                    assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(0, token)).getMessage());
        }
    }

    @Test
    void aVocabularyMustHoldEachCharacterOnceAndAtLeastOne() {
        assertThrows(IllegalArgumentException.class, () -> CharTokenizer.of(""));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> CharTokenizer.fromVocabulary("aba")).getMessage()
                .contains("'a' (U+0061) twice"));
    }
}
