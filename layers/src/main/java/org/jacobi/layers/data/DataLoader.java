package org.jacobi.layers.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongUnaryOperator;

import org.jacobi.layers.data.Seeds.Purpose;
import org.jacobi.tensor.TensorScope;

/**
 * Batches of a data set, epoch after epoch: shuffled by a seed, transformed, collated, and prepared ahead by threads of its own
 * (torch.utils.data.DataLoader).
 *
 * <pre>{@code
 * DataLoader<Batch> loader = DataLoader.of(dataset).batchSize(64).shuffle(42).transform(flip).workers(2).build();
 * for (int epoch = 0; epoch < 10; epoch++) {
 *     loader.epoch(epoch).forEach(batch -> step(batch.input(), batch.target()));   // frees each batch after its step
 * }
 * }</pre>
 *
 * <p>What an epoch gives depends on the seed and the epoch's number alone: order and random choices are the same for any number of
 * workers, and in an epoch that was taken up in its middle ({@link #resume}). A batch belongs to the scope that is open where
 * {@link Epoch#next} is called. One epoch runs at a time: beginning another closes the one before.
 *
 * @param <B> a batch
 */
public final class DataLoader<B extends TensorBundle<B>> implements Iterable<B>, Resumable {
    private final Plan<?, B> plan;
    private final int workers;
    private final int prefetch;
    private Prefetcher<B> running;
    /** Where the running epoch was begun; null before the first. */
    private LoaderState start;
    private LoaderState next;

    private DataLoader(Plan<?, B> plan, int workers, int prefetch) {
        this.plan = plan;
        this.workers = workers;
        this.prefetch = prefetch;
        this.next = new LoaderState(plan.seed, 0, 0);
    }

    /** Begins a loader whose batches are stacks of examples. */
    public static Builder<Example, Batch> of(Dataset<Example> dataset) {
        return of(dataset, Batch::stack);
    }

    /** Begins a loader that makes batches in a way of its own. */
    public static <T, B extends TensorBundle<B>> Builder<T, B> of(Dataset<T> dataset, Collate<T, B> collate) {
        return new Builder<>(dataset, collate);
    }

    @Override
    public long batches() {
        return plan.batches(0);
    }

    /** Returns how many examples an epoch takes. */
    public long examples() {
        return plan.dropLast ? batches() * plan.batchSize : plan.sampler.size();
    }

    /** Returns the most examples that a batch has. */
    public int batchSize() {
        return plan.batchSize;
    }

    /** Begins the epoch after the one that was begun last; the first is epoch 0. */
    @Override
    public Epoch<B> iterator() {
        return resume(next);
    }

    /** Begins an epoch. */
    public Epoch<B> epoch(long epoch) {
        return resume(new LoaderState(plan.seed, epoch, 0));
    }

    /**
     * Goes on with an epoch from where it was: the batches that come are the ones that would have come.
     *
     * @throws IllegalArgumentException if the state is that of another seed, or lies behind the epoch's end
     */
    public Epoch<B> resume(LoaderState state) {
        check(state);
        close();
        next = new LoaderState(plan.seed, state.epoch() + 1, 0);
        start = state;
        LongUnaryOperator order = plan.sampler.order(plan.seed, state.epoch());
        running = new Prefetcher<>(number -> plan.load(order, state, number), plan.batches(state.position()), workers,
                prefetch);
        return new Epoch<>(running, state, plan.batchSize, plan.sampler.size());
    }

    @Override
    public LoaderState state() {
        return start == null ? next : start.after(running.taken(), plan.batchSize, plan.sampler.size());
    }

    @Override
    public void seek(LoaderState state) {
        check(state);
        close();
        start = null;
        next = plan.batches(state.position()) > 0 ? state : new LoaderState(plan.seed, state.epoch() + 1, 0);
    }

    private void check(LoaderState state) {
        if (state.seed() != plan.seed || state.position() > plan.sampler.size()) {
            throw new IllegalArgumentException(
                    "DataLoader: " + state + " does not belong to this loader, whose seed is "
                            + plan.seed + " and whose epochs have " + plan.sampler.size() + " examples");
        }
    }

    private void close() {
        if (running != null) {
            running.close("another epoch of its loader was begun");
        }
    }

    /** What makes a batch, apart from threads. */
    private record Plan<T, B extends TensorBundle<B>>(Dataset<T> dataset, Collate<T, B> collate, Sampler sampler,
            long seed, int batchSize, boolean dropLast, Transform<T> transform, Transform<B> batchTransform) {

        long batches(long position) {
            long left = sampler.size() - position;
            return dropLast ? left / batchSize : (left + batchSize - 1) / batchSize;
        }

        /** Loads a batch in the thread that calls; its tensors are nobody's until they are adopted. */
        B load(LongUnaryOperator order, LoaderState from, long number) {
            long first = from.position() + number * batchSize;
            long[] numbers = new long[(int) Math.min(batchSize, sampler.size() - first)];
            try (var _ = TensorScope.open()) {
                List<T> examples = new ArrayList<>();
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = order.applyAsLong(first + i);
                    examples.add(example(numbers[i], from.epoch(), first + i));
                }
                return collated(examples, numbers, from.epoch(), first).handOff();
            }
        }

        private T example(long number, long epoch, long position) {
            try {
                T example = dataset.get(number);
                return transform == null ? example
                        : transform.apply(example, Seeds.generator(seed, Purpose.EXAMPLE, epoch, position));
            } catch (RuntimeException e) {
                throw new DataException("DataLoader: " + described(number) + " cannot be loaded: " + reason(e), e);
            }
        }

        private B collated(List<T> examples, long[] numbers, long epoch, long first) {
            try {
                B batch = collate.apply(examples, numbers);
                return batchTransform == null ? batch
                        : batchTransform.apply(batch, Seeds.generator(seed, Purpose.BATCH, epoch, first));
            } catch (RuntimeException e) {
                throw new DataException("DataLoader: the batch of examples " + Arrays.toString(numbers)
                        + " cannot be made: " + reason(e), e);
            }
        }

        /** The number is said in any case, even if the data set cannot describe it. */
        private String described(long number) {
            String number0 = "example " + number;
            try {
                String description = dataset.describe(number);
                return description.contains(number0) ? description : number0 + " (" + description + ")";
            } catch (RuntimeException _) {
                return number0;
            }
        }

        private static String reason(RuntimeException e) {
            return e instanceof DataException ? e.getMessage() : e.toString();
        }
    }

    /**
     * The choices of a loader.
     *
     * @param <T> an example
     * @param <B> a batch
     */
    public static final class Builder<T, B extends TensorBundle<B>> {
        private final Dataset<T> dataset;
        private final Collate<T, B> collate;
        private Sampler sampler;
        private long seed;
        private int batchSize = 1;
        private boolean dropLast;
        private Transform<T> transform;
        private Transform<B> batchTransform;
        private int workers;
        private int prefetch = -1;

        private Builder(Dataset<T> dataset, Collate<T, B> collate) {
            this.dataset = Objects.requireNonNull(dataset, "DataLoader: the data set is null");
            this.collate = Objects.requireNonNull(collate, "DataLoader: the collate is null");
            sampler = Sampler.sequential(dataset.size());
        }

        /** Sets how many examples a batch has; 1 if nothing is said. */
        public Builder<T, B> batchSize(int examples) {
            batchSize = atLeast(1, examples, "batchSize");
            return this;
        }

        /** Reads every example once an epoch in random order, which follows from the seed. */
        public Builder<T, B> shuffle(long newSeed) {
            return sampler(Sampler.random(dataset.size())).seed(newSeed);
        }

        /** Reads examples in an order of its own; sequential if nothing is said. */
        public Builder<T, B> sampler(Sampler order) {
            sampler = Objects.requireNonNull(order, "DataLoader: the sampler is null");
            return this;
        }

        /** Sets what all random choices follow from; 0 if nothing is said. */
        public Builder<T, B> seed(long newSeed) {
            seed = newSeed;
            return this;
        }

        /** Leaves out the last batch of an epoch if it has fewer examples than the others. */
        public Builder<T, B> dropLast(boolean drop) {
            dropLast = drop;
            return this;
        }

        /** Changes every example; its generator follows from the seed, the epoch and the example's position. */
        public Builder<T, B> transform(Transform<T> change) {
            transform = transform == null ? change : transform.then(change);
            return this;
        }

        /** Changes every batch, such as mixup does. */
        public Builder<T, B> batchTransform(Transform<B> change) {
            batchTransform = batchTransform == null ? change : batchTransform.then(change);
            return this;
        }

        /** Sets how many threads prepare batches ahead; with 0, the default, the caller's thread loads when it asks. */
        public Builder<T, B> workers(int threads) {
            workers = atLeast(0, threads, "workers");
            return this;
        }

        /** Sets how many batches at most are ready or in work at a time; two a worker if nothing is said. */
        public Builder<T, B> prefetch(int batches) {
            prefetch = atLeast(1, batches, "prefetch");
            return this;
        }

        /** Returns the loader. */
        public DataLoader<B> build() {
            return new DataLoader<>(
                    new Plan<>(dataset, collate, sampler, seed, batchSize, dropLast, transform, batchTransform),
                    workers, prefetch < 0 ? 2 * workers : prefetch);
        }

        private static int atLeast(int least, int value, String what) {
            if (value < least) {
                throw new IllegalArgumentException(
                        "DataLoader: " + what + " is " + value + ", expected at least " + least);
            }
            return value;
        }
    }
}
