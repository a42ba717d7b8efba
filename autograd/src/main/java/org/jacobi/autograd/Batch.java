package org.jacobi.autograd;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The axes that {@link Autograd#vmap} hides of a variable, and what ops' rules for batches are made of.
 *
 * <p>Inside vmap a variable stands for one example, but its tensor holds all: the batch is the tensor's first axis, which
 * {@link Variable#shape()} does not show. Nested vmaps hide an axis each, those of the outer ones first. An op has a rule
 * for batches if it reads its operands with the methods of this class in place of {@link Variable#value()}, which refuses:
 *
 * <ul>
 * <li>{@link #value} is the whole tensor, for ops that compute every element by itself, or along the last axes;
 * <li>{@link #beside} aligns the operands of an elementwise op, so that they broadcast;
 * <li>{@link #together} gives all operands the same hidden axes;
 * <li>{@link #axis}, {@link #axes} and {@link #sizes} translate axes and shapes;
 * <li>{@link #each} computes example by example, for ops that no batch fits.
 * </ul>
 *
 * <p>For variables outside of vmap all of them are what {@link Variable#value()} and the arguments are. A result is passed to
 * {@link Variable#record} as ever: the hidden axes of all inputs are its first ones.
 */
public final class Batch {
    private static final AtomicLong LAST = new AtomicLong();
    private static final Set<String> FALLBACKS = new ConcurrentSkipListSet<>();
    private static final StackWalker CALLERS = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    /** Says that an op has no rule for batches; {@link Vmap} then goes from example to example. */
    static final class NoRule extends IllegalStateException {
        private static final long serialVersionUID = 1;
        final transient Batch batch;
        final String op;

        NoRule(Batch batch, String op) {
            super(op + " has no rule for batches: it reads the value of a variable that stands for all examples of a vmap");
            this.batch = batch;
            this.op = op;
        }
    }

    /** The vmaps whose axes are hidden, by their numbers, which grow: one nested in another has the larger number. */
    private final long[] levels;

    private Batch(long... levels) {
        this.levels = levels;
    }

    static long newLevel() {
        return LAST.incrementAndGet();
    }

    // ---- what ops use ----------------------------------------------------------------------------------------------

    /** Returns the numbers, with the hidden axes in front. */
    public static Tensor value(Variable x) {
        return x.data();
    }

    /** Returns the numbers for an op on the last axes: an example with fewer is refused, lest the batch pass for one. */
    public static Tensor trailing(String op, Variable x, int axes) {
        if (x.batch() != null && x.rank() < axes) {
            throw new IllegalArgumentException(
                    op + ": needs at least " + axes + (axes == 1 ? " axis" : " axes") + ", got shape " + x.shape());
        }
        return x.data();
    }

    /** Returns how many axes are hidden of variables taken together; 0 outside of vmap. */
    public static int lead(Variable... in) {
        Batch all = union(in);
        return all == null ? 0 : all.rank();
    }

    /** Returns where an axis of x is in its tensor. */
    public static int axis(Variable x, int axis) {
        int lead = lead(x);
        return lead == 0 ? axis : lead + x.shape().axis("vmap", axis);
    }

    /** Returns where axes of x are in its tensor, all of them if none is given; x must not be a scalar for each example. */
    public static int[] axes(Variable x, int... axes) {
        int lead = lead(x);
        if (lead == 0) {
            return axes;
        }
        int[] moved = new int[axes.length == 0 ? x.rank() : axes.length];
        Arrays.setAll(moved, i -> axis(x, axes.length == 0 ? i : axes[i]));
        return moved;
    }

    /** Returns an order of x's axes as one of its tensor's. */
    public static int[] order(Variable x, int... axes) {
        int lead = lead(x);
        int[] order = new int[lead + axes.length];
        Arrays.setAll(order, i -> i < lead ? i : axis(x, axes[i - lead]));
        return order;
    }

    /** Returns whether x is a scalar for each example: its reductions must not reduce the examples. */
    public static boolean isScalar(Variable x) {
        return x.batch() != null && x.rank() == 0;
    }

    /** Returns a tensor of the type that one example has: a scalar counts as one, though there are many. */
    static Tensor likeOne(Variable x) {
        return isScalar(x) ? Tensor.scalar(0, x.dtype()) : x.data();
    }

    /** Returns x's numbers with axes of size 1 put before the visible ones, up to a rank. */
    public static Tensor widened(Variable x, int rank) {
        return x.batch() == null || rank < x.rank() ? x.data() : x.batch().inserted(x, rank);
    }

    /** Returns whether two variables have the same hidden axes. */
    public static boolean same(Variable a, Variable b) {
        return a.batch() == b.batch()
                || a.batch() != null && b.batch() != null && Arrays.equals(a.batch().levels, b.batch().levels);
    }

    /** Returns x with the hidden axes of all vmaps that are running: random ops draw numbers for every example. */
    public static Variable perExample(Variable x) {
        Variable[] running = Recording.current().running;
        return running.length == 0 ? x : spread(x, running);
    }

    /** Returns the sizes of x's hidden axes followed by the given ones. */
    public static long[] sizes(Variable x, long... sizes) {
        int lead = lead(x);
        if (lead == 0) {
            return sizes;
        }
        long[] all = Arrays.copyOf(x.data().shape().toArray(), lead + sizes.length);
        System.arraycopy(sizes, 0, all, lead, sizes.length);
        return all;
    }

    /** Returns x's numbers for an op that broadcasts x with others: hidden axes meet hidden ones, visible axes visible ones. */
    public static Tensor beside(Variable x, Variable... others) {
        if (x.batch() == null) {
            return x.data(); // broadcasting aligns at the end
        }
        Batch all = x.batch();
        int rank = x.rank();
        for (Variable other : others) {
            all = union(all, other.batch());
            rank = Math.max(rank, other.rank());
        }
        return all.inserted(x, rank);
    }

    /** Returns the numbers of all operands of an op in which they broadcast with each other. */
    public static Tensor[] aligned(Variable... in) {
        Tensor[] values = new Tensor[in.length];
        Arrays.setAll(values, i -> beside(in[i], in));
        return values;
    }

    /** Returns the operands' numbers with the same hidden axes in front, repeated where one lacks them; null for null. */
    public static Tensor[] together(Variable... in) {
        Batch all = union(in);
        Tensor[] values = new Tensor[in.length];
        long[] sizes = all == null ? null : all.sizes(in);
        Arrays.setAll(values, i -> in[i] == null ? null : all == null ? in[i].data() : all.spread(in[i], sizes));
        return values;
    }

    /** Returns x with the hidden axes of all others too, repeated along those that it lacks. */
    public static Variable spread(Variable x, Variable... others) {
        Batch all = union(x.batch(), union(others));
        if (all == x.batch()) {
            return x;
        }
        Variable[] both = Arrays.copyOf(others, others.length + 1);
        both[others.length] = x;
        return Variable.record(all.spread(x, all.sizes(both)), all, out -> new Spread(new Variable[] {x}, Saved.of()),
                x);
    }

    /** Returns a constant that was computed from the numbers of others, whose hidden axes are its first ones. */
    public static Variable constant(Tensor value, Variable... from) {
        return new Variable(value, false, union(from));
    }

    /** Returns the stacked results of a function of tensors for every example; outside of vmap, its only result. */
    public static Tensor each(Function<Tensor[], Tensor> op, Variable... in) {
        return eachOfAll(values -> new Tensor[] {op.apply(values)}, in)[0];
    }

    /** Returns what {@link #each} does, of a function with several results. */
    static Tensor[] eachOfAll(Function<Tensor[], Tensor[]> op, Variable... in) {
        Batch all = union(in);
        Tensor[] values = together(in);
        if (all == null) {
            return op.apply(values);
        }
        long[] sizes = all.sizes(in);
        int count = Math.toIntExact(Shape.of(sizes).numel());
        if (count == 0) {
            throw new IllegalArgumentException("vmap: an op without a rule for batches needs one example at least");
        }
        Arrays.setAll(values,
                i -> in[i] == null ? null : values[i].reshape(followed(new long[] {count}, in[i].shape())));
        Tensor[][] results = new Tensor[count][];
        for (int e = 0; e < count; e++) {
            Tensor[] example = new Tensor[in.length];
            for (int i = 0; i < in.length; i++) {
                example[i] = values[i] == null ? null : values[i].select(0, e);
            }
            results[e] = op.apply(example);
        }
        Tensor[] stacked = new Tensor[results[0].length];
        for (int i = 0; i < stacked.length; i++) {
            Tensor[] parts = new Tensor[count];
            for (int e = 0; e < count; e++) {
                parts[e] = results[e][i];
            }
            stacked[i] = Tensor.stack(0, parts).reshape(followed(sizes, parts[0].shape()));
        }
        return stacked;
    }

    private static long[] followed(long[] first, Shape second) {
        long[] sizes = Arrays.copyOf(first, first.length + second.rank());
        System.arraycopy(second.toArray(), 0, sizes, first.length, second.rank());
        return sizes;
    }

    /**
     * Returns the result of an op whose first axis is one of examples anyway: the hidden axes are merged into it.
     *
     * @param op takes the inputs, at least one of which has hidden axes, with none
     * @param in null for absent ones
     */
    public static Variable folded(Function<Variable[], Variable> op, Variable... in) {
        Batch all = union(in);
        Variable[] merged = new Variable[in.length];
        for (int i = 0; i < in.length; i++) {
            if (in[i] != null) {
                Variable x = spread(in[i], in);
                for (int level = all.levels.length - 1; level >= 0; level--) {
                    x = reveal(x, all.levels[level]).flatten(0, 1);
                }
                merged[i] = x;
            }
        }
        Variable out = op.apply(merged);
        long[] sizes = all.sizes(in);
        for (int level = 0; level < sizes.length; level++) {
            long[] split = new long[out.rank() + 1];
            System.arraycopy(out.shape().toArray(), 0, split, 1, out.rank());
            split[0] = sizes[level];
            split[1] = out.size(0) / Math.max(1, sizes[level]);
            out = hide(out.reshape(split), all.levels[level], false);
        }
        return out;
    }

    /**
     * Returns variables with those hidden axes made visible, in front, over which the gradient of an input will be summed:
     * the sum over examples of a product of matrices is one larger product.
     */
    public static Variable[] exposed(Variable input, Variable... in) {
        Variable[] out = in.clone();
        Batch all = union(in);
        if (all != null) {
            Arrays.setAll(out, i -> spread(in[i], in));
            for (long level : all.levels) {
                if (!kept(level, input.batch())) {
                    Arrays.setAll(out, i -> reveal(out[i], level));
                }
            }
        }
        return out;
    }

    // ---- bookkeeping -----------------------------------------------------------------------------------------------

    /** Returns the hidden axes of any of the variables; null if there is none. */
    static Batch union(Variable... in) {
        Batch all = null;
        for (Variable x : in) {
            if (x != null && x.batch() != null) {
                all = union(all, x.batch());
            }
        }
        return all;
    }

    private static Batch union(Batch a, Batch b) {
        if (b == null || a == b) {
            return a;
        }
        if (a == null || Arrays.equals(a.levels, b.levels)) {
            return a == null ? b : a;
        }
        TreeSet<Long> all = new TreeSet<>();
        for (long level : a.levels) {
            all.add(level);
        }
        for (long level : b.levels) {
            all.add(level);
        }
        return all.size() == a.levels.length ? a : new Batch(all.stream().mapToLong(level -> level).toArray());
    }

    int rank() {
        return levels.length;
    }

    boolean contains(long level) {
        return Arrays.binarySearch(levels, level) >= 0;
    }

    Shape visible(Shape whole) {
        long[] sizes = whole.toArray();
        return Shape.of(Arrays.copyOfRange(sizes, levels.length, sizes.length));
    }

    String describe(Tensor value) {
        return value.dtype() + "" + visible(value.shape()) + " for each of "
                + Shape.of(Arrays.copyOf(value.shape().toArray(), levels.length)) + " examples";
    }

    /** Returns the sizes of these axes, each found in a variable that has it. */
    private long[] sizes(Variable... in) {
        long[] sizes = new long[levels.length];
        for (Variable x : in) {
            if (x != null && x.batch() != null) {
                for (int i = 0; i < x.batch().levels.length; i++) {
                    sizes[Arrays.binarySearch(levels, x.batch().levels[i])] = x.data().size(i);
                }
            }
        }
        return sizes;
    }

    /** Returns x's numbers with size 1 for each of these axes that x lacks, and its visible axes padded to a rank. */
    private Tensor inserted(Variable x, int rank) {
        int lead = lead(x);
        if (lead == levels.length && rank == x.rank()) {
            return x.data();
        }
        long[] old = x.data().shape().toArray();
        long[] sizes = new long[levels.length + rank];
        Arrays.fill(sizes, 1);
        for (int i = 0; i < lead; i++) {
            sizes[Arrays.binarySearch(levels, x.batch().levels[i])] = old[i];
        }
        System.arraycopy(old, lead, sizes, sizes.length - x.rank(), x.rank());
        return x.data().reshape(sizes);
    }

    private Tensor spread(Variable x, long[] batchSizes) {
        return inserted(x, x.rank()).expandTo(Shape.of(followed(batchSizes, x.shape())));
    }

    // ---- axes that come and go -------------------------------------------------------------------------------------

    /** Returns x with its first visible axis hidden as that of a vmap. */
    static Variable hide(Variable x, long level) {
        return hide(x, level, true);
    }

    private static Variable hide(Variable x, long level, boolean entered) {
        int lead = lead(x);
        Batch more = union(x.batch(), new Batch(level));
        Tensor moved = moved(x.data(), lead, Arrays.binarySearch(more.levels, level));
        return Variable.record(moved, more, out -> new Hide(new Variable[] {x}, Saved.of(), level, entered), x);
    }

    /** Returns x, of which a vmap's axis is hidden, with that axis in front of the visible ones. */
    static Variable reveal(Variable x, long level) {
        int at = Arrays.binarySearch(x.batch().levels, level);
        long[] rest = Arrays.stream(x.batch().levels).filter(other -> other != level).toArray();
        Tensor moved = moved(x.data(), at, rest.length);
        return Variable.record(moved, rest.length == 0 ? null : new Batch(rest),
                out -> new Reveal(new Variable[] {x}, Saved.of(), level), x);
    }

    /** Returns a view with one axis moved. */
    static Tensor moved(Tensor x, int from, int to) {
        return from == to ? x.alias() : x.permute(order(x.rank(), from, to));
    }

    /** Returns the order of axes that moves one of them. */
    static int[] order(int rank, int from, int to) {
        int[] order = new int[rank];
        int next = 0;
        for (int i = 0; i < rank; i++) {
            if (i == to) {
                order[i] = from;
            } else {
                next += next == from ? 1 : 0;
                order[i] = next++;
            }
        }
        return order;
    }

    /**
     * Returns a gradient as it belongs to an input: summed over the axes of vmaps that have ended and that the input does
     * not have, because the input was the same for all examples.
     */
    static Variable settled(Variable grad, Variable input) {
        Variable sum = grad;
        if (grad.batch() != null) {
            for (long level : grad.batch().levels) {
                if (!kept(level, input.batch())) {
                    sum = reveal(sum, level).sum(0);
                }
            }
        }
        return sum;
    }

    private static boolean kept(long level, Batch batch) {
        return batch != null && batch.contains(level) || running(level);
    }

    static boolean running(long level) {
        for (Variable examples : Recording.current().running) {
            if (examples.batch().contains(level)) {
                return true;
            }
        }
        return false;
    }

    /** Returns a variable of which nothing but the axis of a vmap's examples is known. */
    static Variable examples(long count, long level) {
        return new Variable(Tensor.zeros(1).expand(count), false, new Batch(level));
    }

    /**
     * A variable whose first axis becomes the examples of a vmap: {@link Reveal} is the reverse.
     *
     * @param entered whether this is how the variable came into the vmap
     */
    private record Hide(Variable[] inputs, Saved saved, long level, boolean entered) implements GradFn {
        @Override
        public Variable[] backward(Variable... douts) {
            if (entered && running(level)) {
                throw new IllegalStateException(
                        "vmap: inside the mapped function, the gradient was asked for of a variable "
                                + "of shape " + inputs[0].shape()
                                + ", which holds all examples; ask for that of the function's "
                                + "argument, or compute the gradient outside");
            }
            Variable out = douts[0];
            if (out.batch() == null || !out.batch().contains(level)) {
                out = spread(out, examples(inputs[0].size(0), level));
            }
            return new Variable[] {reveal(out, level)};
        }
    }

    /** The examples of a vmap as an axis: {@link Hide} is the reverse. */
    private record Reveal(Variable[] inputs, Saved saved, long level) implements GradFn {
        @Override
        public Variable[] backward(Variable... douts) {
            return new Variable[] {hide(douts[0], level)};
        }
    }

    /** A variable repeated for every example: the engine sums its gradient once the vmap has ended. */
    private record Spread(Variable[] inputs, Saved saved) implements GradFn {
        @Override
        public Variable[] backward(Variable... douts) {
            return new Variable[] {douts[0]};
        }
    }

    // ---- refusals --------------------------------------------------------------------------------------------------

    /** Returns what to throw when the one value is asked for of a variable that stands for many. */
    static IllegalStateException refused(String what, Variable x) {
        StackWalker.StackFrame caller = CALLERS.walk(frames -> frames
                .filter(frame -> frame.getDeclaringClass() != Batch.class
                        && !frame.getClassName().startsWith("java.") // a stream over variables, for one
                        && !(frame.getDeclaringClass() == Variable.class && frame.getMethodName().equals(what)))
                .findFirst().orElseThrow());
        Class<?> type = caller.getDeclaringClass();
        boolean op = type.getPackageName().equals(Batch.class.getPackageName() + ".ops")
                || GradFn.class.isAssignableFrom(type) || type.isAssignableFrom(Variable.class);
        if (op) {
            return new NoRule(x.batch(), type.getSimpleName() + "." + caller.getMethodName());
        }
        return new IllegalStateException(what + ": inside vmap a variable stands for all examples at once, here for "
                + x + "; it has no single value for " + type.getSimpleName() + "." + caller.getMethodName()
                + " to read. Use ops of Variable, or return it from the function that is mapped");
    }

    /** Notes that a vmap runs example by example, and why. */
    static void noteFallback(NoRule why) {
        FALLBACKS.add(why.op);
    }

    static Set<String> fallbacks() {
        return new TreeSet<>(FALLBACKS);
    }
}
