package org.jacobi.tensor;

import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.stream.IntStream;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.backend.Philox;

/** Tensors made from a few numbers, or from random ones: ranges, positions, powers, samples. */
final class Construction {
    private Construction() {
    }

    // ---- ranges and powers -----------------------------------------------------------------------------------------

    static Tensor linspace(String op, double start, double end, long steps, DType dtype) {
        requireCount(op, "steps", steps);
        Tensor out = Tensor.make(op, dtype, Shape.of(steps));
        if (steps == 1) {
            out.backend().fill(out, start);
        } else if (steps > 1) {
            out.backend().arange(out, start, (end - start) / (steps - 1));
            Tensor last = out.select(0, -1);
            last.backend().fill(last, end); // free of the sum's rounding
            last.release();
        }
        return out;
    }

    static Tensor logspace(double start, double end, long steps, double base, DType dtype) {
        return Products
                .only(() -> Tensor.scalar(base, DType.F64).pow(linspace("logspace", start, end, steps, DType.F64))
                        .to(dtype));
    }

    static Tensor vander(Tensor x, long n, boolean increasing) {
        requireCount("vander", "n", n);
        if (x.rank() != 1) {
            throw new IllegalArgumentException("vander: needs a vector, got shape " + x.shape());
        }
        return Products.only(() -> {
            Tensor rising = Tensor.make("vander", x.device(), DType.I64, Shape.of(n));
            rising.backend().arange(rising, 0, 1);
            Tensor powers = increasing ? rising : rising.flip(0);
            return x.unsqueeze(1).pow(powers.to(DType.promote(x.dtype(), DType.U8)));
        });
    }

    private static void requireCount(String op, String name, long count) {
        if (count < 0) {
            throw new IllegalArgumentException(op + ": " + name + " is " + count + "; it must not be negative");
        }
    }

    // ---- positions -------------------------------------------------------------------------------------------------

    static Tensor triangleIndices(String op, long rows, long columns, long k, boolean lower) {
        requireCount(op, "rows", rows);
        requireCount(op, "columns", columns);
        long[] starts = new long[Checks.length(op, rows, "rows")];
        long[] ends = new long[starts.length];
        long count = 0;
        for (int row = 0; row < rows; row++) {
            long border = Math.clamp(Math.clamp(k, -rows, columns) + row + (lower ? 1 : 0), 0, columns);
            starts[row] = lower ? 0 : border;
            ends[row] = lower ? border : columns;
            count = Checks.sum(op, count, ends[row] - starts[row]);
        }
        int n = Checks.length(op, Checks.product(op, count, 2), "positions") / 2;
        long[] positions = new long[2 * n];
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (long column = starts[row]; column < ends[row]; column++, at++) {
                positions[at] = row;
                positions[n + at] = column;
            }
        }
        return Tensor.of(positions, 2, n);
    }

    /** Returns each position of an axis as often as an integer vector says, or the only number of a vector of one. */
    static Tensor repeated(Tensor repeats, long size) {
        if (Checks.required("repeatInterleave", "the tensor of repeats", repeats).dtype().isFloating()
                || repeats.dtype() == DType.BOOL || repeats.rank() > 1) {
            throw new IllegalArgumentException("repeatInterleave: the repeats must be an integer vector, got "
                    + repeats.dtype() + repeats.shape());
        }
        if (repeats.numel() != size && repeats.numel() != 1) {
            throw new IllegalArgumentException(
                    "repeatInterleave: " + repeats.numel() + " repeats do not fit an axis of "
                            + size + "; there must be one for each position, or a single one");
        }
        long[] counts = repeats.toLongArray();
        long total = 0;
        for (int i = 0; i < size; i++) {
            long count = counts[counts.length == 1 ? 0 : i];
            if (count < 0) {
                throw new IllegalArgumentException("repeatInterleave: repeats must not be negative, got " + count);
            }
            total = Checks.sum("repeatInterleave", total, count);
        }
        long[] index = new long[Checks.length("repeatInterleave", total, "positions")];
        int at = 0;
        for (int i = 0; i < size; i++) {
            int end = at + (int) counts[counts.length == 1 ? 0 : i];
            Arrays.fill(index, at, end, i);
            at = end;
        }
        return Tensor.of(index);
    }

    /** Returns the positions of all combinations of r of n elements, one after the other, in lexicographic order. */
    static Tensor combinations(int n, int r, boolean withReplacement) {
        long count = combinationCount(n, r, withReplacement);
        Tensor all = Tensor.make("combinations", DType.I64, Shape.of(Checks.product("combinations", count, r)));
        int[] chosen = new int[count == 0 ? 0 : Checks.length("combinations", r, "elements")];
        for (int i = 0; i < chosen.length && !withReplacement; i++) {
            chosen[i] = i;
        }
        long address = all.hostAddress("combinations");
        for (long combination = 0; combination < count; combination++) {
            for (int position : chosen) {
                NativeMemory.ALL.set(ValueLayout.JAVA_LONG, address, position);
                address += Long.BYTES;
            }
            // The last position that can still move up, moves; those behind it follow as closely as they may.
            int moving = r - 1;
            while (moving >= 0 && chosen[moving] == (withReplacement ? n - 1 : n - r + moving)) {
                moving--;
            }
            for (int i = moving; moving >= 0 && i < r; i++) {
                chosen[i] = i == moving ? chosen[i] + 1 : chosen[i - 1] + (withReplacement ? 0 : 1);
            }
        }
        Reference.reachabilityFence(all);
        return all;
    }

    /** Returns how many combinations there are: the binomial coefficient of n, or of n + r - 1, over r. */
    private static long combinationCount(int n, int r, boolean withReplacement) {
        long from = withReplacement ? (long) n + r - 1 : n;
        if (n == 0 || r > from) {
            return 0;
        }
        long least = Math.min(r, from - r);
        long count = 1;
        for (long i = 1; i <= least; i++) {
            if (count > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("combinations: there are more than 2^31 of " + r + " out of " + n
                        + " elements");
            }
            count = count * (from - least + i) / i;
        }
        return count;
    }

    // ---- random ----------------------------------------------------------------------------------------------------

    static Tensor randint(Generator generator, long low, long high, Shape shape) {
        Checks.required("randint", "the generator", generator);
        if (low >= high || high - low < 0) {
            throw new IllegalArgumentException(
                    "randint: there are no numbers, or more than 2^63, from " + low + " to " + high);
        }
        Tensor out = Tensor.make("randint", DType.I64, shape);
        out.backend().integers(out, generator.seed(), generator.nextCall(), low, high - low);
        return out;
    }

    /** Shuffles by Durstenfeld's method (1964). */
    static Tensor randperm(Generator generator, long n) {
        requireCount("randperm", "n", n);
        Checks.required("randperm", "the generator", generator);
        long[] order = new long[Checks.length("randperm", n, "numbers")];
        Arrays.setAll(order, i -> i);
        Draws draws = new Draws(generator);
        for (int i = order.length - 1; i > 0; i--) {
            int other = (int) draws.below(i + 1);
            long moved = order[i];
            order[i] = order[other];
            order[other] = moved;
        }
        return Tensor.of(order);
    }

    static Tensor bernoulli(Tensor p, Generator generator) {
        Reductions.floating("bernoulli", p);
        return Products.only(() -> {
            if (p.numel() > 0 && !(p.amin().item() >= 0 && p.amax().item() <= 1)) {
                throw new IllegalArgumentException(
                        "bernoulli: probabilities must lie between 0 and 1, got numbers from "
                                + p.amin().item() + " to " + p.amax().item());
            }
            return Tensor.randLike(p, generator).lt(p).to(p.dtype());
        });
    }

    static Tensor multinomial(Tensor weights, int samples, boolean replacement, Generator generator) {
        Reductions.floating("multinomial", weights);
        if (weights.rank() != 1 && weights.rank() != 2 || samples < 1) {
            throw new IllegalArgumentException(
                    "multinomial: needs a vector or a matrix of weights and at least one sample,"
                            + " got shape " + weights.shape() + " and " + samples + " samples");
        }
        int classes = Checks.length("multinomial", weights.size(-1), "weights");
        int rows = weights.rank() == 1 ? 1 : Checks.length("multinomial", weights.size(0), "rows");
        double[] all = weights.toDoubleArray();
        Draws draws = new Draws(generator);
        long[] out = new long[Checks.length("multinomial", (long) rows * samples, "positions")];
        for (int row = 0; row < rows; row++) {
            double[] mine = Arrays.copyOfRange(all, row * classes, (row + 1) * classes);
            requireWeights(mine, row, samples, replacement);
            if (replacement) {
                inverseDistribution(mine, draws, out, row * samples, samples);
            } else {
                exponentialRace(mine, draws, out, row * samples, samples);
            }
        }
        Reference.reachabilityFence(weights);
        Tensor positions = weights.rank() == 1 ? Tensor.of(out) : Tensor.of(out, rows, samples);
        return positions.to(weights.device());
    }

    private static void requireWeights(double[] weights, int row, int samples, boolean replacement) {
        int positive = 0;
        for (double weight : weights) {
            if (!(weight >= 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException(
                        "multinomial: weights must be finite and not negative, got " + weight + " in row " + row);
            }
            positive += weight > 0 ? 1 : 0;
        }
        if (positive == 0 || !replacement && positive < samples) {
            throw new IllegalArgumentException("multinomial: row " + row + " has " + positive
                    + " weights above 0, needs "
                    + (replacement ? "at least one" : "as many as the " + samples + " samples without replacement"));
        }
    }

    private static void inverseDistribution(double[] weights, Draws draws, long[] out, int from, int samples) {
        double[] sums = weights.clone();
        for (int i = 1; i < sums.length; i++) {
            sums[i] += sums[i - 1];
        }
        for (int i = from; i < from + samples; i++) {
            double drawn = draws.uniform() * sums[sums.length - 1];
            int low = 0;
            int high = sums.length - 1;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (sums[middle] > drawn) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            while (weights[low] == 0) {
                low--; // rounding may lead past the last weight above 0
            }
            out[i] = low;
        }
    }

    /**
     * Draws without replacement: the first to arrive when each arrives after an exponentially distributed time of rate weight
     * (Efraimidis and Spirakis, 2006).
     */
    private static void exponentialRace(double[] weights, Draws draws, long[] out, int from, int samples) {
        double[] arrivals = new double[weights.length];
        Arrays.setAll(arrivals, i -> -StrictMath.log(1 - draws.uniform()) / weights[i]);
        int[] order = IntStream.range(0, weights.length).filter(i -> weights[i] > 0).boxed()
                .sorted((a, b) -> Double.compare(arrivals[a], arrivals[b])).mapToInt(Integer::intValue).toArray();
        for (int i = 0; i < samples; i++) {
            out[from + i] = order[i];
        }
    }

    /** The random numbers of one call, one after the other, of 64 bits each. */
    private static final class Draws {
        private final long seed;
        private final long call;
        private final int[] block = new int[4];
        private long next;

        Draws(Generator generator) {
            seed = generator.seed();
            call = generator.nextCall();
        }

        private long bits() {
            if ((next & 1) == 0) {
                Philox.block(block, seed, call, next >>> 1);
            }
            return Philox.bits(block, (int) (next++ & 1));
        }

        /** Returns a number from 0 to bound - 1. */
        long below(long bound) {
            return Math.unsignedMultiplyHigh(bits(), bound);
        }

        /** Returns a number in [0, 1), of 53 bits. */
        double uniform() {
            return (bits() >>> 11) * 0x1p-53;
        }
    }
}
