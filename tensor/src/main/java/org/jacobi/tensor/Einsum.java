package org.jacobi.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Einstein's summation: products of several operands whose axes are named by letters, summed over the letters that the
 * result lacks. {@code "bij,bjk->bik"} multiplies batches of matrices.
 *
 * <p>A letter that an operand repeats means its diagonal; {@code ...} stands for any number of axes, which broadcast;
 * without {@code ->} the result has the ellipsis's axes and the letters that occur once, capitals first. Axes of size 1
 * broadcast. These are torch.einsum's rules.
 *
 * <p>More than two operands are contracted two at a time, in the order that takes the fewest operations: the best of all
 * orders for up to {@value #EXHAUSTIVE} operands, and beyond that a greedy one, which contracts the pair whose result is
 * smallest beside what it consumes (Smith and Gray, "opt_einsum", Journal of Open Source Software, 2018). Each contraction
 * of two is one batched matrix product.
 */
public final class Einsum {
    private static final int EXHAUSTIVE = 8;
    /** Label sets are bits of a long. */
    private static final int MOST_LABELS = Long.SIZE;

    private final String equation;
    /** The label of each axis of each operand: an index into what follows. */
    private final int[][] inputs;
    private final int[] output;
    /** What is left of each operand's labels when broadcast axes of size 1 are dropped and what only it has is summed. */
    private final long[] held;
    /** What each label is called: a letter, or the negative position of an axis of the ellipsis, counted from the right. */
    private final int[] names = new int[MOST_LABELS];
    private final long[] sizes = new long[MOST_LABELS];
    private int labels;

    /**
     * One contraction of two operands; the given ones are numbered from 0 on, and each result gets the next number.
     *
     * @param equation the contraction by itself; axes of an ellipsis are called 1, 2 ... from the right
     * @param flops    multiplications and additions
     */
    public record Step(int left, int right, String equation, double flops) {
    }

    /**
     * The contractions that an equation is evaluated by.
     *
     * @param naiveFlops the operations of one sum over all letters at once
     * @param flops      the operations of all steps; sums over letters that only one operand has come before
     * @param largest    the elements of the largest result of a step
     */
    public record Path(String equation, List<Step> steps, double naiveFlops, double flops, double largest) {
        /** Returns a table, a step a line. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(
                    String.format(Locale.ROOT, "%s: %.3g operations in %d steps instead of %.3g at once", equation,
                            flops,
                            steps.size(), naiveFlops));
            for (Step step : steps) {
                text.append(String.format(Locale.ROOT, "%n%3d x %-3d %-24s %.3g", step.left, step.right, step.equation,
                        step.flops));
            }
            return text.toString();
        }
    }

    // ---- what users call -------------------------------------------------------------------------------------------

    /** Returns the order in which operands of these shapes are contracted, and what it costs. */
    public static Path path(String equation, Shape... shapes) {
        return new Einsum(equation, shapes).path();
    }

    /** Returns the sum of products; {@code Tensor.einsum} and {@code Variable.einsum} are how users call it. */
    public static <T extends TensorLike<T>> T evaluate(String equation, List<T> operands) {
        Checks.required("einsum", "the equation", equation);
        Shape[] shapes = new Shape[operands.size()];
        Arrays.setAll(shapes, i -> Checks.required("einsum", "operand " + i, operands.get(i)).shape());
        return new Einsum(equation, shapes).evaluate(operands);
    }

    /** Returns the product of two operands summed over the labels that they share: the others of a, then those of b. */
    static <T extends TensorLike<T>> T contract(T a, int[] aLabels, T b, int[] bLabels) {
        long shared = mask(aLabels) & mask(bLabels);
        int[] rest = concat(without(aLabels, shared), without(bLabels, shared));
        return new Operand<>(a, aLabels).times(new Operand<>(b, bLabels), mask(rest), rest).in(rest);
    }

    // ---- reading the equation --------------------------------------------------------------------------------------

    private Einsum(String equation, Shape... shapes) {
        this.equation = equation;
        String text = equation.replace(" ", "");
        int arrow = text.indexOf("->");
        String[] terms = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
        if (shapes.length == 0 || terms.length != shapes.length) {
            throw wrong("it names " + terms.length + " operands, but there are " + shapes.length);
        }
        inputs = new int[terms.length][];
        int ellipsis = 0;
        int[] holders = new int[MOST_LABELS];
        for (int i = 0; i < terms.length; i++) {
            int[] axes = axes(terms[i], "operand " + i, shapes[i]);
            inputs[i] = new int[axes.length];
            for (int axis = 0; axis < axes.length; axis++) {
                ellipsis = Math.max(ellipsis, -axes[axis]);
                int label = label(axes[axis]);
                inputs[i][axis] = label;
                merge(label, i, axis, holders, shapes);
            }
        }
        output = arrow < 0 ? implicitOutput(ellipsis) : output(text.substring(arrow + 2), ellipsis);
        held = held(shapes);
    }

    private long[] held(Shape[] shapes) {
        List<Long> masks = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            long mask = 0;
            for (int axis = 0; axis < inputs[i].length; axis++) {
                int label = inputs[i][axis];
                mask |= shapes[i].size(axis) == 1 && sizes[label] != 1 ? 0 : 1L << label;
            }
            masks.add(mask);
        }
        for (int i = 0; i < inputs.length; i++) {
            long mine = masks.set(i, 0L);
            masks.set(i, mine & needed(masks));
        }
        return masks.stream().mapToLong(Long::longValue).toArray();
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("einsum: \"" + equation + "\": " + what);
    }

    /** Returns the names of a term's axes; null for the shape leaves the ellipsis out. */
    private int[] axes(String term, String where, Shape shape) {
        int dots = term.indexOf("...");
        String letters = dots < 0 ? term : term.substring(0, dots) + term.substring(dots + 3);
        for (int i = 0; i < letters.length(); i++) {
            char c = letters.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')) {
                throw wrong("'" + c + "' in the term \"" + term + "\" of " + where
                        + " is no letter; axes are named a to z and A to Z, and ... may stand once for several");
            }
        }
        int between = shape == null ? 0 : shape.rank() - letters.length();
        if (dots < 0 ? between != 0 : between < 0) {
            throw wrong("the term \"" + term + "\" names " + letters.length() + " axes, but " + where + " has shape "
                    + shape + (dots < 0 && between > 0 ? "; ... stands for axes without a name" : ""));
        }
        int[] axes = new int[letters.length() + between];
        for (int i = 0; i < axes.length; i++) {
            boolean inside = dots >= 0 && i >= dots && i < dots + between;
            axes[i] = inside ? i - dots - between : letters.charAt(dots < 0 || i < dots ? i : i - between);
        }
        return axes;
    }

    private int label(int name) {
        for (int i = 0; i < labels; i++) {
            if (names[i] == name) {
                return i;
            }
        }
        if (labels == MOST_LABELS) {
            throw wrong("it has more than " + MOST_LABELS + " different axes");
        }
        names[labels] = name;
        sizes[labels] = -1;
        return labels++;
    }

    /** Settles the size of a label with one more axis that has it. */
    private void merge(int label, int operand, int axis, int[] holders, Shape[] shapes) {
        long size = shapes[operand].size(axis);
        for (int other = 0; other < axis; other++) {
            if (inputs[operand][other] == label && shapes[operand].size(other) != size) {
                throw wrong(name(label) + " occurs twice in operand " + operand + " of shape " + shapes[operand]
                        + ", for axes of sizes " + shapes[operand].size(other) + " and " + size
                        + "; a diagonal needs equal sizes");
            }
        }
        if (sizes[label] == -1 || sizes[label] == 1) {
            sizes[label] = size;
            holders[label] = operand;
        } else if (size != 1 && size != sizes[label]) {
            throw wrong(name(label) + " has size " + sizes[label] + " in operand " + holders[label] + " of shape "
                    + shapes[holders[label]] + " and size " + size + " in operand " + operand + " of shape "
                    + shapes[operand] + "; they must be equal, or one of them 1");
        }
    }

    private String name(int label) {
        return names[label] < 0 ? "axis " + names[label] + " of the ellipsis" : "the letter " + (char) names[label];
    }

    private int[] implicitOutput(int ellipsis) {
        int[] counts = new int['z' + 1];
        for (int[] input : inputs) {
            for (int label : input) {
                if (names[label] > 0) {
                    counts[names[label]]++;
                }
            }
        }
        int[] out = new int[labels];
        int count = 0;
        for (int i = -ellipsis; i < 0; i++) {
            out[count++] = label(i);
        }
        for (int letter = 0; letter < counts.length; letter++) {
            if (counts[letter] == 1) {
                out[count++] = label(letter);
            }
        }
        return Arrays.copyOf(out, count);
    }

    private int[] output(String term, int ellipsis) {
        int dots = term.indexOf("...");
        int[] letters = axes(term.replaceFirst("\\.\\.\\.", ""), "the result", null);
        int known = labels;
        int[] out = new int[letters.length + (dots < 0 ? 0 : ellipsis)];
        int count = 0;
        for (int i = 0; i <= letters.length; i++) {
            for (int axis = -ellipsis; i == dots && axis < 0; axis++) {
                out[count++] = label(axis);
            }
            if (i < letters.length) {
                out[count++] = label(letters[i]);
            }
        }
        for (int i = 0; i < out.length; i++) {
            if (out[i] >= known) {
                throw wrong(name(out[i]) + " of the result occurs in no operand");
            }
            for (int j = 0; j < i; j++) {
                if (out[j] == out[i]) {
                    throw wrong(name(out[i]) + " occurs twice in the result");
                }
            }
        }
        return out;
    }

    // ---- the order of contractions ---------------------------------------------------------------------------------

    private Path path() {
        double naive = size(mask(inputs)) * inputs.length;
        if (inputs.length == 1) {
            return new Path(equation, List.of(), naive, naive, size(mask(output)));
        }
        List<Step> steps = new ArrayList<>();
        double flops = 0;
        double largest = 0;
        List<Long> all = new ArrayList<>();
        for (long mask : held) {
            all.add(mask);
        }
        List<int[]> pairs = pairs(held);
        for (int[] pair : pairs) {
            long left = all.get(pair[0]);
            long right = all.get(pair[1]);
            all.set(pair[0], 0L);
            all.set(pair[1], 0L);
            long kept = (left | right) & needed(all);
            all.add(kept);
            double cost = flops(left, right, kept);
            String result = steps.size() == pairs.size() - 1 ? text(output) : text(bits(kept));
            steps.add(new Step(pair[0], pair[1], text(bits(left)) + "," + text(bits(right)) + "->" + result, cost));
            flops += cost;
            largest = Math.max(largest, size(kept));
        }
        return new Path(equation, List.copyOf(steps), naive, flops, largest);
    }

    private List<int[]> pairs(long[] masks) {
        List<int[]> pairs = new ArrayList<>();
        if (masks.length == 2) {
            pairs.add(new int[] {0, 1});
        } else if (masks.length <= EXHAUSTIVE) {
            new AllOrders(masks).addTo(pairs);
        } else {
            greedy(masks, pairs);
        }
        return pairs;
    }

    /** Dynamic programming over sets of operands: the best way to contract a set is the best of all its cuts in two. */
    private final class AllOrders {
        private final int count;
        /** By set of operands: the labels of its product, the least operations to get there, and the cut. */
        private final long[] product;
        private final double[] flops;
        private final double[] memory;
        private final int[] cut;

        AllOrders(long[] masks) {
            count = masks.length;
            int all = (1 << count) - 1;
            product = new long[all + 1];
            flops = new double[all + 1];
            memory = new double[all + 1];
            cut = new int[all + 1];
            long[] union = new long[all + 1];
            for (int set = 1; set <= all; set++) {
                int lowest = Integer.numberOfTrailingZeros(set);
                union[set] = union[set & set - 1] | masks[lowest];
            }
            for (int set = 1; set <= all; set++) {
                product[set] = union[set] & (mask(output) | union[all & ~set]);
                if (Integer.bitCount(set) > 1) {
                    search(set);
                }
            }
        }

        private void search(int set) {
            flops[set] = Double.POSITIVE_INFINITY;
            int lowest = set & -set;
            for (int left = set - 1 & set; left > 0; left = left - 1 & set) {
                int right = set & ~left;
                if ((left & lowest) == 0) {
                    continue; // the same cut, the other way round
                }
                double operations =
                        flops[left] + flops[right] + Einsum.this.flops(product[left], product[right], product[set]);
                double elements = memory[left] + memory[right] + size(product[set]);
                if (operations < flops[set] || operations == flops[set] && elements < memory[set]) {
                    flops[set] = operations;
                    memory[set] = elements;
                    cut[set] = left;
                }
            }
        }

        void addTo(List<int[]> pairs) {
            add((1 << count) - 1, pairs);
        }

        /** Adds the contractions of a set and returns the number of its result. */
        private int add(int set, List<int[]> pairs) {
            if (Integer.bitCount(set) == 1) {
                return Integer.numberOfTrailingZeros(set);
            }
            int left = add(cut[set], pairs);
            int right = add(set & ~cut[set], pairs);
            pairs.add(new int[] {left, right});
            return count + pairs.size() - 1;
        }
    }

    private void greedy(long[] masks, List<int[]> pairs) {
        List<Long> all = new ArrayList<>();
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < masks.length; i++) {
            all.add(masks[i]);
            left.add(i);
        }
        while (left.size() > 1) {
            int[] best = null;
            long bestProduct = 0;
            double bestGain = 0;
            double bestFlops = 0;
            for (int i = 0; i < left.size(); i++) {
                for (int j = i + 1; j < left.size(); j++) {
                    long a = all.set(left.get(i), 0L);
                    long b = all.set(left.get(j), 0L);
                    long product = (a | b) & needed(all);
                    all.set(left.get(i), a);
                    all.set(left.get(j), b);
                    double gain = size(product) - size(a) - size(b);
                    double flops = flops(a, b, product);
                    if (best == null || gain < bestGain || gain == bestGain && flops < bestFlops) {
                        best = new int[] {left.get(i), left.get(j)};
                        bestProduct = product;
                        bestGain = gain;
                        bestFlops = flops;
                    }
                }
            }
            for (int operand : best) {
                all.set(operand, 0L);
                left.remove((Integer) operand);
            }
            left.add(all.size());
            all.add(bestProduct);
            pairs.add(best);
        }
    }

    private long needed(List<Long> masks) {
        long needed = mask(output);
        for (long mask : masks) {
            needed |= mask;
        }
        return needed;
    }

    private double flops(long left, long right, long kept) {
        return size(left | right) * (((left | right) & ~kept) == 0 ? 1 : 2);
    }

    private double size(long mask) {
        double size = 1;
        for (int label : bits(mask)) {
            size *= sizes[label];
        }
        return size;
    }

    private String text(int[] some) {
        StringBuilder text = new StringBuilder();
        for (int label : some) {
            text.append(names[label] < 0 ? "" + -names[label] : "" + (char) names[label]);
        }
        return text.toString();
    }

    // ---- evaluation ------------------------------------------------------------------------------------------------

    private <T extends TensorLike<T>> T evaluate(List<T> operands) {
        List<Operand<T>> all = new ArrayList<>();
        List<Long> masks = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            all.add(new Operand<>(operands.get(i), inputs[i]).diagonal().withoutOnes(sizes).summedTo(held[i]));
            masks.add(held[i]);
        }
        if (inputs.length == 1) {
            T out = all.get(0).in(output);
            return out == operands.get(0) ? out.reshape(out.shape().toArray()) : out;
        }
        List<int[]> pairs = pairs(held);
        for (int step = 0; step < pairs.size(); step++) {
            int[] pair = pairs.get(step);
            masks.set(pair[0], 0L);
            masks.set(pair[1], 0L);
            int[] order = step == pairs.size() - 1 ? output : null;
            Operand<T> product = all.get(pair[0]).times(all.get(pair[1]), needed(masks), order);
            all.add(product);
            masks.add(product.mask());
        }
        return all.get(all.size() - 1).in(output);
    }

    /** A value whose axes have labels. */
    private record Operand<T extends TensorLike<T>>(T value, int[] labels) {
        long mask() {
            return Einsum.mask(labels);
        }

        /** Returns the diagonal over labels that occur more than once. */
        Operand<T> diagonal() {
            for (int i = 0; i < labels.length; i++) {
                for (int j = i + 1; j < labels.length; j++) {
                    if (labels[i] == labels[j]) {
                        int[] rest = new int[labels.length - 1];
                        int count = 0;
                        for (int k = 0; k < labels.length; k++) {
                            if (k != i && k != j) {
                                rest[count++] = labels[k];
                            }
                        }
                        rest[count] = labels[i];
                        return new Operand<>(value.diagonal(0, i, j), rest).diagonal();
                    }
                }
            }
            return this;
        }

        /** Returns this without the axes of size 1 that others broadcast. */
        Operand<T> withoutOnes(long[] sizes) {
            long ones = 0;
            for (int i = 0; i < labels.length; i++) {
                ones |= value.size(i) == 1 && sizes[labels[i]] != 1 ? 1L << labels[i] : 0;
            }
            return ones == 0 ? this
                    : new Operand<>(reshaped(value, sizesOf(without(labels, ones))), without(labels, ones));
        }

        /** Returns the sum over the labels that nobody needs. */
        Operand<T> summedTo(long needed) {
            int[] left = without(labels, ~needed);
            if (left.length == labels.length) {
                return this;
            }
            int[] axes = new int[labels.length - left.length];
            int count = 0;
            for (int i = 0; i < labels.length; i++) {
                if ((needed >>> labels[i] & 1) == 0) {
                    axes[count++] = i;
                }
            }
            return new Operand<>(value.sum(axes), left);
        }

        /**
         * Returns the product with another operand, summed over what is not needed of the labels that both have.
         *
         * @param order the order of labels that the result should have if that costs nothing; null for any
         */
        Operand<T> times(Operand<T> other, long needed, int[] order) {
            long shared = mask() & other.mask();
            if ((shared & ~needed) == 0) {
                int[] all = order != null ? order : concat(labels, without(other.labels, shared));
                return new Operand<>(spread(all).mul(other.spread(all)), all);
            }
            if (order != null && order.length > 0 && (mask() & ~shared & 1L << order[order.length - 1]) != 0) {
                return other.times(this, needed, order); // a product's last axis comes from its right operand
            }
            int[] batch = without(order != null ? order : labels, ~(shared & needed));
            int[] left = without(labels, shared);
            int[] right = without(other.labels, shared);
            // In the order of the larger operand, so that merging these axes copies the smaller one, if any.
            boolean mine = value.shape().numel() >= other.value.shape().numel();
            int[] summed = without(mine ? labels : other.labels, ~(shared & ~needed));
            long[] batchSizes = sizesOf(batch);
            long k = product(sizesOf(summed));
            T a = reshaped(in(concat(batch, left, summed)), concat(batchSizes, product(sizesOf(left)), k));
            T b = reshaped(other.in(concat(batch, summed, right)),
                    concat(batchSizes, k, product(other.sizesOf(right))));
            long[] sizes = Arrays.copyOf(batchSizes, batch.length + left.length + right.length);
            System.arraycopy(sizesOf(left), 0, sizes, batch.length, left.length);
            System.arraycopy(other.sizesOf(right), 0, sizes, batch.length + left.length, right.length);
            return new Operand<>(reshaped(a.matmul(b), sizes), concat(batch, left, right));
        }

        /** Returns the value with its axes in an order of all its labels. */
        T in(int[] order) {
            int[] axes = new int[order.length];
            boolean same = true;
            for (int i = 0; i < order.length; i++) {
                axes[i] = axisOf(order[i]);
                same &= axes[i] == i;
            }
            return same ? value : value.permute(axes);
        }

        /** Returns the value with its axes in an order of labels, and axes of size 1 for those it lacks. */
        private T spread(int[] order) {
            long[] sizes = new long[order.length];
            for (int i = 0; i < order.length; i++) {
                sizes[i] = axisOf(order[i]) < 0 ? 1 : value.size(axisOf(order[i]));
            }
            return reshaped(in(without(order, ~mask())), sizes);
        }

        private int axisOf(int label) {
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] == label) {
                    return i;
                }
            }
            return -1;
        }

        private long[] sizesOf(int[] some) {
            long[] sizes = new long[some.length];
            Arrays.setAll(sizes, i -> value.size(axisOf(some[i])));
            return sizes;
        }

        private static <T extends TensorLike<T>> T reshaped(T x, long[] sizes) {
            return Arrays.equals(x.shape().toArray(), sizes) ? x : x.reshape(sizes);
        }
    }

    // ---- sets of labels --------------------------------------------------------------------------------------------

    private static long mask(int[]... some) {
        long mask = 0;
        for (int[] labels : some) {
            for (int label : labels) {
                mask |= 1L << label;
            }
        }
        return mask;
    }

    private static int[] bits(long mask) {
        int[] bits = new int[Long.bitCount(mask)];
        long rest = mask;
        for (int i = 0; i < bits.length; i++, rest &= rest - 1) {
            bits[i] = Long.numberOfTrailingZeros(rest);
        }
        return bits;
    }

    /** Returns the labels but those of a set. */
    private static int[] without(int[] labels, long set) {
        return Arrays.stream(labels).filter(label -> (set >>> label & 1) == 0).toArray();
    }

    private static int[] concat(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private static long[] concat(long[] sizes, long rows, long columns) {
        long[] all = Arrays.copyOf(sizes, sizes.length + 2);
        all[sizes.length] = rows;
        all[sizes.length + 1] = columns;
        return all;
    }

    private static long product(long[] sizes) {
        return Arrays.stream(sizes).reduce(1, (a, b) -> Checks.product("einsum", a, b));
    }
}
