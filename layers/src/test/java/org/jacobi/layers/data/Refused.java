package org.jacobi.layers.data;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Asks that bad data is refused, in words that help. */
public final class Refused {
    private Refused() {
    }

    /** Asks for a DataException whose message has all of these words. */
    public static void data(Executable reading, Object... words) {
        with(DataException.class, reading, words);
    }

    /** Asks for an IllegalArgumentException whose message has all of these words. */
    public static void argument(Executable call, Object... words) {
        with(IllegalArgumentException.class, call, words);
    }

    private static void with(Class<? extends Exception> type, Executable call, Object... words) {
        String message = assertThrows(type, call).getMessage();
        for (Object word : words) {
            assertTrue(message.contains(word.toString()), () -> word + " is not in: " + message);
        }
    }
}
