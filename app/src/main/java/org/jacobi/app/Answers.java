package org.jacobi.app;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Lines that say what a network answers. */
final class Answers {
    private Answers() {
    }

    /**
     * Returns what was asked about and the likeliest classes, each with its probability, with tabs between.
     *
     * @param asked what was asked about, such as a file
     * @param top   how many classes are wanted
     */
    static String likeliest(String asked, double[] probabilities, List<String> classes, int top) {
        StringBuilder line = new StringBuilder(asked);
        IntStream.range(0, probabilities.length).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -probabilities[i])).limit(top)
                .forEach(i -> line.append('\t').append(classes.get(i)).append('\t')
                        .append(String.format(Locale.ROOT, "%.4f", probabilities[i])));
        return line.toString();
    }
}
