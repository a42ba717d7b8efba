package org.jacobi.layers.audio;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Words that texts are made of.
 *
 * @param words      as labels
 * @param beginnings of words, the whole words among them
 * @param separator  the label between words
 */
record Lexicon(Set<List<Integer>> words, Set<List<Integer>> beginnings, int separator) {
    static Lexicon of(Collection<List<Integer>> words, int separator) {
        Set<List<Integer>> beginnings = new HashSet<>();
        for (List<Integer> word : words) {
            if (word.isEmpty() || word.contains(separator)) {
                throw new IllegalArgumentException("CTCDecoder: the word " + word
                        + " of the lexicon must have labels, and not the separator " + separator);
            }
            for (int length = 1; length <= word.size(); length++) {
                beginnings.add(List.copyOf(word.subList(0, length)));
            }
        }
        return new Lexicon(Set.copyOf(words), beginnings, separator);
    }

    private List<Integer> last(List<Integer> text) {
        return text.subList(text.lastIndexOf(separator) + 1, text.size());
    }

    /** Returns whether a text that was allowed may go on with a label. */
    boolean allows(List<Integer> text, int label) {
        List<Integer> word = last(text);
        if (label == separator) {
            return words.contains(word);
        }
        List<Integer> longer = new ArrayList<>(word);
        longer.add(label);
        return beginnings.contains(longer);
    }

    /** Returns whether a text ends with a whole word, or is empty. */
    boolean isWhole(List<Integer> text) {
        return text.isEmpty() || words.contains(last(text));
    }
}
