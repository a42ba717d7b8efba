package org.jacobi.tensor;

import java.lang.ref.Reference;

/** The ops of {@link Tensor} that pick and place elements by index tensors, and joining. */
final class Indexing {
    private Indexing() {
    }

    static Tensor indexSelect(Tensor x, int axis, Tensor index) {
        int at = x.shape().axis("indexSelect", axis);
        if (index.rank() != 1) {
            throw new IllegalArgumentException("indexSelect: the index must be a vector, got shape " + index.shape());
        }
        requireIndex("indexSelect", index, x.size(at));
        Tensor out = Tensor.make("indexSelect", x.dtype(), x.shape().with(at, index.numel()));
        out.backend().indexSelect(out, x, at, index);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(index);
        return out;
    }

    static Tensor indexAdd_(Tensor x, int axis, Tensor index, Tensor source) {
        int at = x.shape().axis("indexAdd_", axis);
        if (index.rank() != 1 || source.dtype() != x.dtype()
                || !source.shape().equals(x.shape().with(at, index.numel()))) {
            throw new IllegalArgumentException("indexAdd_: index " + index.shape() + " and source " + source.dtype()
                    + source.shape() + " do not fit axis " + axis + " of " + x.dtype() + x.shape());
        }
        requireIndex("indexAdd_", index, x.size(at));
        Tensor addend = x.apart(source);
        x.changing("indexAdd_").backend().indexAdd(x, at, index, addend);
        Reference.reachabilityFence(index);
        Reference.reachabilityFence(addend);
        return x;
    }

    static Tensor gather(Tensor x, int axis, Tensor index) {
        int at = x.shape().axis("gather", axis);
        requireWithin("gather", index, x.shape(), at);
        requireIndex("gather", index, x.size(at));
        Tensor out = Tensor.make("gather", x.dtype(), index.shape());
        out.backend().gather(out, x, at, index);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(index);
        return out;
    }

    static Tensor scatterAdd_(Tensor x, int axis, Tensor index, Tensor source) {
        int at = x.shape().axis("scatterAdd_", axis);
        requireWithin("scatterAdd_", index, x.shape(), at);
        requireWithin("scatterAdd_", index, source.shape(), -1);
        requireIndex("scatterAdd_", index, x.size(at));
        if (source.dtype() != x.dtype()) {
            throw new IllegalArgumentException("scatterAdd_: source is " + source.dtype() + ", this is " + x.dtype());
        }
        Tensor part = x.apart(source);
        for (int i = 0; i < x.rank(); i++) {
            part = part.narrow(i, 0, index.size(i));
        }
        x.changing("scatterAdd_").backend().scatterAdd(x, at, index, part);
        Reference.reachabilityFence(index);
        Reference.reachabilityFence(part);
        return x;
    }

    static Tensor cat(int axis, Tensor... parts) {
        if (parts.length == 0) {
            throw new IllegalArgumentException("cat: needs at least one tensor");
        }
        Shape first = parts[0].shape();
        int at = first.axis("cat", axis);
        long total = 0;
        for (Tensor part : parts) {
            if (part.rank() != first.rank() || !part.shape().with(at, 0).equals(first.with(at, 0))) {
                throw new IllegalArgumentException(
                        "cat: shapes " + first + " and " + part.shape() + " differ outside axis " + axis);
            }
            total += part.size(at);
        }
        Tensor out = Tensor.make("cat", DType.promote(parts), first.with(at, total));
        long start = 0;
        for (Tensor part : parts) {
            Tensor target = out.narrow(at, start, part.size(at));
            out.backend().copy(target, part);
            target.release();
            start += part.size(at);
            Reference.reachabilityFence(part);
        }
        return out;
    }

    /** Checks that an index has a shape's rank and is nowhere larger, but along one axis. */
    private static void requireWithin(String op, Tensor index, Shape bound, int exceptAxis) {
        boolean fits = index.rank() == bound.rank();
        for (int i = 0; fits && i < index.rank(); i++) {
            fits = i == exceptAxis || index.size(i) <= bound.size(i);
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    op + ": the index of shape " + index.shape() + " does not fit into shape "
                            + bound + "; it needs as many axes, none longer");
        }
    }

    /** Checks that a tensor is i64 and holds numbers from 0 to size - 1. */
    static void requireIndex(String op, Tensor index, long size) {
        if (index.dtype() != DType.I64) {
            throw new IllegalArgumentException(
                    op + ": the index must be I64, got " + index.dtype() + "; convert with to(DType.I64)");
        }
        if (index.numel() == 0) {
            return;
        }
        Tensor low = index.amin();
        Tensor high = index.amax();
        long smallest = low.getLong();
        long largest = high.getLong();
        low.release();
        high.release();
        if (smallest < 0 || largest >= size) {
            throw new IllegalArgumentException(op + ": index " + (smallest < 0 ? smallest : largest)
                    + " is out of range: the axis has size " + size);
        }
    }
}
