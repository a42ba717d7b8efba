package org.jacobi.tensor;

import java.util.Arrays;

/** The views of {@link Tensor}: new shapes, offsets and strides over the same storage, checked here. */
final class Views {
    private Views() {
    }

    static Tensor reshape(Tensor x, Shape target) {
        long[] strides = Strides.viewAs(x.shape(), x.strides(), target);
        if (strides != null) {
            return x.view(x.offset(), target, strides);
        }
        Tensor dense = x.contiguous();
        return dense.replacedBy(dense.view(dense.offset(), target, target.contiguousStrides()));
    }

    static Tensor view(Tensor x, Shape target) {
        long[] strides = Strides.viewAs(x.shape(), x.strides(), target);
        if (strides == null) {
            throw new IllegalArgumentException("view: shape " + x.shape() + " with strides "
                    + Arrays.toString(x.strides()) + " cannot be seen as " + target + " without a copy; use reshape");
        }
        return x.view(x.offset(), target, strides);
    }

    static Tensor permute(Tensor x, int... axes) {
        int rank = x.rank();
        if (axes.length != rank) {
            throw new IllegalArgumentException("permute: " + axes.length + " axes given for shape " + x.shape());
        }
        int[] order = x.shape().axes("permute", axes);
        long[] sizes = new long[rank];
        long[] strides = new long[rank];
        for (int i = 0; i < rank; i++) {
            sizes[i] = x.size(order[i]);
            strides[i] = x.strides()[order[i]];
        }
        return x.view(x.offset(), Shape.of(sizes), strides);
    }

    static Tensor unsqueeze(Tensor x, int axis) {
        Shape wider = x.shape().unsqueezed(axis);
        int rank = x.rank();
        int at = axis < 0 ? axis + rank + 1 : axis;
        long[] strides = new long[rank + 1];
        System.arraycopy(x.strides(), 0, strides, 0, at);
        strides[at] = at == rank ? 1 : x.size(at) * x.strides()[at];
        System.arraycopy(x.strides(), at, strides, at + 1, rank - at);
        return x.view(x.offset(), wider, strides);
    }

    static Tensor squeeze(Tensor x, int... axes) {
        Shape target = x.shape().squeezed(axes);
        boolean[] chosen = new boolean[x.rank()];
        Arrays.fill(chosen, axes.length == 0);
        for (int axis : x.shape().axes("squeeze", axes)) {
            chosen[axis] = true;
        }
        long[] strides = new long[target.rank()];
        int count = 0;
        for (int i = 0; i < x.rank(); i++) {
            if (!chosen[i] || x.size(i) != 1) {
                strides[count++] = x.strides()[i];
            }
        }
        return x.view(x.offset(), target, strides);
    }

    static Tensor expandTo(String op, Tensor x, Shape target) {
        Shape shape = x.shape();
        shape.requireExpands(op, target);
        if (target.equals(shape)) {
            return x;
        }
        int rank = x.rank();
        long[] stretched = new long[target.rank()];
        for (int i = 1; i <= target.rank(); i++) {
            boolean same = i <= rank && shape.size(-i) == target.size(-i);
            stretched[target.rank() - i] = same ? x.strides()[rank - i] : 0;
        }
        return x.view(x.offset(), target, stretched);
    }

    static Tensor narrow(Tensor x, int axis, long start, long length) {
        int at = x.shape().axis("narrow", axis);
        if (start < 0 || length < 0 || length > x.size(at) - start) {
            throw new IllegalArgumentException("narrow: " + length + " elements from " + start
                    + " on do not lie in axis " + axis + " of shape " + x.shape());
        }
        return x.view(x.offset() + start * x.strides()[at], x.shape().with(at, length), x.strides());
    }

    static Tensor slice(Tensor x, int axis, long start, long end, long step) {
        int at = x.shape().axis("slice", axis);
        long size = x.size(at);
        if (step < 1) {
            throw new IllegalArgumentException("slice: step " + step + " must be at least 1");
        }
        long from = Math.clamp(start < 0 ? start + size : start, 0, size);
        long to = Math.clamp(end < 0 ? end + size : end, from, size);
        long[] wider = x.strides().clone();
        wider[at] *= step;
        return x.view(x.offset() + from * x.strides()[at], x.shape().with(at, Math.ceilDiv(to - from, step)), wider);
    }

    static Tensor select(Tensor x, int axis, long position) {
        int at = x.shape().axis("select", axis);
        long index = x.shape().position("select", axis, position);
        return x.view(x.offset() + index * x.strides()[at], x.shape().without(at), Strides.without(x.strides(), at));
    }

    static Tensor[] split(Tensor x, int axis, long... lengths) {
        int at = x.shape().axis("split", axis);
        long left = x.size(at);
        for (long length : Checks.required("split", "the array of lengths", lengths)) {
            left = length < 0 || length > left ? -1 : left - length; // below 0 it stays there
        }
        if (left != 0) {
            throw new IllegalArgumentException("split: lengths " + Arrays.toString(lengths) + " do not add up to the "
                    + x.size(at) + " of axis " + axis + " of shape " + x.shape());
        }
        Tensor[] parts = new Tensor[lengths.length];
        long start = 0;
        for (int i = 0; i < lengths.length; i++) {
            parts[i] = narrow(x, at, start, lengths[i]);
            start += lengths[i];
        }
        return parts;
    }

    static Tensor diagonal(Tensor x, long offset, int axis1, int axis2) {
        Shape shape = x.shape();
        int row = shape.axis("diagonal", axis1);
        int column = shape.axis("diagonal", axis2);
        if (row == column) {
            throw new IllegalArgumentException(
                    "diagonal: needs two different axes, got " + axis1 + " and " + axis2 + " for shape " + shape);
        }
        long shift = Math.clamp(offset, -x.size(row), x.size(column)); // -Long.MIN_VALUE is no positive number
        long below = Math.max(0, -shift);
        long above = Math.max(0, shift);
        long length = Math.max(0, Math.min(x.size(row) - below, x.size(column) - above));
        long[] sizes = new long[x.rank() - 1];
        long[] strides = new long[x.rank() - 1];
        int count = 0;
        for (int i = 0; i < x.rank(); i++) {
            if (i != row && i != column) {
                sizes[count] = x.size(i);
                strides[count++] = x.strides()[i];
            }
        }
        sizes[count] = length;
        strides[count] = x.strides()[row] + x.strides()[column];
        // A diagonal without elements begins nowhere.
        long first = length == 0 ? 0 : below * x.strides()[row] + above * x.strides()[column];
        return x.view(x.offset() + first, Shape.of(sizes), strides);
    }

    static Tensor unfold(Tensor x, int axis, long size, long step) {
        Shape shape = x.shape();
        int at = shape.isAxisOfScalar(axis) ? -1 : shape.axis("unfold", axis);
        long length = at < 0 ? 1 : x.size(at);
        if (size < 0 || size > length || step < 1) {
            throw new IllegalArgumentException("unfold: windows of " + size + " elements, one every " + step
                    + ", do not lie in axis " + axis + " of shape " + shape + ", which has size " + length
                    + "; the size must not exceed it, the step must be at least 1");
        }
        long[] sizes = Arrays.copyOf(shape.toArray(), x.rank() + 1);
        long[] strides = Arrays.copyOf(x.strides(), x.rank() + 1);
        sizes[x.rank()] = size;
        strides[x.rank()] = at < 0 ? 1 : strides[at];
        if (at >= 0) {
            sizes[at] = (length - size) / step + 1;
            strides[at] *= step;
        }
        return x.view(x.offset(), Shape.of(sizes), strides);
    }

    static Tensor asStrided(Tensor x, Shape shape, long[] strides, long offset) {
        if (strides.length != shape.rank()) {
            throw new IllegalArgumentException("asStrided: " + strides.length + " strides given for shape " + shape);
        }
        long last = offset;
        for (int i = 0; i < strides.length; i++) {
            if (strides[i] < 0) {
                throw new IllegalArgumentException(
                        "asStrided: strides " + Arrays.toString(strides) + " must not be negative");
            }
            long product = strides[i] * Math.max(0, shape.size(i) - 1);
            boolean beyond = Math.multiplyHigh(strides[i], Math.max(0, shape.size(i) - 1)) != 0 || product < 0;
            last = beyond || last + product < last ? Long.MAX_VALUE : last + product;
        }
        long elements = x.storage().bytes / x.dtype().bytes();
        if (offset < 0 || shape.numel() > 0 && last >= elements) {
            throw new IllegalArgumentException("asStrided: shape " + shape + " with strides " + Arrays.toString(strides)
                    + " from element " + offset + " on reaches element " + last + "; the storage has " + elements);
        }
        return x.view(offset, shape, strides.clone());
    }
}
