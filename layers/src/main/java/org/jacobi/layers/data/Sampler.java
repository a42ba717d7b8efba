package org.jacobi.layers.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.jacobi.layers.data.Seeds.Purpose;

/**
 * In which order examples are read: the samplers of torch.utils.data.
 *
 * <p>An order is a function of the seed and the epoch alone, so that an epoch can be taken up anywhere.
 */
public interface Sampler {
    /** Returns how many examples an epoch reads. */
    long size();

    /** Returns the function from a position in an epoch, from 0, to the number of the example that is read there. */
    LongUnaryOperator order(long seed, long epoch);

    /** Returns the examples from first to last. */
    static Sampler sequential(long examples) {
        return of(examples, (seed, epoch) -> LongUnaryOperator.identity());
    }

    /** Returns every example once an epoch, in an order of its own each epoch: up to 2^31 examples. */
    static Sampler random(long examples) {
        return subset(LongStream.range(0, examples).toArray());
    }

    /** Returns the given examples once an epoch, in an order of its own each epoch: SubsetRandomSampler. */
    static Sampler subset(long... indices) {
        long[] chosen = indices.clone();
        return of(chosen.length, (seed, epoch) -> {
            long[] order = chosen.clone();
            Seeds.shuffle(order, seed, Purpose.ORDER, epoch);
            return position -> order[(int) position];
        });
    }

    /**
     * Returns every example once an epoch, in the order of a shuffle buffer, as tf.data.Dataset.shuffle: the buffer holds the next
     * examples, one of which is drawn and makes room for another. So a file that is larger than memory is read from front to back, but
     * for so many examples; with a buffer of all of them every order is as likely.
     *
     * @param examples up to 2^31
     * @param buffer   how many examples there are to draw from, at least 1
     */
    static Sampler buffered(long examples, int buffer) {
        if (buffer < 1 || examples > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("buffered: " + examples + " examples and a buffer of " + buffer
                    + "; there must be at most 2^31 - 9 examples and room for at least 1");
        }
        return of(examples, (seed, epoch) -> {
            int[] waiting = IntStream.range(0, (int) Math.min(buffer, examples)).toArray();
            int[] order = new int[(int) examples];
            for (int position = 0, filled = waiting.length; position < order.length; position++) {
                int drawn = (int) Seeds.below(filled, seed, Purpose.ORDER, epoch, position);
                order[position] = waiting[drawn];
                int next = position + waiting.length;
                waiting[drawn] = next < order.length ? next : waiting[--filled];
            }
            return position -> order[(int) position];
        });
    }

    /** Returns as many draws an epoch as samples says, each of any example. */
    static Sampler randomWithReplacement(long examples, long samples) {
        if (examples < 1) {
            throw new IllegalArgumentException(
                    "randomWithReplacement: there are " + examples + " examples to draw from");
        }
        return of(samples, (seed, epoch) -> position -> Seeds.below(examples, seed, Purpose.ORDER, epoch, position));
    }

    /**
     * Returns draws with probabilities in proportion to weights: WeightedRandomSampler. Without replacement an example comes at most
     * once an epoch, by the method of Efraimidis and Spirakis (2006).
     *
     * @param weights of each example, not negative, in any scale
     * @param samples how many draws an epoch has
     * @throws IllegalArgumentException if a weight is negative or no number, or too few are positive
     */
    static Sampler weighted(double[] weights, long samples, boolean replacement) {
        int positive = 0;
        double[] cumulated = new double[weights.length];
        for (int i = 0; i < weights.length; i++) {
            if (!(weights[i] >= 0) || weights[i] == Double.POSITIVE_INFINITY) {
                throw new IllegalArgumentException(
                        "weighted: the weight of example " + i + " is " + weights[i] + ", expected 0 or more");
            }
            positive += weights[i] > 0 ? 1 : 0;
            cumulated[i] = (i == 0 ? 0 : cumulated[i - 1]) + weights[i];
        }
        if (positive == 0 || !replacement && positive < samples) {
            throw new IllegalArgumentException("weighted: " + positive + " of " + weights.length
                    + " examples have a positive weight, which are too few for " + samples + " draws"
                    + (replacement ? "" : " without replacement"));
        }
        if (replacement) {
            return of(samples, (seed, epoch) -> position -> located(cumulated,
                    Seeds.uniform(seed, Purpose.ORDER, epoch, position) * cumulated[cumulated.length - 1]));
        }
        double[] kept = weights.clone();
        return of(samples, (seed, epoch) -> {
            // The exponentially distributed times at which examples of these rates would come: the first to come are drawn.
            double[] times = new double[kept.length];
            for (int i = 0; i < times.length; i++) {
                times[i] = -StrictMath.log(1 - Seeds.uniform(seed, Purpose.ORDER, epoch, i)) / kept[i];
            }
            int[] drawn = byKey(times, i -> kept[i] > 0);
            return position -> drawn[(int) position];
        });
    }

    /**
     * Returns every example once an epoch, with each class spread evenly over it, so that every batch has about the same share of
     * each class.
     *
     * @param labels the class of each example
     */
    static Sampler stratified(long... labels) {
        long[] classes = labels.clone();
        return of(classes.length, (seed, epoch) -> {
            double[] keys = new double[classes.length];
            for (long[] members : Splits.byClass(classes).values()) {
                Seeds.shuffle(members, Seeds.derive(seed, Purpose.ORDER, epoch, classes[(int) members[0]]),
                        Purpose.ORDER, epoch);
                for (int k = 0; k < members.length; k++) {
                    keys[(int) members[k]] = (k + Seeds.uniform(seed, Purpose.ORDER, epoch, members[k]))
                            / members.length;
                }
            }
            int[] order = byKey(keys, i -> true);
            return position -> order[(int) position];
        });
    }

    /** A sampler of a known size. */
    private static Sampler of(long size, Orders orders) {
        if (size < 0) {
            throw new IllegalArgumentException("Sampler: an epoch cannot have " + size + " examples");
        }
        return new Sampler() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public LongUnaryOperator order(long seed, long epoch) {
                return orders.order(seed, epoch);
            }
        };
    }

    /** What a sampler is apart from its size. */
    @FunctionalInterface
    interface Orders {
        LongUnaryOperator order(long seed, long epoch);
    }

    /** Returns the first example up to which the weights' sum exceeds the point. */
    private static int located(double[] cumulated, double point) {
        int found = Arrays.binarySearch(cumulated, point);
        int at = found >= 0 ? found : -found - 1;
        while (at < cumulated.length && cumulated[at] <= point) {
            at++;
        }
        // Rounding may put the point at the very end, behind which come only examples of weight 0.
        at = Math.min(at, cumulated.length - 1);
        while (at > 0 && cumulated[at] == cumulated[at - 1]) {
            at--;
        }
        return at;
    }

    private static int[] byKey(double[] keys, IntPredicate chosen) {
        return IntStream.range(0, keys.length).filter(chosen).boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> keys[i]).thenComparing(Comparator.naturalOrder()))
                .mapToInt(i -> i).toArray();
    }
}
