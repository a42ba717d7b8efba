package org.jacobi.autograd;

import java.util.Arrays;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A function of one example made a function of many: see {@link Autograd#vmap}.
 *
 * <p>The function runs once, on variables whose first axis is hidden ({@link Batch}), so that every op of it is one op on
 * the whole batch. If it meets an op without a rule for batches, it is run again, example by example, from then on;
 * {@link #fallbacks} tells.
 */
public final class Vmap {
    /** In place of an input's axis: every example sees the whole input. */
    public static final int WHOLE = Integer.MIN_VALUE;

    private final UnaryOperator<Variable[]> function;
    private final int[] inAxes;
    private final int[] outAxes;
    /** Whether an op without a rule was met. */
    private volatile boolean looping;

    Vmap(UnaryOperator<Variable[]> function, int[] inAxes, int[] outAxes) {
        this.function = function;
        this.inAxes = inAxes.clone();
        this.outAxes = outAxes.clone();
    }

    /** Returns the ops without a rule for batches that made a vmap go from example to example, since the program began. */
    public static Set<String> fallbacks() {
        return Batch.fallbacks();
    }

    Variable[] apply(Variable... in) {
        long count = count(in);
        if (!looping) {
            long level = Batch.newLevel();
            try {
                return whole(level, count, in);
            } catch (Batch.NoRule e) {
                if (!e.batch.contains(level)) {
                    throw e; // it is an outer vmap's
                }
                Batch.noteFallback(e);
                looping = true;
            }
        }
        return oneByOne(count, in);
    }

    /** Returns how many examples there are, on which all mapped inputs must agree. */
    private long count(Variable[] in) {
        if (in.length != inAxes.length) {
            throw new IllegalArgumentException(
                    "vmap: " + in.length + " inputs were given, but axes for " + inAxes.length);
        }
        long count = -1;
        int first = -1;
        for (int i = 0; i < in.length; i++) {
            if (inAxes[i] != WHOLE) {
                if (in[i].rank() == 0) {
                    throw new IllegalArgumentException(
                            "vmap: input " + i + " is a scalar, which has no axis of examples; "
                                    + "pass Vmap.WHOLE as its axis to have every example see it");
                }
                long size = in[i].shape().size(in[i].shape().axis("vmap", inAxes[i]));
                if (first >= 0 && size != count) {
                    throw new IllegalArgumentException("vmap: input " + i + " of shape " + in[i].shape() + " has "
                            + size
                            + " examples on axis " + inAxes[i] + ", input " + first + " of shape " + in[first].shape()
                            + " has " + count + " on axis " + inAxes[first]);
                }
                count = size;
                first = i;
            }
        }
        if (first < 0) {
            throw new IllegalArgumentException("vmap: no input is mapped; give at least one an axis");
        }
        return count;
    }

    private Variable[] whole(long level, long count, Variable[] in) {
        Variable[] mapped = new Variable[in.length];
        for (int i = 0; i < in.length; i++) {
            mapped[i] = inAxes[i] == WHOLE ? in[i] : Batch.hide(moved(in[i], inAxes[i], 0), level);
        }
        Recording recording = Recording.current();
        Variable[] outer = recording.running;
        Variable[] results;
        recording.running = Arrays.copyOf(outer, outer.length + 1);
        recording.running[outer.length] = Batch.examples(count, level);
        try {
            results = checked(function.apply(mapped));
        } finally {
            recording.running = outer;
        }
        Variable[] out = new Variable[results.length];
        for (int i = 0; i < out.length; i++) {
            Variable result = results[i];
            Variable stacked;
            if (result.batch() != null && result.batch().contains(level)) {
                stacked = Batch.reveal(result, level);
            } else {
                long[] sizes = new long[result.rank() + 1];
                Arrays.fill(sizes, -1);
                sizes[0] = count;
                stacked = result.unsqueeze(0).expand(sizes);
            }
            out[i] = moved(stacked, 0, outAxes[i]);
        }
        return out;
    }

    private Variable[] oneByOne(long count, Variable[] in) {
        if (count == 0) {
            throw new IllegalArgumentException("vmap: there are no examples, and " + fallbacks()
                    + " have no rule for batches, so that the shape of the result is unknown");
        }
        Variable[][] results = new Variable[Math.toIntExact(count)][];
        for (int e = 0; e < results.length; e++) {
            Variable[] example = new Variable[in.length];
            for (int i = 0; i < in.length; i++) {
                example[i] = inAxes[i] == WHOLE ? in[i] : in[i].select(inAxes[i], e);
            }
            results[e] = checked(function.apply(example));
        }
        Variable[] out = new Variable[results[0].length];
        for (int i = 0; i < out.length; i++) {
            Variable[] parts = new Variable[results.length];
            for (int e = 0; e < parts.length; e++) {
                parts[e] = results[e][i];
                if (!parts[e].shape().equals(parts[0].shape())) {
                    throw new IllegalArgumentException("vmap: result " + i + " has shape " + parts[0].shape()
                            + " for example 0 and " + parts[e].shape() + " for example " + e
                            + "; results must have one shape to be stacked");
                }
            }
            out[i] = Variable.stack(outAxes[i], parts);
        }
        return out;
    }

    private Variable[] checked(Variable[] results) {
        if (results.length != outAxes.length) {
            throw new IllegalArgumentException("vmap: the function gave " + results.length + " results, but axes for "
                    + outAxes.length + " were given");
        }
        return Autograd.given("vmap", results);
    }

    private static Variable moved(Variable x, int from, int to) {
        int source = x.shape().axis("vmap", from);
        int target = x.shape().axis("vmap", to);
        return source == target ? x : x.permute(Batch.order(x.rank(), source, target));
    }
}
