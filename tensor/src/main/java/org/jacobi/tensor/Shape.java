package org.jacobi.tensor;

import java.util.Arrays;

/** The sizes of a tensor's axes, outermost first; immutable. */
public final class Shape {
    private final long[] sizes;
    private final long numel;

    private Shape(long[] sizes) {
        this("shape", sizes);
    }

    private Shape(String op, long[] sizes) {
        long n = 1;
        for (long size : Checks.required(op, "the array of sizes", sizes)) {
            if (size < 0) {
                throw new IllegalArgumentException(op + ": the sizes " + text(sizes) + " must not be negative");
            }
            if (size != 0 && n > Long.MAX_VALUE / size) {
                throw new IllegalArgumentException(op + ": the sizes " + text(sizes)
                        + " are those of more than 2^63 elements");
            }
            n *= size;
        }
        this.sizes = sizes;
        this.numel = n;
    }

    /** Returns the shape with the given sizes; no sizes at all make the shape of a scalar. */
    public static Shape of(long... sizes) {
        return of("shape", sizes);
    }

    /** Returns the shape with the given sizes, or says which op was given sizes that make none. */
    static Shape of(String op, long... sizes) {
        return new Shape(op, Checks.required(op, "the array of sizes", sizes).clone());
    }

    /** Returns the number of axes. */
    public int rank() {
        return sizes.length;
    }

    /** Returns the number of elements: the product of all sizes, 1 for a scalar. */
    public long numel() {
        return numel;
    }

    /** Returns the size of one axis; negative axes count from the end. */
    public long size(int axis) {
        return sizes[axis("size", axis)];
    }

    /** Returns the sizes as a new array. */
    public long[] toArray() {
        return sizes.clone();
    }

    /** Returns the axis as a number from 0 to rank - 1, or says which op was given one out of range. */
    public int axis(String op, int axis) {
        int rank = sizes.length;
        int resolved = axis < 0 ? axis + rank : axis;
        if (resolved < 0 || resolved >= rank) {
            throw new IllegalArgumentException(
                    op + ": axis " + axis + " is out of range for shape " + this + ", which has " + rank + " axes"
                            + (rank == 0 ? "" : "; axes are " + -rank + " to " + (rank - 1)));
        }
        return resolved;
    }

    /** Returns a position along an axis as a number from 0 to its size - 1, or says which op was given one out of range. */
    public long position(String op, int axis, long position) {
        long size = sizes[axis(op, axis)];
        long resolved = position < 0 ? position + size : position;
        if (resolved < 0 || resolved >= size) {
            throw new IllegalArgumentException(op + ": position " + position + " is out of range for axis " + axis
                    + " of shape " + this + ", which has size " + size);
        }
        return resolved;
    }

    /** Returns the strides, in elements, of a row-major tensor of this shape. */
    public long[] contiguousStrides() {
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(1, sizes[i]);
        }
        return strides;
    }

    /** Returns this shape with one axis given another size. */
    public Shape with(int axis, long size) {
        long[] changed = sizes.clone();
        changed[axis("with", axis)] = size;
        return new Shape(changed);
    }

    /** Returns this shape without one axis. */
    public Shape without(int axis) {
        return new Shape(Strides.without(sizes, axis("without", axis)));
    }

    /** Returns the shape of as many elements with the given sizes, one of which may be -1 for what is left over. */
    Shape inferred(String op, long... target) {
        Checks.required(op, "the array of sizes", target);
        long known = 1;
        int open = -1;
        for (int i = 0; i < target.length; i++) {
            if (target[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= target[i];
            }
        }
        if (open >= 0 && known == 0 && numel == 0) {
            throw new IllegalArgumentException(op + ": shape " + this + " has no elements, so that the -1 in "
                    + text(target) + " is ambiguous: any size fits; give the size itself");
        }
        long[] full = target.clone();
        if (open >= 0 && known > 0 && numel % known == 0) {
            full[open] = numel / known;
            known = numel;
        }
        boolean negative = false;
        for (long size : full) {
            negative |= size < 0;
        }
        if (known != numel || negative) {
            throw new IllegalArgumentException(
                    op + ": the " + numel + " elements of shape " + this + " do not fit into " + text(target));
        }
        return new Shape(full);
    }

    /** Returns this shape with the reduced axes, or all if none is given, set to 1. */
    public Shape reduced(String op, int... axes) {
        long[] kept = sizes.clone();
        boolean[] reduced = reducedAxes(op, axes);
        for (int i = 0; i < kept.length; i++) {
            kept[i] = reduced[i] ? 1 : kept[i];
        }
        return new Shape(kept);
    }

    /** Checks that no axis that is reduced is empty: nothing is the largest, the smallest or a quantile of no elements. */
    public void requireElements(String op, int... axes) {
        boolean[] reduced = reducedAxes(op, axes);
        for (int i = 0; i < reduced.length; i++) {
            if (reduced[i] && sizes[i] == 0) {
                throw new IllegalArgumentException(op + ": axis " + i + " of shape " + this
                        + " is empty and has no element to pick");
            }
        }
    }

    /** Returns which axes are reduced: the named ones, none of them twice, or all when none is named. */
    boolean[] reducedAxes(String op, int... axes) {
        boolean[] reduced = new boolean[sizes.length];
        for (int axis : Checks.required(op, "the array of axes", axes)) {
            int at = axis(op, axis);
            if (reduced[at]) {
                throw new IllegalArgumentException(
                        op + ": axis " + axis + " is named twice in " + Arrays.toString(axes));
            }
            reduced[at] = true;
        }
        if (axes.length == 0) {
            Arrays.fill(reduced, true);
        }
        return reduced;
    }

    /** Returns this shape with the axes from start to end (inclusive) merged into one. */
    public Shape flattened(int start, int end) {
        int from = axis("flatten", start);
        int to = axis("flatten", end);
        if (to < from) {
            throw new IllegalArgumentException(
                    "flatten: axis " + end + " lies before axis " + start + " in shape " + this);
        }
        long[] merged = new long[sizes.length - (to - from)];
        System.arraycopy(sizes, 0, merged, 0, from);
        System.arraycopy(sizes, to + 1, merged, from + 1, merged.length - from - 1);
        merged[from] = Arrays.stream(sizes, from, to + 1).reduce(1, (a, b) -> Checks.product("flatten", a, b));
        return new Shape(merged);
    }

    /** Returns this shape with a new axis of size 1 before the given position; negative positions count from the end. */
    public Shape unsqueezed(int axis) {
        int at = axis < 0 ? axis + sizes.length + 1 : axis;
        if (at < 0 || at > sizes.length) {
            throw new IllegalArgumentException("unsqueeze: axis " + axis + " is out of range for shape " + this
                    + "; there are positions " + (-sizes.length - 1) + " to " + sizes.length);
        }
        long[] wider = new long[sizes.length + 1];
        System.arraycopy(sizes, 0, wider, 0, at);
        wider[at] = 1;
        System.arraycopy(sizes, at, wider, at + 1, sizes.length - at);
        return new Shape(wider);
    }

    /** Returns whether this is a scalar's shape and the axis 0 or -1, which PyTorch's ops on shapes then take. */
    boolean isAxisOfScalar(int axis) {
        return sizes.length == 0 && (axis == 0 || axis == -1);
    }

    /** Returns axes as numbers from 0 to rank - 1; none may be named twice. A scalar has none, but 0 and -1 may be named. */
    int[] axes(String op, int... axes) {
        Checks.required(op, "the array of axes", axes);
        if (axes.length == 1 && isAxisOfScalar(axes[0])) {
            return new int[0];
        }
        int[] resolved = new int[axes.length];
        boolean[] seen = new boolean[sizes.length];
        for (int i = 0; i < axes.length; i++) {
            int at = axis(op, axes[i]);
            if (seen[at]) {
                throw new IllegalArgumentException(
                        op + ": axis " + axes[i] + " is named twice in " + Arrays.toString(axes));
            }
            seen[at] = true;
            resolved[i] = at;
        }
        return resolved;
    }

    /** Returns this shape without those of the given axes that have size 1; of all axes if none is given. */
    public Shape squeezed(int... axes) {
        boolean[] chosen = new boolean[sizes.length];
        Arrays.fill(chosen, axes.length == 0);
        for (int axis : axes("squeeze", axes)) {
            chosen[axis] = true;
        }
        long[] left = new long[sizes.length];
        int count = 0;
        for (int i = 0; i < sizes.length; i++) {
            if (!chosen[i] || sizes[i] != 1) {
                left[count++] = sizes[i];
            }
        }
        return new Shape(Arrays.copyOf(left, count));
    }

    /** Returns this shape with one axis cut up into axes of the given sizes, one of which may be -1. */
    Shape unflattened(int axis, long... parts) {
        int at = axis("unflatten", axis);
        if (parts.length == 0) {
            throw new IllegalArgumentException(
                    "unflatten: needs at least one size for axis " + axis + " of shape " + this);
        }
        long[] cut = new Shape(new long[] {sizes[at]}).inferred("unflatten", parts).sizes;
        long[] all = new long[sizes.length - 1 + cut.length];
        System.arraycopy(sizes, 0, all, 0, at);
        System.arraycopy(cut, 0, all, at, cut.length);
        System.arraycopy(sizes, at + 1, all, at + cut.length, sizes.length - at - 1);
        return new Shape(all);
    }

    /** Returns the order of all axes in which some are moved to other places, as permute takes it. */
    int[] moved(int[] sources, int[] destinations) {
        if (sources.length != destinations.length) {
            throw new IllegalArgumentException("movedim: " + sources.length + " axes cannot move to "
                    + destinations.length + " places; there must be as many of both");
        }
        int[] from = axes("movedim", sources);
        int[] to = axes("movedim", destinations);
        int[] order = new int[sizes.length];
        boolean[] taken = new boolean[sizes.length];
        Arrays.fill(order, -1);
        for (int i = 0; i < from.length; i++) {
            order[to[i]] = from[i];
            taken[from[i]] = true;
        }
        int next = 0;
        for (int i = 0; i < order.length; i++) {
            if (order[i] < 0) {
                while (taken[next]) {
                    next++;
                }
                order[i] = next++;
            }
        }
        return order;
    }

    /** Returns the lengths that split needs for pieces of one size along an axis; the last may be smaller. */
    long[] splitLengths(int axis, long size) {
        long total = sizes[axis("split", axis)];
        if (size < 1) {
            throw new IllegalArgumentException("split: piece size " + size + " must be at least 1");
        }
        long[] lengths = new long[Checks.length("split", Math.max(1, Math.ceilDiv(total, size)), "pieces")];
        Arrays.setAll(lengths, i -> Math.min(size, total - i * size));
        return lengths;
    }

    /** Checks that this is the shape of a vector or a matrix, for diag. */
    public void requireDiag() {
        if (sizes.length != 1 && sizes.length != 2) {
            throw new IllegalArgumentException("diag: needs a vector or a matrix, got shape " + this
                    + "; use diagEmbed or diagonal for batches");
        }
    }

    /** Returns this shape with amounts added before and after its last axes, the last axis first. */
    public Shape padded(long... amounts) {
        if (Checks.required("pad", "the array of amounts", amounts).length % 2 != 0
                || amounts.length / 2 > sizes.length) {
            throw new IllegalArgumentException("pad: " + amounts.length + " amounts do not fit shape " + this
                    + "; there must be two for each axis to pad, from the last axis on");
        }
        long[] longer = sizes.clone();
        for (int i = 0; i < amounts.length; i += 2) {
            int at = sizes.length - 1 - i / 2;
            long cut = Checks.sum("pad", Math.min(0, amounts[i]), Math.min(0, amounts[i + 1]));
            long added = Checks.sum("pad", Math.max(0, amounts[i]), Math.max(0, amounts[i + 1]));
            longer[at] = Checks.sum("pad", sizes[at] + cut, added);
            if (sizes[at] + cut < 0) {
                throw new IllegalArgumentException("pad: amounts " + amounts[i] + " and " + amounts[i + 1]
                        + " cut off more than the " + sizes[at] + " elements of axis " + at + " of shape " + this);
            }
        }
        return new Shape("pad", longer);
    }

    /** Returns the shape of square matrices, in two new axes, with this shape's last axis on their diagonal. */
    public Shape diagEmbedded(String op, long offset, int axis1, int axis2) {
        if (sizes.length == 0) {
            throw new IllegalArgumentException(op + ": needs at least one axis, got a scalar");
        }
        long[] wider = new long[sizes.length + 1];
        int row = unsqueezed(-1).axis(op, axis1);
        int column = unsqueezed(-1).axis(op, axis2);
        if (offset == Long.MIN_VALUE) {
            throw new IllegalArgumentException(op + ": offset " + offset + " is beyond 2^63");
        }
        if (row == column) {
            throw new IllegalArgumentException(op + ": needs two different axes, got " + axis1 + " and " + axis2);
        }
        int next = 0;
        for (int i = 0; i < wider.length; i++) {
            wider[i] =
                    i == row || i == column ? Checks.sum(op, sizes[sizes.length - 1], Math.abs(offset)) : sizes[next++];
        }
        return new Shape(op, wider);
    }

    /** Returns the order of all axes in which two are exchanged, as permute takes it. */
    public int[] swapped(int a, int b) {
        int[] order = new int[sizes.length];
        if (isAxisOfScalar(a) && isAxisOfScalar(b)) {
            return order;
        }
        Arrays.setAll(order, i -> i);
        int first = axis("transpose", a);
        int second = axis("transpose", b);
        order[first] = second;
        order[second] = first;
        return order;
    }

    /** Returns sizes with every -1 replaced by this shape's size of the axis aligned at the end, for expand. */
    public Shape expandedTo(long... target) {
        long[] full = target.clone();
        for (int i = 1; i <= Math.min(full.length, sizes.length); i++) {
            if (full[full.length - i] == -1) {
                full[full.length - i] = sizes[sizes.length - i];
            }
        }
        Shape expanded = new Shape("expand", full);
        requireExpands("expand", expanded);
        return expanded;
    }

    /** Checks that a tensor of this shape can be expanded to another one. */
    public void requireExpands(String op, Shape target) {
        Checks.required(op, "the shape", target);
        if (sizes.length > target.sizes.length) {
            throw new IllegalArgumentException(op + ": shape " + this + " has more axes than " + target
                    + "; drop axes of size 1 with squeeze");
        }
        for (int i = 1; i <= sizes.length; i++) {
            long mine = sizes[sizes.length - i];
            long theirs = target.sizes[target.sizes.length - i];
            if (mine != theirs && mine != 1) {
                throw new IllegalArgumentException(op + ": axis -" + i + " of shape " + this + " has size " + mine
                        + " and cannot become " + theirs + " in " + target + "; only sizes of 1 stretch");
            }
        }
    }

    /** Returns the shape of parts that are joined along an axis: they differ nowhere else. */
    static Shape joined(String op, int axis, Shape... parts) {
        if (parts.length == 0) {
            throw new IllegalArgumentException(op + ": needs at least one tensor");
        }
        Shape first = parts[0];
        int at = first.axis(op, axis);
        long total = 0;
        for (int i = 0; i < parts.length; i++) {
            Shape part = parts[i];
            if (part.sizes.length != first.sizes.length) {
                throw new IllegalArgumentException(op + ": part 0 has shape " + first + ", part " + i + " has shape "
                        + part + "; all must have equally many axes: add one with unsqueeze");
            }
            for (int other = 0; other < part.sizes.length; other++) {
                if (other != at && part.sizes[other] != first.sizes[other]) {
                    throw new IllegalArgumentException(op + ": part 0 has shape " + first + ", part " + i
                            + " has shape " + part + ": they differ in axis " + other + " and can do so only in axis "
                            + at + ", along which they are joined");
                }
            }
            total = Checks.sum(op, total, part.sizes[at]);
        }
        return first.with(at, total);
    }

    /**
     * Returns the shape that both operands broadcast to: axes are aligned at the end, and a size of 1 stretches.
     *
     * @throws IllegalArgumentException if two aligned sizes differ and neither is 1; the message names the op and the axis
     */
    public static Shape broadcast(String op, Shape a, Shape b) {
        if (a.equals(b)) {
            return a;
        }
        int rank = Math.max(a.rank(), b.rank());
        long[] out = new long[rank];
        for (int i = 1; i <= rank; i++) {
            long left = i <= a.rank() ? a.sizes[a.rank() - i] : 1;
            long right = i <= b.rank() ? b.sizes[b.rank() - i] : 1;
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException(op + ": shapes " + a + " and " + b + " do not broadcast: axis -" + i
                        + " has sizes " + left + " and " + right + "; they must be equal, or one of them 1"
                        + remedy(a, b));
            }
            out[rank - i] = left == 1 ? right : left;
        }
        return new Shape(out);
    }

    /** Returns what makes shapes broadcast that do not, if one more axis of size 1 does. */
    private static String remedy(Shape a, Shape b) {
        for (Shape[] pair : new Shape[][] {{b, a}, {a, b}}) {
            for (int axis = pair[0].rank(); axis >= 0 && pair[0].rank() < pair[1].rank(); axis--) {
                if (fit(pair[0].unsqueezed(axis), pair[1])) {
                    return "; did you mean unsqueeze(" + axis + ") of the " + (pair[0] == a ? "left" : "right")
                            + " one?";
                }
            }
        }
        return "";
    }

    private static boolean fit(Shape a, Shape b) {
        boolean fits = true;
        for (int i = 1; i <= Math.min(a.rank(), b.rank()); i++) {
            long left = a.sizes[a.rank() - i];
            long right = b.sizes[b.rank() - i];
            fits &= left == right || left == 1 || right == 1;
        }
        return fits;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    /** Returns the sizes in parentheses, as in {@code (2, 3)}. */
    @Override
    public String toString() {
        return text(sizes);
    }

    private static String text(long[] sizes) {
        String list = Arrays.toString(sizes);
        return "(" + list.substring(1, list.length() - 1) + ")";
    }
}
