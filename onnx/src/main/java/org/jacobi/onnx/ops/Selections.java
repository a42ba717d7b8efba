package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

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
            return OnnxTensor.of(coordinates(nonZero(Numbers.wide(x)), x.shape()).t().contiguous());
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

    /** Returns the elements in reverse order along an axis. */
    static Tensor reversed(Tensor x, int axis) {
        return x.indexSelect(axis, Tensor.arange(x.size(axis)).neg().add(x.size(axis) - 1));
    }

    /** Returns the positions of elements along an axis in ascending or descending order; equal ones keep their order. */
    static Tensor sortedPositions(Tensor x, int axis, boolean descending) {
        int[] order = IntStream.range(0, x.rank()).toArray();
        order[axis] = x.rank() - 1;
        order[x.rank() - 1] = axis;
        Tensor last = x.permute(order);
        boolean integers = !x.dtype().isFloating();
        long[] longs = integers ? last.toLongArray() : null;
        double[] doubles = integers ? null : last.toDoubleArray();
        int size = (int) x.size(axis);
        long[] sorted = new long[(int) x.numel()];
        for (int row = 0; row < sorted.length; row += size) {
            int start = row;
            Comparator<Integer> ascending = integers ? Comparator.comparingLong(i -> longs[start + i])
                    : Comparator.comparingDouble(i -> doubles[start + i]);
            Integer[] positions = IntStream.range(0, size).boxed().toArray(Integer[]::new);
            Arrays.sort(positions, descending ? ascending.reversed() : ascending);
            for (int i = 0; i < size; i++) {
                sorted[row + i] = positions[i];
            }
        }
        return Numbers.like(last.shape(), sorted).permute(order);
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
        long[] along = positions(index, x.size(axis)).toLongArray();
        long[] strides = x.shape().contiguousStrides();
        long[] inner = index.shape().contiguousStrides();
        long[] targets = new long[along.length];
        for (int i = 0; i < targets.length; i++) {
            if (along[i] < 0 || along[i] >= x.size(axis)) {
                throw new IllegalArgumentException("index " + along[i] + " is out of range for axis " + axis
                        + " of shape " + x.shape());
            }
            long rest = i;
            for (int j = 0; j < strides.length; j++) {
                targets[i] += (j == axis ? along[i] : rest / inner[j]) * strides[j];
                rest %= inner[j];
            }
        }
        return scatter(x, targets, call.tensor(2), call.text("reduction", "none"));
    }

    private static OnnxTensor scatterNd(Call call) {
        OnnxTensor x = call.tensor(0);
        OnnxTensor indices = call.tensor(1);
        long[] sizes = x.shape().toArray();
        long[] slices = sliceNumbers(indices, sizes, 0);
        int length = Numbers.size(Numbers.product(sizes, (int) indices.size(-1), sizes.length));
        long[] targets = new long[slices.length * length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = slices[i / length] * length + i % length;
        }
        return scatter(x, targets, call.tensor(2), call.text("reduction", "none"));
    }

    /** Returns a copy into whose flat positions updates are put, in order, or combined with what is there. */
    private static OnnxTensor scatter(OnnxTensor x, long[] targets, OnnxTensor updates, String reduction) {
        if (updates.numel() != targets.length) {
            throw new IllegalArgumentException(
                    "updates of shape " + updates.shape() + " do not fit " + targets.length + " positions");
        }
        if (reduction.equals("none")) {
            long[] source = LongStream.range(0, x.numel()).toArray();
            for (int i = 0; i < targets.length; i++) {
                source[(int) targets[i]] = x.numel() + i;
            }
            return OnnxTensor.move(List.of(x, updates), parts -> Numbers.pick(
                    Tensor.cat(0, parts.getFirst().reshape(x.numel()), parts.get(1).reshape(updates.numel())),
                    source, x.shape()));
        }
        if (x.type().isInteger()) {
            long[] values = Numbers.longs(x);
            long[] others = Numbers.longs(updates);
            long flip = x.type() == ElementType.UINT64 ? Long.MIN_VALUE : 0;
            for (int i = 0; i < targets.length; i++) {
                long a = values[(int) targets[i]];
                long b = others[i];
                values[(int) targets[i]] = switch (reduction) {
                    case "add" -> a + b;
                    case "mul" -> a * b;
                    case "max" -> Math.max(a ^ flip, b ^ flip) ^ flip;
                    case "min" -> Math.min(a ^ flip, b ^ flip) ^ flip;
                    default -> throw unknown(reduction);
                };
            }
            return Numbers.narrow(x.type(), Numbers.like(x.shape(), values));
        }
        double[] values = x.data().toDoubleArray();
        double[] others = updates.data().toDoubleArray();
        for (int i = 0; i < targets.length; i++) {
            double a = values[(int) targets[i]];
            double b = others[i];
            values[(int) targets[i]] = switch (reduction) {
                case "add" -> a + b;
                case "mul" -> a * b;
                case "max" -> Math.max(a, b);
                case "min" -> Math.min(a, b);
                default -> throw unknown(reduction);
            };
        }
        return Numbers.narrow(x.type(), Numbers.like(x.shape(), values));
    }

    private static IllegalArgumentException unknown(String reduction) {
        return new IllegalArgumentException(
                "attribute 'reduction' must be none, add, mul, max or min, got " + reduction);
    }

    /** Writes new entries into a cache from a position of each batch on, around its end where asked for. */
    private static OnnxTensor tensorScatter(Call call) {
        OnnxTensor cache = call.tensor(0);
        OnnxTensor update = call.tensor(1);
        int axis = Numbers.axis(call.integer("axis", -2), cache.rank());
        boolean circular = call.text("mode", "linear").equals("circular");
        long[] starts = call.has(2) ? call.integersOf(2) : new long[(int) cache.size(0)];
        long[] strides = cache.shape().contiguousStrides();
        long[] inner = update.shape().contiguousStrides();
        long[] targets = new long[(int) update.numel()];
        for (int i = 0; i < targets.length; i++) {
            long rest = i;
            long start = starts[(int) (i / inner[0])];
            for (int j = 0; j < strides.length; j++) {
                long position = rest / inner[j];
                rest %= inner[j];
                if (j == axis) {
                    position += start;
                    position = circular ? Math.floorMod(position, cache.size(axis)) : position;
                    if (position < 0 || position >= cache.size(axis)) {
                        throw new IllegalArgumentException(
                                "position " + position + " lies outside axis " + axis + " of shape " + cache.shape());
                    }
                }
                targets[i] += position * strides[j];
            }
        }
        return scatter(cache, targets, update, "none");
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

    /** Returns the row-major positions of elements that are not zero. */
    static long[] nonZero(Tensor x) {
        boolean[] nonZero = x.toBooleanArray();
        return IntStream.range(0, nonZero.length).filter(i -> nonZero[i]).asLongStream().toArray();
    }

    /** Returns row-major positions as coordinates, a row each. */
    private static Tensor coordinates(long[] positions, Shape shape) {
        long[] strides = shape.contiguousStrides();
        long[] out = new long[positions.length * strides.length];
        for (int i = 0; i < positions.length; i++) {
            long rest = positions[i];
            for (int j = 0; j < strides.length; j++) {
                out[i * strides.length + j] = rest / strides[j];
                rest %= strides[j];
            }
        }
        return Tensor.of(out, positions.length, strides.length);
    }

    private static OnnxTensor compress(Call call) {
        OnnxTensor x = call.tensor(0);
        Tensor index = Tensor.of(nonZero(call.tensor(1).data()));
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
        long[] index = new long[(int) (x.size(time) * x.size(batch))];
        for (int t = 0; t < x.size(time); t++) {
            for (int b = 0; b < x.size(batch); b++) {
                index[(int) (t * x.size(batch) + b)] = t < lengths[b] ? lengths[b] - 1 - t : t;
            }
        }
        Tensor square = Tensor.of(index, x.size(time), x.size(batch));
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[time] = x.size(time);
        sizes[batch] = x.size(batch);
        Tensor spread = (time < batch ? square : square.t()).reshape(sizes).expandTo(x.shape()).contiguous();
        return x.move(t -> t.gather(time, spread));
    }

    // ---- unique ----------------------------------------------------------------------------------------------------

    private static List<OnnxValue> unique(Call call) {
        OnnxTensor x = call.tensor(0);
        boolean whole = !call.hasAttribute("axis");
        int axis = whole ? 0 : Numbers.axis(call.integer("axis"), x.rank());
        OnnxTensor along = whole ? x.move(t -> t.reshape(t.numel())) : x;
        int count = (int) along.size(axis);
        List<Comparable<?>[]> slices = slices(along, axis);
        Integer[] order = IntStream.range(0, count).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> compare(slices.get(a), slices.get(b)));

        // Groups of equal slices, in ascending order; the first of a group is the one that came first.
        List<List<Integer>> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i == 0 || compare(slices.get(order[i - 1]), slices.get(order[i])) != 0) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(order[i]);
        }
        if (!call.flag("sorted", true)) {
            groups.sort(Comparator.comparing(List::getFirst));
        }
        long[] firsts = groups.stream().mapToLong(List::getFirst).toArray();
        long[] counts = groups.stream().mapToLong(List::size).toArray();
        long[] inverse = new long[count];
        for (int i = 0; i < groups.size(); i++) {
            for (int member : groups.get(i)) {
                inverse[member] = i;
            }
        }
        Tensor picked = Tensor.of(firsts);
        return List.of(along.move(t -> t.indexSelect(axis, picked)), Numbers.vector(firsts), Numbers.vector(inverse),
                Numbers.vector(counts));
    }

    private static List<Comparable<?>[]> slices(OnnxTensor x, int axis) {
        List<Comparable<?>[]> slices = new ArrayList<>();
        for (int i = 0; i < x.size(axis); i++) {
            int at = i;
            OnnxTensor slice = x.move(t -> t.select(axis, at));
            slices.add(switch (x.type()) {
                case STRING -> slice.strings();
                default -> x.type().isFloating()
                        ? Arrays.stream(slice.data().toDoubleArray()).boxed().toArray(Double[]::new)
                        : Arrays.stream(Arithmetic.ordered(slice).toLongArray()).boxed().toArray(Long[]::new);
            });
        }
        return slices;
    }

    @SuppressWarnings("unchecked")
    private static int compare(Comparable<?>[] a, Comparable<?>[] b) {
        for (int i = 0; i < a.length; i++) {
            int order = ((Comparable<Object>) a[i]).compareTo(b[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
