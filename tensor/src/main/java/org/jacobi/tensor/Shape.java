package org.jacobi.tensor;

import java.util.Arrays;

/** The sizes of a tensor's axes, outermost first; immutable. */
public final class Shape {
    private final long[] sizes;
    private final long numel;

    private Shape(long[] sizes) {
        long n = 1;
        for (long size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException("shape " + text(sizes) + ": sizes must not be negative");
            }
            if (size != 0 && n > Long.MAX_VALUE / size) {
                throw new IllegalArgumentException("shape " + text(sizes) + ": has more than 2^63 elements");
            }
            n *= size;
        }
        this.sizes = sizes;
        this.numel = n;
    }

    /** Returns the shape with the given sizes; no sizes at all make the shape of a scalar. */
    public static Shape of(long... sizes) {
        return new Shape(sizes.clone());
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
                    op + ": axis " + axis + " is out of range for shape " + this + ", which has " + rank + " axes");
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
        long known = 1;
        int open = -1;
        for (int i = 0; i < target.length; i++) {
            if (target[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= target[i];
            }
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
        if (axes.length == 0) {
            Arrays.fill(kept, 1);
        }
        for (int axis : axes) {
            kept[axis(op, axis)] = 1;
        }
        return new Shape(kept);
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
        merged[from] = Arrays.stream(sizes, from, to + 1).reduce(1, Math::multiplyExact);
        return new Shape(merged);
    }

    /** Returns this shape with a new axis of size 1 before the given position; negative positions count from the end. */
    public Shape unsqueezed(int axis) {
        int at = axis < 0 ? axis + sizes.length + 1 : axis;
        if (at < 0 || at > sizes.length) {
            throw new IllegalArgumentException("unsqueeze: axis " + axis + " is out of range for shape " + this);
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
        long[] lengths = new long[Math.toIntExact(Math.max(1, Math.ceilDiv(total, size)))];
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
        if (amounts.length % 2 != 0 || amounts.length / 2 > sizes.length) {
            throw new IllegalArgumentException("pad: " + amounts.length + " amounts do not fit shape " + this
                    + "; there must be two for each axis to pad, from the last axis on");
        }
        long[] longer = sizes.clone();
        for (int i = 0; i < amounts.length; i += 2) {
            int at = sizes.length - 1 - i / 2;
            longer[at] = Math.addExact(longer[at], Math.addExact(amounts[i], amounts[i + 1]));
            if (longer[at] < 0 || sizes[at] + Math.min(0, amounts[i]) + Math.min(0, amounts[i + 1]) < 0) {
                throw new IllegalArgumentException("pad: amounts " + amounts[i] + " and " + amounts[i + 1]
                        + " cut off more than the " + sizes[at] + " elements of axis " + at + " of shape " + this);
            }
        }
        return new Shape(longer);
    }

    /** Returns the shape of square matrices, in two new axes, with this shape's last axis on their diagonal. */
    public Shape diagEmbedded(long offset, int axis1, int axis2) {
        if (sizes.length == 0) {
            throw new IllegalArgumentException("diagEmbed: needs at least one axis, got a scalar");
        }
        long[] wider = new long[sizes.length + 1];
        int row = unsqueezed(-1).axis("diagEmbed", axis1);
        int column = unsqueezed(-1).axis("diagEmbed", axis2);
        if (row == column) {
            throw new IllegalArgumentException("diagEmbed: needs two different axes, got " + axis1 + " and " + axis2);
        }
        int next = 0;
        for (int i = 0; i < wider.length; i++) {
            wider[i] =
                    i == row || i == column ? Math.addExact(sizes[sizes.length - 1], Math.abs(offset)) : sizes[next++];
        }
        return new Shape(wider);
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
        return new Shape(full);
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
                        + " has sizes " + left + " and " + right + "; they must be equal, or one of them 1");
            }
            out[rank - i] = left == 1 ? right : left;
        }
        return new Shape(out);
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
