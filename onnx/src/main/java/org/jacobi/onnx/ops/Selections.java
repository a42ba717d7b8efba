package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.Unique;
import org.jacobi.tensor.backend.ReduceOp;

/** Operators that pick and place elements by conditions and positions. */
final class Selections {
    private Selections() {
    }

    static void register() {
        Operators.add("Where", call -> OnnxTensor.move(List.of(call.tensor(1), call.tensor(2)),
                parts -> Tensor.where(call.tensor(0).data(), parts.getFirst(), parts.get(1))));
        Operators.add("Gather", Selections::gather);
        Operators.add("GatherElements", call -> {
            OnnxTensor x = call.tensor(0);
            int axis = Numbers.axis(call.integer("axis", 0), x.rank());
            Tensor index = positions(call.tensor(1), x.size(axis));
            return x.move(t -> t.gather(axis, index));
        });
        Operators.add("GatherND", Selections::gatherNd);
        Operators.add("Scatter", Selections::scatterElements);
        Operators.add("ScatterElements", Selections::scatterElements);
        Operators.add("ScatterND", Selections::scatterNd);
        Operators.add("TensorScatter", Selections::tensorScatter);
        Operators.add("OneHot", Selections::oneHot);
        Operators.add("NonZero", call -> {
            OnnxTensor x = call.tensor(0);
            Tensor counts = x.type() == ElementType.STRING ? Texts.equal(x, OnnxTensor.ofStrings(new String[] {""}))
                    .logicalNot() : x.data();
            return OnnxTensor.of(counts.nonzero().t().contiguous());
        });
        Operators.add("Compress", Selections::compress);
        Operators.add("ReverseSequence", Selections::reverseSequence);
        Operators.addMany("Unique", Selections::unique);
    }

    /** Returns i64 positions along an axis, negative ones counted from its end. */
    static Tensor positions(OnnxTensor index, long size) {
        Tensor i = index.data().to(DType.I64);
        return Tensor.where(i.lt(0), i.add(size), i);
    }

    // ---- gather ----------------------------------------------------------------------------------------------------

    private static OnnxTensor gather(Call call) {
        OnnxTensor x = call.tensor(0);
        int axis = Numbers.axis(call.integer("axis", 0), x.rank());
        Tensor index = positions(call.tensor(1), x.size(axis));
        long[] sizes = LongStream.concat(
                LongStream.concat(Arrays.stream(x.shape().toArray(), 0, axis), Arrays.stream(index.shape().toArray())),
                Arrays.stream(x.shape().toArray(), axis + 1, x.rank())).toArray();
        return x.move(t -> t.indexSelect(axis, index.reshape(index.numel())).reshape(sizes));
    }

    /**
     * Returns, for each vector of an index array's last axis, the row-major number of the slice that it names.
     *
     * @param batch how many leading axes of index and data go together
     */
    private static long[] sliceNumbers(OnnxTensor indices, long[] sizes, int batch) {
        int depth = Numbers.size(indices.size(-1));
        if (depth + batch > sizes.length) {
            throw new IllegalArgumentException("indices of " + depth + " numbers, with " + batch
                    + " batch axes, do not fit shape " + Shape.of(sizes));
        }
        long[] index = Numbers.longs(indices);
        long[] numbers = new long[depth == 0 ? (int) Numbers.product(indices.shape().toArray(), 0, indices.rank() - 1)
                : index.length / depth];
        long batches = Numbers.product(sizes, 0, batch);
        for (int i = 0; i < numbers.length; i++) {
            long number = i / (numbers.length / batches);
            for (int j = 0; j < depth; j++) {
                long size = sizes[batch + j];
                long position = index[i * depth + j];
                position += position < 0 ? size : 0;
                if (position < 0 || position >= size) {
                    throw new IllegalArgumentException("index " + index[i * depth + j] + " is out of range for axis "
                            + (batch + j) + " of size " + size);
                }
                number = number * size + position;
            }
            numbers[i] = number;
        }
        return numbers;
    }

    private static OnnxTensor gatherNd(Call call) {
        OnnxTensor x = call.tensor(0);
        OnnxTensor indices = call.tensor(1);
        int batch = (int) call.integer("batch_dims", 0);
        long[] sizes = x.shape().toArray();
        int depth = (int) indices.size(-1);
        long[] numbers = sliceNumbers(indices, sizes, batch);
        long slices = Numbers.product(sizes, 0, batch + depth);
        long[] result = LongStream.concat(Arrays.stream(indices.shape().toArray(), 0, indices.rank() - 1),
                Arrays.stream(sizes, batch + depth, sizes.length)).toArray();
        return x.move(t -> t.reshape(slices, Numbers.product(sizes, batch + depth, sizes.length))
                .indexSelect(0, Tensor.of(numbers))
                .reshape(result));
    }

    // ---- scatter ---------------------------------------------------------------------------------------------------

    private static OnnxTensor scatterElements(Call call) {
        OnnxTensor x = call.tensor(0);
        OnnxTensor index = call.tensor(1);
        int axis = Numbers.axis(call.integer("axis", 0), x.rank());
        return scatter(x, axis, positions(index, x.size(axis)), call.tensor(2), call.text("reduction", "none"));
    }

    private static OnnxTensor scatterNd(Call call) {
        OnnxTensor x = call.tensor(0);
        OnnxTensor indices = call.tensor(1);
        long[] sizes = x.shape().toArray();
        int depth = (int) indices.size(-1);
        long[] slices = sliceNumbers(indices, sizes, 0);
        long length = Numbers.product(sizes, depth, sizes.length);
        long count = Numbers.product(sizes, 0, depth);
        Tensor rows = Tensor.of(slices).unsqueeze(1).expand(slices.length, length).contiguous();
        OnnxTensor updates = call.tensor(2).move(t -> t.reshape(slices.length, length));
        return scatter(x.move(t -> t.reshape(count, length)), 0, rows, updates, call.text("reduction", "none"))
                .move(t -> t.reshape(sizes));
    }

    /** Returns a copy into whose positions along an axis updates are put, or combined with what is there. */
    private static OnnxTensor scatter(OnnxTensor x, int axis, Tensor index, OnnxTensor updates, String reduction) {
        if (reduction.equals("none")) {
            return OnnxTensor.move(List.of(x, updates), parts -> parts.getFirst().scatter(axis, index, parts.get(1)));
        }
        ReduceOp how = switch (reduction) {
            case "add" -> ReduceOp.SUM;
            case "mul" -> ReduceOp.PROD;
            case "max" -> ReduceOp.MAX;
            case "min" -> ReduceOp.MIN;
            default -> throw new IllegalArgumentException(
                    "attribute 'reduction' must be none, add, mul, max or min, got " + reduction);
        };
        boolean flip = x.type() == ElementType.UINT64 && (how == ReduceOp.MAX || how == ReduceOp.MIN);
        Tensor target = flip ? Arithmetic.flipped(x.data()) : x.data();
        Tensor source = flip ? Arithmetic.flipped(updates.data()) : updates.data();
        Tensor result = target.scatterReduce(axis, index, source, how, true);
        return Numbers.narrow(x.type(), flip ? Arithmetic.flipped(result) : result);
    }

    /** Writes new entries into a cache from a position of each batch on, around its end where asked for. */
    private static OnnxTensor tensorScatter(Call call) {
        OnnxTensor cache = call.tensor(0);
        OnnxTensor update = call.tensor(1);
        int axis = Numbers.axis(call.integer("axis", -2), cache.rank());
        boolean circular = call.text("mode", "linear").equals("circular");
        long[] starts = call.has(2) ? call.integersOf(2) : new long[(int) cache.size(0)];
        long[] sizes = new long[cache.rank()];
        Arrays.fill(sizes, 1);
        sizes[axis] = update.size(axis);
        Tensor steps = Tensor.arange(update.size(axis)).reshape(sizes);
        Arrays.fill(sizes, 1);
        sizes[0] = starts.length;
        Tensor index = Tensor.of(starts).reshape(sizes).add(steps);
        if (circular) {
            index = index.remainder(cache.size(axis));
        }
        return scatter(cache, axis, index.expandTo(update.shape()).contiguous(), update, "none");
    }

    // ---- conditions ------------------------------------------------------------------------------------------------

    private static OnnxTensor oneHot(Call call) {
        Tensor index = call.tensor(0).data();
        long depth = (long) call.realOf(1, 0);
        int axis = Numbers.axis(call.integer("axis", -1), index.rank() + 1);
        Tensor i = Casts.cast(call.tensor(0), ElementType.INT64).data();
        Tensor wrapped = Tensor.where(i.lt(0), i.add(depth), i).unsqueeze(axis);
        long[] sizes = new long[index.rank() + 1];
        Arrays.fill(sizes, 1);
        sizes[axis] = depth;
        Tensor hot = wrapped.eq(Tensor.arange(depth).reshape(sizes));
        return call.tensor(2).move(t -> Tensor.where(hot, t.select(0, 1), t.select(0, 0)));
    }

    private static OnnxTensor compress(Call call) {
        OnnxTensor x = call.tensor(0);
        Tensor index = call.tensor(1).data().nonzero().flatten(0, 1);
        if (call.hasAttribute("axis")) {
            int axis = Numbers.axis(call.integer("axis"), x.rank());
            return x.move(t -> t.indexSelect(axis, index));
        }
        return x.move(t -> t.reshape(t.numel()).indexSelect(0, index));
    }

    private static OnnxTensor reverseSequence(Call call) {
        OnnxTensor x = call.tensor(0);
        int time = Numbers.axis(call.integer("time_axis", 0), x.rank());
        int batch = Numbers.axis(call.integer("batch_axis", 1), x.rank());
        long[] lengths = call.integersOf(1);
        return x.move(t -> reversed(t, time, batch, lengths));
    }

    /** Returns each sequence of a batch in reverse order within its length. */
    static Tensor reversed(Tensor x, int time, int batch, long[] lengths) {
        if (lengths.length != x.size(batch)) {
            throw new IllegalArgumentException(lengths.length + " lengths given for " + x.size(batch) + " sequences");
        }
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[time] = x.size(time);
        Tensor step = Tensor.arange(x.size(time)).reshape(sizes);
        sizes[time] = 1;
        sizes[batch] = lengths.length;
        Tensor length = Tensor.of(lengths).reshape(sizes);
        Tensor source = Tensor.where(step.lt(length), length.sub(1).sub(step), step);
        return x.gather(time, source.expandTo(x.shape()).contiguous());
    }

    // ---- unique ----------------------------------------------------------------------------------------------------

    /** Besides what {@link Tensor#unique} gives, the first positions, and the groups in the order of these if asked for. */
    private static List<OnnxValue> unique(Call call) {
        OnnxTensor x = call.tensor(0);
        boolean whole = !call.hasAttribute("axis");
        int axis = whole ? 0 : Numbers.axis(call.integer("axis"), x.rank());
        OnnxTensor along = whole ? x.move(t -> t.reshape(t.numel())) : x;
        Tensor keys = x.type() == ElementType.STRING ? ranks(along) : Arithmetic.ordered(along);
        Unique groups = whole ? keys.unique() : keys.unique(axis);
        long[] inverse = groups.inverse().toLongArray();
        long[] firsts = new long[(int) groups.counts().numel()];
        for (int i = inverse.length - 1; i >= 0; i--) {
            firsts[(int) inverse[i]] = i;
        }
        Tensor counts = groups.counts();
        if (!call.flag("sorted", true)) {
            Tensor order = Tensor.of(firsts).argsort(0);
            firsts = Tensor.of(firsts).indexSelect(0, order).toLongArray();
            counts = counts.indexSelect(0, order);
            inverse = order.argsort(0).indexSelect(0, Tensor.of(inverse)).toLongArray();
        }
        Tensor picked = Tensor.of(firsts);
        return List.of(along.move(t -> t.indexSelect(axis, picked)), OnnxTensor.of(picked), Numbers.vector(inverse),
                OnnxTensor.of(counts));
    }

    /** Returns numbers that are ordered as strings are. */
    private static Tensor ranks(OnnxTensor x) {
        Map<String, Long> ranks = new TreeMap<>();
        for (String string : x.strings()) {
            ranks.put(string, 0L);
        }
        long[] next = {0};
        ranks.replaceAll((_, _) -> next[0]++);
        return Numbers.like(x.shape(), Arrays.stream(x.strings()).mapToLong(ranks::get).toArray());
    }
}
