package org.jacobi.layers.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

import org.jacobi.layers.data.Seeds.Purpose;

/**
 * Cuts the numbers 0 to n - 1 of a data set's examples into parts, for {@link Dataset#subset}: torch.utils.data.random_split and
 * the splits of scikit-learn.
 */
public final class Splits {
    /**
     * One of the k ways to set a k-th of the examples aside.
     *
     * @param train the examples to learn from
     * @param test  the others
     */
    public record Fold(long[] train, long[] test) {
    }

    private Splits() {
    }

    /**
     * Shuffles examples and cuts them by fractions, such as 0.8, 0.1, 0.1. What rounding down leaves over goes to the first parts, one
     * each, as in random_split.
     *
     * @throws IllegalArgumentException if a fraction is negative or they do not add up to 1
     */
    public static List<long[]> random(long examples, long seed, double... fractions) {
        long[] order = LongStream.range(0, examples).toArray();
        Seeds.shuffle(order, seed, Purpose.SPLIT, 0);
        return cut(order, lengths(order.length, fractions));
    }

    /**
     * Cuts every class by fractions, so that each part has its share of it.
     *
     * @param labels the class of each example
     * @throws IllegalArgumentException if a class has too few examples to be in every part that is not empty
     */
    public static List<long[]> stratified(long[] labels, long seed, double... fractions) {
        List<List<long[]>> parts = new ArrayList<>();
        for (double _ : fractions) {
            parts.add(new ArrayList<>());
        }
        byClass(labels).forEach((label, members) -> {
            Seeds.shuffle(members, seed, Purpose.SPLIT, label);
            int[] lengths = lengths(members.length, fractions);
            // Rounding may leave a small class out of a part; the largest part gives one of its examples then.
            for (int i = 0; i < fractions.length; i++) {
                if (fractions[i] > 0 && lengths[i] == 0) {
                    int largest = largest(lengths);
                    if (lengths[largest] < 2) {
                        throw new IllegalArgumentException("stratified: class " + label + " has " + members.length
                                + " examples, too few to be in each of " + Arrays.toString(fractions)
                                + "; leave the class out, or split at random");
                    }
                    lengths[largest]--;
                    lengths[i]++;
                }
            }
            List<long[]> pieces = cut(members, lengths);
            for (int i = 0; i < fractions.length; i++) {
                parts.get(i).add(pieces.get(i));
            }
        });
        return joined(parts);
    }

    /**
     * Returns k folds of shuffled examples: KFold. Every example is in one test part; the first examples % k of these have one more.
     *
     * @throws IllegalArgumentException unless 2 ≤ k ≤ examples
     */
    public static List<Fold> kFold(long examples, int k, long seed) {
        requireFolds("kFold", k, examples, "there are " + examples + " examples");
        long[] order = LongStream.range(0, examples).toArray();
        Seeds.shuffle(order, seed, Purpose.SPLIT, 0);
        return folds(cut(order, evenly(order.length, k, 0)));
    }

    /**
     * Returns k folds with each class's share of examples in every test part: StratifiedKFold.
     *
     * @param labels the class of each example
     * @throws IllegalArgumentException unless 2 ≤ k, and every class has k examples
     */
    public static List<Fold> stratifiedKFold(long[] labels, int k, long seed) {
        requireFolds("stratifiedKFold", k, labels.length, "there are " + labels.length + " examples");
        List<List<long[]>> parts = new ArrayList<>();
        for (int i = 0; i < k; i++) {
            parts.add(new ArrayList<>());
        }
        int[] given = {0};
        byClass(labels).forEach((label, members) -> {
            requireFolds("stratifiedKFold", k, members.length,
                    "class " + label + " has " + members.length + " examples");
            Seeds.shuffle(members, seed, Purpose.SPLIT, label);
            List<long[]> pieces = cut(members, evenly(members.length, k, given[0]));
            // What is left over of a class goes on where the last class's ended, so that parts stay equally large.
            given[0] = (given[0] + members.length % k) % k;
            for (int i = 0; i < k; i++) {
                parts.get(i).add(pieces.get(i));
            }
        });
        return folds(joined(parts));
    }

    /** Returns the examples of each class, in order. */
    static Map<Long, long[]> byClass(long[] labels) {
        Map<Long, LongStream.Builder> members = new TreeMap<>();
        for (int i = 0; i < labels.length; i++) {
            members.computeIfAbsent(labels[i], _ -> LongStream.builder()).add(i);
        }
        Map<Long, long[]> arrays = new TreeMap<>();
        members.forEach((label, examples) -> arrays.put(label, examples.build().toArray()));
        return arrays;
    }

    private static void requireFolds(String op, int k, long examples, String found) {
        if (k < 2 || k > examples) {
            throw new IllegalArgumentException(op + ": " + found + " for k = " + k + "; k must be at least 2, and at"
                    + " most the number of examples" + (op.startsWith("s") ? " of the smallest class" : ""));
        }
    }

    private static int[] lengths(int n, double... fractions) {
        double sum = 0;
        for (double fraction : fractions) {
            if (!(fraction >= 0)) {
                throw new IllegalArgumentException("split: fraction " + fraction + " of " + Arrays.toString(fractions)
                        + " is negative or no number");
            }
            sum += fraction;
        }
        if (Math.abs(sum - 1) > 1e-6) {
            throw new IllegalArgumentException(
                    "split: the fractions " + Arrays.toString(fractions) + " add up to " + sum + ", expected 1");
        }
        int[] lengths = new int[fractions.length];
        int left = n;
        for (int i = 0; i < lengths.length; i++) {
            // A millionth of an example: 0.7 of 10 is 7 though it is less in floating point.
            lengths[i] = (int) Math.min(left, Math.floor(fractions[i] * n + 1e-6));
            left -= lengths[i];
        }
        for (int i = 0; left > 0; i = (i + 1) % lengths.length) {
            if (fractions[i] > 0) {
                lengths[i]++;
                left--;
            }
        }
        return lengths;
    }

    private static int largest(int[] lengths) {
        int largest = 0;
        for (int i = 1; i < lengths.length; i++) {
            largest = lengths[i] > lengths[largest] ? i : largest;
        }
        return largest;
    }

    /** Returns k lengths that differ by one at most; the longer ones begin at a part and go round. */
    private static int[] evenly(int n, int k, int first) {
        int[] lengths = new int[k];
        for (int i = 0; i < k; i++) {
            lengths[(first + i) % k] = n / k + (i < n % k ? 1 : 0);
        }
        return lengths;
    }

    private static List<long[]> cut(long[] values, int[] lengths) {
        List<long[]> parts = new ArrayList<>();
        int from = 0;
        for (int length : lengths) {
            parts.add(Arrays.copyOfRange(values, from, from + length));
            from += length;
        }
        return parts;
    }

    /** Joins the pieces of each part, in the order of the examples. */
    private static List<long[]> joined(List<List<long[]>> parts) {
        return parts.stream().map(pieces -> pieces.stream().flatMapToLong(Arrays::stream).sorted().toArray()).toList();
    }

    private static List<Fold> folds(List<long[]> parts) {
        List<Fold> folds = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            List<long[]> others = new ArrayList<>(parts);
            others.remove(i);
            folds.add(new Fold(others.stream().flatMapToLong(Arrays::stream).toArray(), parts.get(i)));
        }
        return folds;
    }
}
