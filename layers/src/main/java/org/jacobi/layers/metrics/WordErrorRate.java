package org.jacobi.layers.metrics;

import java.util.Arrays;
import java.util.List;

/** The error rate of words, which are what white space separates: WER. */
public final class WordErrorRate extends ErrorRate {
    @Override
    List<String> units(String text) {
        return Arrays.stream(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList();
    }
}
