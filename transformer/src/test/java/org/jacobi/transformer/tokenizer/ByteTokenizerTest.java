package org.jacobi.transformer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

class ByteTokenizerTest {
    private final ByteTokenizer tokenizer = new ByteTokenizer();

    private List<String> pieces(long... tokens) {
        Decoder decoder = tokenizer.decoder();
        List<String> pieces = new ArrayList<>();
        for (long token : tokens) {
            pieces.add(decoder.add(token));
        }
        pieces.add(decoder.end());
        return pieces;
    }

    @Test
    void tokensAreTheBytesOfUtf8() {
        assertEquals(256, tokenizer.vocabSize());
        assertArrayEquals(new long[] {'h', 'i', '\n'}, tokenizer.encode("hi\n"));
        assertArrayEquals(new long[] {0xC3, 0xA9, 0xE4, 0xB8, 0xAD, 0xF0, 0x9F, 0x98, 0x80},
                tokenizer.encode("é中\uD83D\uDE00"));
        assertArrayEquals(new long[0], tokenizer.encode(""));
        assertEquals("", tokenizer.decode());
    }

    @Test
    void everyCharacterComesBack() {
        StringBuilder all = new StringBuilder();
        for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
            if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE) {
                all.appendCodePoint(character);
            }
        }
        String text = all.toString();
        long[] tokens = tokenizer.encode(text);
        assertEquals(text, tokenizer.decode(tokens));
        assertEquals(text, String.join("", pieces(tokens)));
    }

    @Test
    void halfACharacterWaitsForItsRest() {
        assertEquals(List.of("a", "", "é", "", "", "", "\uD83D\uDE00", "b", ""),
                pieces('a', 0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80, 'b'));
    }

    @Test
    void whatIsNoUtf8IsReplaced() {
        assertEquals("\uFFFDa", tokenizer.decode(0xC3, 'a'));
        assertEquals(List.of("", "\uFFFDa", ""), pieces(0xC3, 'a'));
        assertEquals(List.of("a", "", "", "\uFFFD"), pieces('a', 0xF0, 0x9F));
        assertEquals(List.of("\uFFFD", ""), pieces(0xFF));
    }

    /** Token by token or all at once, any bytes give the same text. */
    @Test
    void anyBytesGiveOneText() {
        Random random = new Random(1);
        for (int run = 0; run < 2000; run++) {
            long[] tokens = random.longs(1 + random.nextInt(40), 0, 256)
                    .map(token -> random.nextBoolean() ? 0x80 | token : token).toArray();
            assertEquals(tokenizer.decode(tokens), String.join("", pieces(tokens)));
        }
    }

    @Test
    void whatCannotBeIsNamed() {
        String message = assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("é\uD83D\uDE00x\uD83D"))
                .getMessage();
        assertTrue(message.contains("surrogate") && message.contains("position 3"), message);
        for (long wrong : new long[] {-1, 256}) {
            message = assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(wrong)).getMessage();
            assertEquals("unknown token " + wrong + "; tokens go from 0 to 255", message);
            assertThrows(IllegalArgumentException.class, () -> tokenizer.decoder().add(wrong));
        }
    }
}
