package org.jacobi.layers.metrics;

import java.util.List;

/** The error rate of characters, white space included: CER. A character is a Unicode code point. */
public final class CharErrorRate extends ErrorRate {
    @Override
    List<String> units(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
    }
}
