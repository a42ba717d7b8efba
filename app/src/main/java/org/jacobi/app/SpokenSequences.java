package org.jacobi.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * Words that are recorded one by one, said one after the other: a recording, and up to so many more of the same data set behind it, with
 * pauses. Which follow is always the same for the same number.
 *
 * @param words   recordings with the class of the word that is said
 * @param letters of each class, as the network knows them
 * @param space   the letter between words
 * @param most    how many words there are at most
 * @param rate    samples a second
 */
record SpokenSequences(Dataset<Example> words, List<long[]> letters, long space, int most, int rate)
        implements Dataset<Spoken> {

    private static final double LONGEST_PAUSE = 0.3;

    @Override
    public long size() {
        return words.size();
    }

    @Override
    public Spoken get(long index) {
        return sequence(words.get(index), new Generator(index));
    }

    @Override
    public String describe(long index) {
        return words.describe(index);
    }

    /** Returns recordings alone, behind which {@link #sequence} puts others. */
    Dataset<Spoken> alone() {
        return words.map(word -> new Spoken(word.input(), word.target()));
    }

    /** Returns a recording with others behind it, which a generator draws. */
    Spoken sequence(Example first, Generator generator) {
        long count = 1 + generator.nextLong(most);
        List<Tensor> signals = new ArrayList<>();
        List<long[]> texts = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            Example word = i == 0 ? first : words.get(generator.nextLong(words.size()));
            signals.add(Tensor.zeros(DType.F32, 1, 1 + generator.nextLong((long) (LONGEST_PAUSE * rate))));
            signals.add(word.input());
            if (i > 0) {
                texts.add(new long[] {space});
            }
            texts.add(letters.get((int) word.target().item()));
        }
        signals.add(Tensor.zeros(DType.F32, 1, 1 + generator.nextLong((long) (LONGEST_PAUSE * rate))));
        long[] all = texts.stream().flatMapToLong(Arrays::stream).toArray();
        return new Spoken(Tensor.cat(1, signals.toArray(Tensor[]::new)), Tensor.of(all, all.length));
    }
}
