package org.jacobi.layers.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CTCDecoderTest {
    private static final int T = 5;
    private static final int C = 3;

    private static Tensor lengths(long... lengths) {
        return Tensor.of(lengths);
    }

    private static Tensor logProbs(long seed) {
        return Tensor.randn(new Generator(seed), T, 1, C).mul(2).logSoftmax(2);
    }

    /** Sums the probabilities of all paths by what they say. */
    private static Map<List<Integer>, Double> texts(Tensor logProbs, int blank) {
        double[] scores = logProbs.toDoubleArray();
        Map<List<Integer>, Double> texts = new HashMap<>();
        for (int path = 0; path < Math.pow(C, T); path++) {
            List<Integer> text = new ArrayList<>();
            double sum = 0;
            int before = blank;
            int rest = path;
            for (int t = 0; t < T; t++) {
                int label = rest % C;
                rest /= C;
                sum += scores[t * C + label];
                if (label != blank && label != before) {
                    text.add(label);
                }
                before = label;
            }
            texts.merge(text, Math.exp(sum), Double::sum);
        }
        return texts;
    }

    @Test
    void aWideBeamFindsTheProbabilitiesOfAllTexts() {
        for (int blank = 0; blank < C; blank++) {
            Tensor logProbs = logProbs(blank);
            Map<List<Integer>, Double> expected = texts(logProbs, blank);
            List<CTCDecoder.Hypothesis> found =
                    new CTCDecoder(blank).beamSearch(logProbs, lengths(T), 1000).getFirst();
            double before = Double.POSITIVE_INFINITY;
            Map<List<Integer>, Double> likely = new HashMap<>();
            for (CTCDecoder.Hypothesis text : found) {
                assertTrue(text.logProbability() <= before, "the best first");
                before = text.logProbability();
                if (text.logProbability() > Double.NEGATIVE_INFINITY) {
                    likely.put(text.labels(), Math.exp(text.logProbability()));
                }
            }
            assertEquals(expected.keySet(), likely.keySet());
            expected.forEach((text, p) -> assertEquals(p, likely.get(text), 1e-9, text::toString));
        }
    }

    @Test
    void aLexiconLeavesTheTextsOfItsWords() {
        // Of labels 1 and the separator 2: words 1 and 1 1.
        CTCDecoder decoder = new CTCDecoder(0).lexicon(List.of(List.of(1), List.of(1, 1)), 2);
        for (int seed = 0; seed < 5; seed++) {
            Tensor logProbs = logProbs(seed);
            Map<List<Integer>, Double> expected = texts(logProbs, 0);
            expected.keySet().retainAll(List.of(List.of(), List.of(1), List.of(1, 1), List.of(1, 2, 1),
                    List.of(1, 1, 2, 1), List.of(1, 2, 1, 1), List.of(1, 2, 1, 2, 1)));
            List<CTCDecoder.Hypothesis> found = decoder.beamSearch(logProbs, lengths(T), 1000).getFirst();
            Map<List<Integer>, Double> likely = new HashMap<>();
            found.stream().filter(text -> text.logProbability() > Double.NEGATIVE_INFINITY)
                    .forEach(text -> likely.put(text.labels(), Math.exp(text.logProbability())));
            assertEquals(expected.keySet(), likely.keySet());
            expected.forEach((text, p) -> assertEquals(p, likely.get(text), 1e-9, text::toString));
        }
        // Nothing but the beginning of a word was said.
        Tensor path = Tensor.of(new long[] {1, 1}, 2);
        Tensor begun = path.oneHot(3).to(org.jacobi.tensor.DType.F32).mul(50).logSoftmax(1).unsqueeze(1);
        CTCDecoder longWords = new CTCDecoder(0).lexicon(List.of(List.of(1, 2)), 3);
        assertEquals(List.of(1), longWords.beamSearch(begun, lengths(2), 1).getFirst().getFirst().labels());
        for (List<Integer> wrong : List.of(List.<Integer>of(), List.of(1, 2, 1))) {
            assertThrows(IllegalArgumentException.class, () -> new CTCDecoder(0).lexicon(List.of(wrong), 2));
        }
    }

    @Test
    void theLossIsThatOfAllPathsToATarget() {
        Tensor logProbs = logProbs(7);
        texts(logProbs, 0).forEach((text, p) -> {
            long[] target = text.stream().mapToLong(Integer::longValue).toArray();
            double loss = new CTCLoss(0, CTCLoss.Reduction.SUM, false).of(Variable.constant(logProbs),
                    Tensor.of(target), lengths(T), lengths(target.length)).item();
            assertEquals(-Math.log(p), loss, 1e-4, text::toString);
        });
    }

    @Test
    void greedyTakesTheBestClassOfEachFrame() {
        Tensor path = Tensor.of(new long[] {1, 1, 0, 1, 2, 2, 0, 0, 2, 0}, 10);
        Tensor logProbs = path.oneHot(3).to(org.jacobi.tensor.DType.F32).mul(5).logSoftmax(1).unsqueeze(1);
        List<CTCDecoder.Hypothesis> decoded = new CTCDecoder(0).greedy(logProbs, lengths(10));
        assertEquals(List.of(1, 1, 2, 2), decoded.getFirst().labels());
        assertEquals(List.of(1, 1), new CTCDecoder(0).greedy(logProbs, lengths(4)).getFirst().labels());
        assertEquals(List.of(), new CTCDecoder(0).greedy(logProbs, lengths(0)).getFirst().labels());
        assertEquals(10 * logProbs.amax().item(), decoded.getFirst().logProbability(), 1e-5);
    }

    @Test
    void aBeamFindsWhatGreedyMisses() {
        // Each frame's best is the blank, but a text has more probability in sum: 2 (0.4 0.6) + 0.4 0.4 = 0.64 against 0.36.
        Tensor logProbs = Tensor.of(new double[] {0.6, 0.4, 0.6, 0.4}, 2, 1, 2).log();
        CTCDecoder decoder = new CTCDecoder(0);
        assertEquals(List.of(), decoder.greedy(logProbs, lengths(2)).getFirst().labels());
        CTCDecoder.Hypothesis best = decoder.beamSearch(logProbs, lengths(2), 2).getFirst().getFirst();
        assertEquals(List.of(1), best.labels());
        assertEquals(0.64, Math.exp(best.logProbability()), 1e-12);
    }

    @Test
    void wrongCallsAreRefused() {
        Tensor logProbs = logProbs(1);
        assertThrows(IllegalArgumentException.class, () -> new CTCDecoder(3).greedy(logProbs, lengths(T)));
        assertThrows(IllegalArgumentException.class, () -> new CTCDecoder(0).greedy(logProbs, lengths(T + 1)));
        assertThrows(IllegalArgumentException.class, () -> new CTCDecoder(0).beamSearch(logProbs, lengths(T), 0));
        Variable x = Variable.constant(logProbs);
        CTCLoss loss = new CTCLoss();
        for (long[] wrong : new long[][] {{0, 1}, {1, 3}, {-1, 1}}) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> loss.of(x, Tensor.of(wrong, 1, 2), lengths(T), lengths(2))).getMessage();
            assertTrue(message.contains("but not the blank 0"), message);
        }
        assertThrows(IllegalArgumentException.class,
                () -> loss.of(x, Tensor.of(new long[] {1, 2}, 1, 2), lengths(T + 1), lengths(2)));
        assertThrows(IllegalArgumentException.class,
                () -> loss.of(x, Tensor.of(new long[] {1, 2}, 1, 2), lengths(T), lengths(3)));
        assertEquals(Double.POSITIVE_INFINITY,
                loss.of(x, Tensor.of(new long[] {1, 1, 1, 1}, 1, 4), lengths(T), lengths(4)).item());
    }
}
