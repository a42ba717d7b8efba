package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.ScatterOp;

/**
 * What indices select of a tensor.
 *
 * <p>Positions, ranges and new axes make a view of it. Index tensors then name slices of the view: their positions, times the
 * strides of their axes and added up, are the distances of the slices from the view's first element. So a selection by any
 * number of index tensors is a gather along one axis that stands for all of them, of stride 1.
 */
final class Selection {
    private final String op;
    private final Tensor x;
    /** How many elements after x's first one the view's first one lies. */
    private long shift;
    /** The view's number of axes, their sizes and strides, and which axes of x they are. */
    private int rank;
    private final long[] sizes;
    private final long[] strides;
    private final int[] origins;
    /** For each axis of the view the positions to take, or null for all. */
    private final Tensor[] positions;
    private final List<Tensor> temporaries = new ArrayList<>();

    private Selection(String op, Tensor x, int most) {
        this.op = op;
        this.x = x;
        sizes = new long[most];
        strides = new long[most];
        origins = new int[most];
        positions = new Tensor[most];
    }

    /** Resolves indices, which name x's axes from the first on; what they do not name is meant as a whole. */
    static Selection of(String op, Tensor x, Index... indices) {
        Checks.allRequired(op, "index", indices);
        int named = 0;
        int ellipses = 0;
        for (Index index : indices) {
            switch (index) {
                case Index.NewAxis() -> {
                }
                case Index.Ellipsis() -> ellipses++;
                case Index.Mask(Tensor mask) -> named += mask.rank();
                default -> named++;
            }
        }
        if (named > x.rank() || ellipses > 1) {
            throw new IllegalArgumentException(op + ": " + (ellipses > 1 ? "an ellipsis may occur once, not " + ellipses
                    + " times" : "the indices name " + named + " axes, but shape " + x.shape() + " has " + x.rank()));
        }
        Selection selection = new Selection(op, x, x.rank() + indices.length);
        int axis = 0;
        for (Index index : indices) {
            axis = selection.add(index, axis, x.rank() - named);
        }
        selection.addWhole(axis, x.rank());
        return selection;
    }

    /** Adds what one index makes of x's axes from the given one on, and returns the axis after them. */
    private int add(Index index, int axis, int unnamed) {
        switch (index) {
            case Index.At(long position) -> {
                long size = x.size(axis);
                if (position < -size || position >= size) {
                    throw outside(position, axis);
                }
                shift += (position < 0 ? position + size : position) * x.stride(axis);
                return axis + 1;
            }
            case Index.Span(long start, long end, long step) -> {
                long size = x.size(axis);
                long from = Math.clamp(start < 0 ? start + size : start, 0, size);
                long to = Math.clamp(end < 0 ? end + size : end, from, size);
                shift += from * x.stride(axis);
                add(Math.ceilDiv(to - from, step), x.stride(axis) * step, axis, null);
                return axis + 1;
            }
            case Index.Ellipsis() -> {
                return addWhole(axis, axis + unnamed);
            }
            case Index.NewAxis() -> add(1, 1, axis, null);
            case Index.Positions(Tensor tensor) -> {
                add(x.size(axis), x.stride(axis), axis, temporary(beside(tensor.to(DType.I64)), tensor));
                return axis + 1;
            }
            case Index.Mask(Tensor mask) -> {
                return addMask(mask, axis);
            }
        }
        return axis;
    }

    private int addMask(Tensor mask, int axis) {
        for (int i = 0; i < mask.rank(); i++) {
            if (mask.size(i) != x.size(axis + i)) {
                throw new IllegalArgumentException(op + ": the mask of shape " + mask.shape() + " does not fit shape "
                        + x.shape() + ": axis " + (axis + i) + " has size " + x.size(axis + i) + ", the mask has "
                        + mask.size(i) + " there");
            }
        }
        Tensor where = temporary(beside(Indexing.nonzero(mask)), mask);
        if (mask.rank() == 0) {
            // As if x had an axis of size 1 here, of which all or nothing is taken.
            add(1, 1, axis, temporary(Tensor.make(op, x.device(), DType.I64, Shape.of(where.size(0))).zero_(), mask));
        }
        for (int i = 0; i < mask.rank(); i++) {
            add(x.size(axis + i), x.stride(axis + i), axis + i, temporary(where.select(1, i), mask));
        }
        return axis + mask.rank();
    }

    private int addWhole(int from, int to) {
        for (int axis = from; axis < to; axis++) {
            add(x.size(axis), x.stride(axis), axis, null);
        }
        return to;
    }

    private void add(long size, long stride, int origin, Tensor taken) {
        sizes[rank] = size;
        strides[rank] = stride;
        origins[rank] = origin;
        positions[rank++] = taken;
    }

    /** Returns positions on x's device; those on the CPU may name elements of any. */
    private Tensor beside(Tensor index) {
        Tensor moved = index.device() == Device.CPU ? index.to(x.device()) : index;
        Device.same(op, x, moved);
        return moved;
    }

    private Tensor temporary(Tensor made, Tensor given) {
        if (made != given) {
            temporaries.add(made);
        }
        return made;
    }

    private IllegalArgumentException outside(long position, int axis) {
        return new IllegalArgumentException(op + ": index " + position + " is out of range for axis " + axis
                + " of shape " + x.shape() + ", which has size " + x.size(axis));
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    private boolean isView() {
        for (int axis = 0; axis < rank; axis++) {
            if (positions[axis] != null) {
                return false;
            }
        }
        return true;
    }

    private Tensor view() {
        return x.shifted(shift, Shape.of(Arrays.copyOf(sizes, rank)), Arrays.copyOf(strides, rank));
    }

    /** Returns what is selected: a view where no index is a tensor, else a copy. */
    Tensor get() {
        if (isView()) {
            return view();
        }
        try (Slices slices = new Slices()) {
            Tensor out = Tensor.make(op, x.device(), x.dtype(), slices.shape());
            Tensor rows = slices.moved(out).view(slices.rows(slices.named.numel()).toArray());
            x.backend().gather(rows, slices.source, 0, slices.index);
            rows.release();
            Reference.reachabilityFence(x);
            return out;
        } finally {
            temporaries.forEach(Tensor::release);
        }
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /** Writes a value, which broadcasts and is converted, to what is selected. */
    void put(ScatterOp how, Tensor value) {
        Device.beside(op, x, value);
        Tensor apart = x.apart(value).to(x.dtype()).to(x.device());
        if (isView()) {
            Tensor view = view();
            Tensor source = fitted(apart, view.shape());
            view.changing(op);
            if (how == ScatterOp.REPLACE) {
                view.backend().copy(view, source);
            } else {
                view.backend().binary(BinaryOp.ADD, view, view, source);
            }
            view.release();
            Reference.reachabilityFence(source);
            return;
        }
        try (Slices slices = new Slices()) {
            Tensor source = slices.moved(fitted(apart, slices.shape()))
                    .reshape(slices.rows(slices.named.numel()).toArray());
            Tensor view = view();
            view.changing(op).release();
            x.backend().scatter(how, slices.source, 0, slices.index, source);
            Reference.reachabilityFence(x);
            Reference.reachabilityFence(source);
        } finally {
            temporaries.forEach(Tensor::release);
        }
    }

    private Tensor fitted(Tensor value, Shape target) {
        Tensor fitted = value;
        while (fitted.rank() > target.rank() && fitted.size(0) == 1) {
            fitted = fitted.squeeze(0);
        }
        for (int i = 1; i <= fitted.rank(); i++) {
            if (i > target.rank() || fitted.size(-i) != 1 && fitted.size(-i) != target.size(-i)) {
                throw new IllegalArgumentException(op + ": a value of shape " + value.shape()
                        + " does not broadcast to the selected shape " + target
                        + (target.equals(x.shape()) ? "" : " of a tensor of shape " + x.shape())
                        + (i > target.rank() ? ": it has more axes"
                                : ": axis " + -i + " has size " + fitted.size(-i) + " and " + target.size(-i)));
            }
        }
        return fitted.expandTo(target);
    }

    /** The slices that the index tensors name, and where their axes are in the result. */
    private final class Slices implements AutoCloseable {
        /** The shape of the index tensors together. */
        private final Shape named;
        /** The axis of the result at which the index tensors' axes begin. */
        private final int first;
        /** The sizes and strides of a slice. */
        private final long[] slice;
        private final long[] sliceStrides;
        private final Tensor offsets;
        /** (count, slice): how far from the first element each slice lies. */
        final Tensor index;
        /** (distances, slice): the slice that begins with x's element, for every element. */
        final Tensor source;

        Slices() {
            Shape common = Shape.of();
            int begin = -1;
            int end = -1;
            boolean adjacent = true;
            int taken = 0;
            for (int axis = 0; axis < rank; axis++) {
                if (positions[axis] != null) {
                    common = Shape.broadcast(op + ": index tensors", common, positions[axis].shape());
                    adjacent &= begin < 0 || end == axis;
                    begin = begin < 0 ? axis : begin;
                    end = axis + 1;
                    taken++;
                }
            }
            named = common;
            first = adjacent ? begin : 0;
            slice = new long[rank - taken];
            sliceStrides = new long[rank - taken];
            offsets = Tensor.make(op, x.device(), DType.I64, named).zero_();
            long distances = 1;
            int at = 0;
            for (int axis = 0; axis < rank; axis++) {
                if (positions[axis] == null) {
                    slice[at] = sizes[axis];
                    sliceStrides[at++] = strides[axis];
                } else {
                    add(axis);
                    distances += Math.max(0, sizes[axis] - 1) * strides[axis];
                }
            }
            index = offsets.shifted(0, rows(named.numel()), before(1, new long[slice.length]));
            source = x.shifted(shift, rows(distances), before(1, sliceStrides));
        }

        /** Adds the distances along one axis to the offsets. */
        private void add(int axis) {
            Tensor where = positions[axis];
            Tensor expanded = where.expandTo(named);
            boolean inside = offsets.backend().offsets(offsets, expanded, sizes[axis], strides[axis]);
            Reference.reachabilityFence(expanded);
            if (!inside) {
                for (long position : where.toLongArray()) {
                    if (position < -sizes[axis] || position >= sizes[axis]) {
                        throw outside(position, origins[axis]);
                    }
                }
            }
        }

        private Shape rows(long count) {
            return Shape.of(before(count, slice));
        }

        private static long[] before(long head, long[] tail) {
            long[] joined = new long[tail.length + 1];
            joined[0] = head;
            System.arraycopy(tail, 0, joined, 1, tail.length);
            return joined;
        }

        /** Returns the shape of the result. */
        Shape shape() {
            long[] shape = new long[named.rank() + slice.length];
            System.arraycopy(slice, 0, shape, 0, first);
            System.arraycopy(named.toArray(), 0, shape, first, named.rank());
            System.arraycopy(slice, first, shape, first + named.rank(), slice.length - first);
            return Shape.of(shape);
        }

        /** Returns a tensor of the result's shape with the index tensors' axes in front. */
        Tensor moved(Tensor result) {
            int[] order = new int[result.rank()];
            for (int i = 0; i < order.length; i++) {
                order[i] = i < named.rank() ? first + i : i < first + named.rank() ? i - named.rank() : i;
            }
            return result.permute(order);
        }

        @Override
        public void close() {
            index.release();
            source.release();
            offsets.release();
        }
    }
}
