package org.jacobi.layers.audio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * What a network that was trained by {@link CTCLoss} says: of the classes of each frame, repeated ones count once and blanks
 * not at all.
 */
public final class CTCDecoder {
    private final int blank;
    /** Null if every text is possible. */
    private final Lexicon lexicon;

    /** Makes a decoder for the class that stands for no label. */
    public CTCDecoder(int blank) {
        this(blank, null);
    }

    private CTCDecoder(int blank, Lexicon lexicon) {
        if (blank < 0) {
            throw new IllegalArgumentException("CTCDecoder: blank is " + blank + "; it must be a class number");
        }
        this.blank = blank;
        this.lexicon = lexicon;
    }

    /**
     * Returns a decoder whose beam holds only texts that are made of known words. Texts that end
     * within a word are found only if there is no other in the beam.
     *
     * @param words     as labels
     * @param separator the label that stands between two words
     */
    public CTCDecoder lexicon(Collection<List<Integer>> words, int separator) {
        return new CTCDecoder(blank, Lexicon.of(words, separator));
    }

    /**
     * A decoded text.
     *
     * @param labels         without blanks
     * @param logProbability of greedy decoding that of the one path; of a beam that of all its paths to these labels
     */
    public record Hypothesis(List<Integer> labels, double logProbability) {
    }

    /**
     * Returns what the most probable class of each frame says, for each sequence.
     *
     * @param logProbs     (T, N, C)
     * @param inputLengths i64 (N): each sequence's frames
     */
    public List<Hypothesis> greedy(Tensor logProbs, Tensor inputLengths) {
        long[] frames = require(logProbs, inputLengths);
        List<Hypothesis> decoded = new ArrayList<>();
        for (int n = 0; n < frames.length; n++) {
            double[] scores = logProbs.select(1, n).toDoubleArray();
            int classes = Math.toIntExact(logProbs.size(2));
            List<Integer> labels = new ArrayList<>();
            double sum = 0;
            int before = blank;
            for (int t = 0; t < frames[n]; t++) {
                int best = 0;
                for (int c = 1; c < classes; c++) {
                    best = scores[t * classes + c] > scores[t * classes + best] ? c : best;
                }
                if (best != blank && best != before) {
                    labels.add(best);
                }
                before = best;
                sum += scores[t * classes + best];
            }
            decoded.add(new Hypothesis(List.copyOf(labels), sum));
        }
        return decoded;
    }

    /**
     * Returns the most probable texts that a prefix beam search finds (Graves, 2012; Hannun et al., 2014), for each sequence the
     * best first: every text's probability is that of all paths to it that the beam has seen.
     *
     * @param logProbs     (T, N, C)
     * @param inputLengths i64 (N): each sequence's frames
     * @param beamWidth    how many texts are followed from frame to frame
     */
    public List<List<Hypothesis>> beamSearch(Tensor logProbs, Tensor inputLengths, int beamWidth) {
        if (beamWidth < 1) {
            throw new IllegalArgumentException("CTCDecoder: beamWidth is " + beamWidth + "; it must be at least 1");
        }
        long[] frames = require(logProbs, inputLengths);
        int classes = Math.toIntExact(logProbs.size(2));
        List<List<Hypothesis>> decoded = new ArrayList<>();
        for (int n = 0; n < frames.length; n++) {
            decoded.add(search(logProbs.select(1, n).toDoubleArray(), (int) frames[n], classes, beamWidth));
        }
        return decoded;
    }

    private long[] require(Tensor logProbs, Tensor inputLengths) {
        if (logProbs.rank() != 3 || !logProbs.dtype().isFloating()) {
            throw new IllegalArgumentException("CTCDecoder: the log probabilities are " + logProbs.dtype()
                    + logProbs.shape() + "; they must be floating-point (T, N, C)");
        }
        if (blank >= logProbs.size(2)) {
            throw new IllegalArgumentException("CTCDecoder: blank is " + blank
                    + "; the log probabilities are of the classes 0 to " + (logProbs.size(2) - 1));
        }
        if (!inputLengths.shape().equals(Shape.of(logProbs.size(1)))) {
            throw new IllegalArgumentException("CTCDecoder: inputLengths has shape " + inputLengths.shape()
                    + "; it must be " + Shape.of(logProbs.size(1)) + ", one length a sequence");
        }
        long[] frames = inputLengths.toLongArray();
        for (int n = 0; n < frames.length; n++) {
            if (frames[n] < 0 || frames[n] > logProbs.size(0)) {
                throw new IllegalArgumentException("CTCDecoder: inputLengths[" + n + "] is " + frames[n]
                        + "; it must lie in 0 to the " + logProbs.size(0) + " frames");
            }
        }
        return frames;
    }

    /** The log probabilities of all paths to a text that end with a blank, and of those that end with its last label. */
    private static final class Ends {
        double inBlank = Double.NEGATIVE_INFINITY;
        double inLabel = Double.NEGATIVE_INFINITY;

        double total() {
            return added(inBlank, inLabel);
        }
    }

    /** Returns log(e^a + e^b). */
    private static double added(double a, double b) {
        double larger = Math.max(a, b);
        return larger == Double.NEGATIVE_INFINITY ? larger
                : larger + StrictMath.log1p(StrictMath.exp(Math.min(a, b) - larger));
    }

    private List<Hypothesis> search(double[] scores, int frames, int classes, int beamWidth) {
        Map<List<Integer>, Ends> beam = new HashMap<>();
        beam.computeIfAbsent(List.of(), _ -> new Ends()).inBlank = 0;
        for (int t = 0; t < frames; t++) {
            double[] frame = Arrays.copyOfRange(scores, t * classes, (t + 1) * classes);
            Map<List<Integer>, Ends> next = new HashMap<>();
            beam.forEach((text, ends) -> extend(next, text, ends, frame));
            beam = new HashMap<>();
            for (Map.Entry<List<Integer>, Ends> kept : best(next, beamWidth)) {
                beam.put(kept.getKey(), kept.getValue());
            }
        }
        if (lexicon != null && beam.keySet().stream().anyMatch(lexicon::isWhole)) {
            beam.keySet().removeIf(text -> !lexicon.isWhole(text));
        }
        return best(beam, beamWidth).stream().map(kept -> new Hypothesis(kept.getKey(), kept.getValue().total()))
                .toList();
    }

    private void extend(Map<List<Integer>, Ends> next, List<Integer> text, Ends ends, double[] frame) {
        Ends same = next.computeIfAbsent(text, _ -> new Ends());
        same.inBlank = added(same.inBlank, ends.total() + frame[blank]);
        int last = text.isEmpty() ? blank : text.getLast();
        if (last != blank) {
            same.inLabel = added(same.inLabel, ends.inLabel + frame[last]);
        }
        for (int label = 0; label < frame.length; label++) {
            if (label != blank && (lexicon == null || lexicon.allows(text, label))) {
                List<Integer> longer = new ArrayList<>(text);
                longer.add(label);
                Ends grown = next.computeIfAbsent(longer, _ -> new Ends());
                // The label again says something new only after a blank.
                double from = label == last ? ends.inBlank : ends.total();
                grown.inLabel = added(grown.inLabel, from + frame[label]);
            }
        }
    }

    /** Returns the most probable ones, the best first; of equal ones that whose labels are smaller. */
    private static List<Map.Entry<List<Integer>, Ends>> best(Map<List<Integer>, Ends> texts, int count) {
        Comparator<Map.Entry<List<Integer>, Ends>> order =
                Comparator.comparing(entry -> -entry.getValue().total());
        return texts.entrySet().stream()
                .sorted(order.thenComparing(Map.Entry::getKey, CTCDecoder::compare)).limit(count).toList();
    }

    private static int compare(List<Integer> a, List<Integer> b) {
        return Arrays.compare(a.toArray(Integer[]::new), b.toArray(Integer[]::new));
    }
}
