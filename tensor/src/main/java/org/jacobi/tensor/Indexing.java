package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;

import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScatterOp;

/** The ops of {@link Tensor} that pick and place elements by index tensors, and joining. */
final class Indexing {
    private Indexing() {
    }

    // ---- slices along an axis --------------------------------------------------------------------------------------

    static Tensor indexSelect(Tensor x, int axis, Tensor index) {
        int at = x.shape().axis("indexSelect", axis);
        requireVector("indexSelect", index, x.size(at));
        return read("indexSelect", x, at, along(index, x.shape().with(at, index.numel()), at));
    }

    private static void requireVector(String op, Tensor index, long size) {
        if (Checks.required(op, "the index", index).rank() != 1) {
            throw new IllegalArgumentException(op + ": the index must be a vector, got shape " + index.shape());
        }
        requireIndex(op, index, size);
    }

    static Tensor indexAdd_(String op, Tensor x, int axis, Tensor index, Tensor source) {
        int at = requireSlices(op, x, axis, index, source);
        return write(ScatterOp.ADD, op, x, at, along(index, source.shape(), at), source);
    }

    static Tensor indexCopy_(String op, Tensor x, int axis, Tensor index, Tensor source) {
        int at = requireSlices(op, x, axis, index, source);
        return write(ScatterOp.REPLACE, op, x, at, along(index, source.shape(), at), source);
    }

    static Tensor indexFill_(String op, Tensor x, int axis, Tensor index, Tensor value) {
        int at = x.shape().axis(op, axis);
        requireVector(op, index, x.size(at));
        requireScalar(op, value);
        Shape target = x.shape().with(at, index.numel());
        return write(ScatterOp.REPLACE, op, x, at, along(index, target, at),
                value.to(x.dtype()).to(x.device()).expandTo(target));
    }

    static Tensor indexReduce(Tensor x, int axis, Tensor index, Tensor source, ReduceOp how, boolean includeSelf) {
        int at = requireSlices("indexReduce", x, axis, index, source);
        return reduced("indexReduce", x, at, along(index, source.shape(), at), source, how, includeSelf);
    }

    /** Checks an index vector and the slices that it places, and returns the axis. */
    private static int requireSlices(String op, Tensor x, int axis, Tensor index, Tensor source) {
        int at = x.shape().axis(op, axis);
        Checks.required(op, "the index", index);
        Checks.required(op, "the source", source);
        if (index.rank() != 1 || source.dtype() != x.dtype()
                || !source.shape().equals(x.shape().with(at, index.numel()))) {
            throw new IllegalArgumentException(op + ": index " + index.shape() + " and source " + source.dtype()
                    + source.shape() + " do not fit axis " + axis + " of " + x.dtype() + x.shape()
                    + "; the index must be a vector, and the source "
                    + (index.rank() != 1 ? "" : x.dtype().toString() + x.shape().with(at, index.numel()) + ", ")
                    + "of this tensor's type, with as many slices as the index names");
        }
        requireIndex(op, index, x.size(at));
        return at;
    }

    /** Returns an index vector as an index of a whole shape, the same everywhere outside the axis. */
    static Tensor along(Tensor index, Shape shape, int axis) {
        long[] strides = new long[shape.rank()];
        strides[axis] = index.stride(0);
        return index.shifted(0, shape, strides);
    }

    static void requireScalar(String op, Tensor value) {
        if (Checks.required(op, "the value", value).rank() != 0) {
            throw new IllegalArgumentException(
                    op + ": the value must be one number or a tensor of no axes, got shape " + value.shape());
        }
    }

    // ---- elements along an axis ------------------------------------------------------------------------------------

    static Tensor gather(Tensor x, int axis, Tensor index) {
        int at = x.shape().axis("gather", axis);
        requireWithin("gather", index, x.shape(), at);
        requireIndex("gather", index, x.size(at));
        return read("gather", x, at, index);
    }

    /** Gathers by an index that was checked. */
    private static Tensor read(String op, Tensor x, int axis, Tensor index) {
        Device.same(op, x, index);
        Tensor out = Tensor.make(op, x.device(), x.dtype(), index.shape());
        out.backend().gather(out, x, axis, index);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(index);
        return out;
    }

    static Tensor takeAlongDim(Tensor x, int axis, Tensor index) {
        int at = x.shape().axis("takeAlongDim", axis);
        if (Checks.required("takeAlongDim", "the index", index).rank() != x.rank()) {
            throw new IllegalArgumentException("takeAlongDim: this of shape " + x.shape() + " and the index of shape "
                    + index.shape() + " must have equally many axes");
        }
        Shape common = Shape.broadcast("takeAlongDim", x.shape().with(at, 1), index.shape().with(at, 1));
        requireIndex("takeAlongDim", index, x.size(at));
        return read("takeAlongDim", x.expandTo(common.with(at, x.size(at))), at,
                index.expandTo(common.with(at, index.size(at))));
    }

    static Tensor scatter_(ScatterOp how, String op, Tensor x, int axis, Tensor index, Tensor source) {
        int at = requireElements(op, x, axis, index, source);
        return write(how, op, x, at, index, source);
    }

    /** Checks an index and the elements that it places, and returns the axis. */
    private static int requireElements(String op, Tensor x, int axis, Tensor index, Tensor source) {
        int at = x.shape().axis(op, axis);
        requireWithin(op, index, x.shape(), at);
        requireWithin(op, index, Checks.required(op, "the source", source).shape(), -1);
        requireIndex(op, index, x.size(at));
        if (source.dtype() != x.dtype()) {
            throw new IllegalArgumentException(op + ": source is " + source.dtype() + ", this is " + x.dtype()
                    + "; convert it with to(DType." + x.dtype() + ")");
        }
        return at;
    }

    /** Writes elements to x, in place, by an index that was checked. */
    private static Tensor write(ScatterOp how, String op, Tensor x, int axis, Tensor index, Tensor source) {
        Device.same(op, x, index, source);
        Tensor part = x.apart(source);
        for (int i = 0; i < x.rank(); i++) {
            part = part.size(i) == index.size(i) ? part : part.narrow(i, 0, index.size(i));
        }
        Tensor where = x.apart(index);
        x.changing(op).backend().scatter(how, x, axis, where, part);
        Reference.reachabilityFence(where);
        Reference.reachabilityFence(part);
        return x;
    }

    static Tensor scatterReduce(String op, Tensor x, int axis, Tensor index, Tensor source, ReduceOp how,
            boolean includeSelf) {
        int at = requireElements(op, x, axis, index, source);
        return reduced(op, x, at, index, source, how, includeSelf);
    }

    static Tensor scatterReduce_(Tensor x, int axis, Tensor index, Tensor source, ReduceOp how, boolean includeSelf) {
        Tensor result = scatterReduce("scatterReduce_", x, axis, index, source, how, includeSelf);
        x.changing("scatterReduce_").backend().copy(x, result);
        result.release();
        return x;
    }

    private static Tensor reduced(String op, Tensor x, int axis, Tensor index, Tensor source, ReduceOp how,
            boolean includeSelf) {
        ScatterOp step = switch (how) {
            case SUM, MEAN -> ScatterOp.ADD;
            case PROD -> ScatterOp.MULTIPLY;
            case MAX -> ScatterOp.MAXIMUM;
            case MIN -> ScatterOp.MINIMUM;
            default -> throw new IllegalArgumentException(
                    op + ": reduces by SUM, PROD, MEAN, MAX or MIN, not by " + how);
        };
        Tensor out = x.copy();
        if (!includeSelf) {
            Tensor neutral = Tensor.scalar(x.device(), neutral(step, x.dtype()), x.dtype()).expandTo(index.shape());
            write(ScatterOp.REPLACE, op, out, axis, index, neutral);
        }
        write(step, op, out, axis, index, source);
        if (how != ReduceOp.MEAN) {
            return out;
        }
        // Integers round down, as PyTorch has it.
        Tensor count = scatterCount(out, axis, index, includeSelf);
        return out.dtype().isFloating() ? out.div(count) : out.floorDivide(count);
    }

    /** Returns how many numbers a scattered mean is made of, element by element: at least 1. */
    private static Tensor scatterCount(Tensor x, int axis, Tensor index, boolean includeSelf) {
        Tensor count = Tensor.fullLike(x, includeSelf ? 1 : 0);
        Tensor one = Tensor.scalar(x.device(), 1, x.dtype());
        write(ScatterOp.ADD, "count", count, axis, index, one.expandTo(index.shape()));
        return count.maximum(one);
    }

    /** Returns the number that changes nothing when an element is written to it. */
    private static double neutral(ScatterOp op, DType type) {
        return switch (op) {
            case MULTIPLY -> 1;
            case MAXIMUM -> lowest(type);
            case MINIMUM -> highest(type);
            case ADD, REPLACE -> 0;
        };
    }

    private static double lowest(DType type) {
        return switch (type) {
            case BOOL, U8 -> 0;
            default -> type.isFloating() ? Double.NEGATIVE_INFINITY : -Math.scalb(1.0, 8 * type.bytes() - 1);
        };
    }

    private static double highest(DType type) {
        return switch (type) {
            case BOOL -> 1;
            case U8 -> 255;
            default -> type.isFloating() ? Double.POSITIVE_INFINITY : Math.scalb(1.0, 8 * type.bytes() - 1) - 1;
        };
    }

    // ---- by indices as in brackets ---------------------------------------------------------------------------------

    static Tensor get(String op, Tensor x, Index... indices) {
        return Selection.of(op, x, indices).get();
    }

    static Tensor put_(String op, Tensor x, Tensor value, boolean accumulate, Index... indices) {
        Checks.required(op, "the value", value);
        Selection.of(op, x, indices).put(accumulate ? ScatterOp.ADD : ScatterOp.REPLACE, value);
        return x;
    }

    /** Returns a number as a tensor of x's type, or says that it does not fit. */
    static Tensor number(String op, Tensor x, double value) {
        if (!x.dtype().holds(value)) {
            throw new IllegalArgumentException(op + ": the value " + value + " does not fit into " + x.dtype()
                    + "; convert the tensor with to first");
        }
        return Tensor.scalar(value, x.dtype());
    }

    /** Returns a number as the source that scatter writes it from, wherever an index points. */
    static Tensor everywhere(String op, Tensor x, double value, Tensor index) {
        return number(op, x, value).to(x.device()).expandTo(Checks.required(op, "the index", index).shape());
    }

    /** Returns the positions in an integer tensor, as one vector. */
    private static Index flat(String op, Tensor index) {
        DType type = Checks.required(op, "the index", index).dtype();
        if (!Checks.isPosition(type)) {
            throw new IllegalArgumentException(op + ": the index must be integers, got " + type
                    + "; convert with to(DType.I64)");
        }
        return Index.of(index.reshape(-1));
    }

    static void requireStep(String op, long step) {
        if (step < 1) {
            throw new IllegalArgumentException(
                    op + ": step " + step + " must be at least 1; turn an axis around with flip");
        }
    }

    /** Returns indices of which the last one stands for the given axis, and the others for the whole axes before it. */
    static Index[] atAxis(int axis, Index index) {
        Index[] indices = new Index[axis + 1];
        Arrays.fill(indices, Index.all());
        indices[axis] = index;
        return indices;
    }

    static Tensor take(String op, Tensor x, Tensor index) {
        Tensor taken = get(op, x.reshape(-1), flat(op, index));
        return taken.reshape(index.shape().toArray());
    }

    static Tensor put(Tensor x, Tensor index, Tensor source, boolean accumulate) {
        Index places = flat("put", index);
        if (Checks.required("put", "the source", source).numel() != index.numel() || source.dtype() != x.dtype()) {
            throw new IllegalArgumentException("put: a source of " + source.dtype() + source.shape()
                    + " does not fit an index of shape " + index.shape() + " into " + x.dtype() + x.shape()
                    + "; it needs as many elements as the index, of this tensor's type");
        }
        Tensor out = x.copy();
        put_("put", out.view(-1), source.reshape(-1), accumulate, places);
        return out;
    }

    // ---- by masks --------------------------------------------------------------------------------------------------

    static Tensor nonzero(Tensor x) {
        Tensor out = Tensor.make("nonzero", x.device(), DType.I64, Shape.of(x.backend().countNonzero(x), x.rank()));
        x.backend().nonzero(out, x);
        Reference.reachabilityFence(x);
        return out;
    }

    static Tensor[] nonzeroTuple(Tensor x) {
        Tensor positions = nonzero(x.rank() == 0 ? x.unsqueeze(0) : x);
        Tensor[] tuple = new Tensor[positions.rank() == 0 ? 1 : (int) positions.size(1)];
        Arrays.setAll(tuple, axis -> positions.select(1, axis));
        return tuple;
    }

    static Tensor maskedSelect(Tensor x, Tensor mask) {
        Checks.mask("maskedSelect", mask);
        Shape common = Shape.broadcast("maskedSelect", x.shape(), mask.shape());
        return get("maskedSelect", x.expandTo(common), Index.mask(mask.expandTo(common)));
    }

    static Tensor maskedScatter(Tensor x, Tensor mask, Tensor source) {
        Checks.mask("maskedScatter", mask);
        Shape common = Shape.broadcast("maskedScatter", x.shape(), mask.shape());
        return maskedScatter_("maskedScatter", x.expandTo(common).copy(), mask, source);
    }

    static Tensor maskedScatter_(String op, Tensor x, Tensor mask, Tensor source) {
        Checks.mask(op, mask);
        if (Checks.required(op, "the source", source).dtype() != x.dtype()) {
            throw new IllegalArgumentException(op + ": source is " + source.dtype() + ", this is " + x.dtype()
                    + "; convert it with to(DType." + x.dtype() + ")");
        }
        if (!Shape.broadcast(op, x.shape(), mask.shape()).equals(x.shape())) {
            throw new IllegalArgumentException(
                    op + ": the mask of shape " + mask.shape() + " has more places than this of shape " + x.shape());
        }
        Index wide = Index.mask(mask.expandTo(x.shape()));
        return put_(op, x, firstOf(op, source, wide.tensor()), false, wide);
    }

    /** Returns as many elements of a source as a mask has places for. */
    private static Tensor firstOf(String op, Tensor source, Tensor mask) {
        long places = mask.backend().countNonzero(mask);
        Reference.reachabilityFence(mask);
        if (places > source.numel()) {
            throw new IllegalArgumentException(
                    op + ": the mask holds in " + places + " places, but the source of shape "
                            + source.shape() + " has " + source.numel() + " elements");
        }
        return source.reshape(-1).narrow(0, 0, places);
    }

    // ---- parts -----------------------------------------------------------------------------------------------------

    /** Returns a copy of x with a part, named by one index of an axis, replaced by a source of exactly its shape. */
    static Tensor replaced(String op, Tensor x, int axis, Index index, Tensor source) {
        int at = x.shape().axis(op, axis);
        Tensor out = x.copy();
        requirePart(op, get(op, out, atAxis(at, index)), Checks.required(op, "the source", source));
        return put_(op, out, source, false, atAxis(at, index));
    }

    static void requirePart(String op, Tensor part, Tensor source) {
        if (!part.shape().equals(source.shape())) {
            throw new IllegalArgumentException(
                    op + ": the source has shape " + source.shape() + ", the part that it replaces " + part.shape());
        }
    }

    static Tensor oneHot(Tensor classes, long count) {
        if (count < -1) {
            throw new IllegalArgumentException("oneHot: " + count + " classes; name their number, or -1 to count them");
        }
        long number = count;
        if (count == -1) {
            if (classes.numel() == 0) {
                throw new IllegalArgumentException(
                        "oneHot: no class is given to count the classes by; name their number");
            }
            Tensor highest = classes.amax();
            number = highest.getLong() + 1;
            highest.release();
        }
        requireIndex("oneHot", classes, number);
        long[] sizes = Arrays.copyOf(classes.shape().toArray(), classes.rank() + 1);
        sizes[classes.rank()] = number;
        Tensor one = Tensor.scalar(classes.device(), 1, DType.I64);
        Tensor index = classes.unsqueeze(-1);
        Tensor zeros = Tensor.make("oneHot", classes.device(), DType.I64, Shape.of("oneHot", sizes)).zero_();
        return scatter_(ScatterOp.REPLACE, "oneHot", zeros, -1, index,
                one.expandTo(index.shape()));
    }

    static Tensor cat(int axis, Tensor... parts) {
        Shape joined = ComposedShapes.joined("cat", axis, parts);
        int at = joined.axis("cat", axis);
        Device.same("cat", parts[0], parts);
        Tensor out = Tensor.make("cat", parts[0].device(), DType.promote(parts), joined);
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

    // ---- checks ----------------------------------------------------------------------------------------------------

    /** Checks that an index has a shape's rank and is nowhere larger, but along one axis. */
    private static void requireWithin(String op, Tensor index, Shape bound, int exceptAxis) {
        boolean fits = Checks.required(op, "the index", index).rank() == bound.rank();
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
        if (Checks.required(op, "the index", index).dtype() != DType.I64) {
            throw new IllegalArgumentException(
                    op + ": the index must be I64, got " + index.dtype() + "; convert with to(DType.I64)");
        }
        if (index.numel() == 0 || Capture.current() != null) {
            return; // what is recorded cannot wait for the numbers
        }
        Tensor distinct = index;
        for (int axis = 0; axis < index.rank(); axis++) {
            distinct = index.stride(axis) == 0 ? distinct.narrow(axis, 0, 1) : distinct;
        }
        // Both at once: a GPU is waited for once.
        Tensor low = distinct.amin();
        Tensor high = distinct.amax();
        Tensor both = Tensor.stack(0, low, high);
        long[] found = both.toLongArray();
        low.release();
        high.release();
        both.release();
        long smallest = found[0];
        long largest = found[1];
        if (smallest < 0 || largest >= size) {
            throw new IllegalArgumentException(op + ": index " + (smallest < 0 ? smallest : largest)
                    + " is out of range: the axis has size " + size);
        }
    }
}
