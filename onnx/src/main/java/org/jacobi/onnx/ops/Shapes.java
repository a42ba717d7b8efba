package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators that look at shapes and change them, cut and join: elements stay what they are. */
final class Shapes {
    private Shapes() {
    }

    static void register() {
        Operators.add("Shape", call -> {
            long[] sizes = call.tensor(0).shape().toArray();
            int from = clamp(call.integer("start", 0), sizes.length);
            int to = clamp(call.integer("end", sizes.length), sizes.length);
            return Numbers.vector(Arrays.copyOfRange(sizes, from, Math.max(from, to)));
        });
        Operators.add("Size", call -> OnnxTensor.of(Tensor.of(new long[] {call.tensor(0).numel()}).reshape()));
        Operators.add("Identity", call -> call.value(0));
        Operators.add("Reshape", 1, call -> reshape(call.tensor(0), call.integers("shape"), false));
        Operators.add("Reshape", 5, call -> reshape(call.tensor(0), call.integersOf(1), call.flag("allowzero", false)));
        Operators.add("Flatten", Shapes::flatten);
        Operators.add("Transpose", Shapes::transpose);
        Operators.add("Squeeze", 1, call -> squeeze(call, call.integers("axes")));
        Operators.add("Squeeze", 13, call -> squeeze(call, call.has(1) ? call.integersOf(1) : null));
        Operators.add("Unsqueeze", 1, call -> unsqueeze(call, call.integers("axes")));
        Operators.add("Unsqueeze", 13, call -> unsqueeze(call, call.integersOf(1)));
        Operators.add("Expand", call -> {
            Shape target = Shape.broadcast("Expand", call.tensor(0).shape(), Shape.of(call.integersOf(1)));
            return call.tensor(0).move(t -> t.expandTo(target));
        });
        Operators.add("Concat", Shapes::concat);
        Operators.addMany("Split", Shapes::split);
        Operators.add("Slice", Shapes::slice);
        Operators.add("Tile", 1, call -> {
            OnnxTensor x = call.tensor(0);
            long[] repeats = new long[x.rank()];
            Arrays.fill(repeats, 1);
            repeats[Numbers.axis(call.integerOf(2), x.rank())] = call.integerOf(1);
            return tile(x, repeats);
        });
        Operators.add("Tile", 6, call -> tile(call.tensor(0), call.integersOf(1)));
        Operators.add("DepthToSpace", Shapes::depthToSpace);
        Operators.add("SpaceToDepth", Shapes::spaceToDepth);
        Operators.add("Pad", Shapes::pad);
        Operators.add("CenterCropPad", Shapes::centerCropPad);
        Operators.add("Trilu", Shapes::trilu);
    }

    private static int clamp(long position, int size) {
        return Math.clamp(position < 0 ? position + size : position, 0, size);
    }

    // ---- shapes ----------------------------------------------------------------------------------------------------

    /** A size of 0 is copied from the input unless zeros are allowed; one of -1 is what is left over. */
    private static OnnxTensor reshape(OnnxTensor x, long[] target, boolean allowZero) {
        long[] sizes = target.clone();
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == 0 && !allowZero) {
                sizes[i] = x.size(i);
            }
        }
        return x.move(t -> t.reshape(inferred(t, sizes)));
    }

    /** A size of -1 beside a size of 0 is 0 where there is nothing to distribute. */
    private static long[] inferred(Tensor x, long[] sizes) {
        long others = 1;
        for (long size : sizes) {
            others *= size == -1 ? 1 : size;
        }
        return x.numel() == 0 && others == 0 ? Arrays.stream(sizes).map(s -> s == -1 ? 0 : s).toArray() : sizes;
    }

    private static OnnxTensor flatten(Call call) {
        OnnxTensor x = call.tensor(0);
        long[] sizes = x.shape().toArray();
        int axis = (int) call.integer("axis", 1);
        int at = axis < 0 ? axis + sizes.length : axis;
        if (at < 0 || at > sizes.length) {
            throw new IllegalArgumentException("axis " + axis + " is out of range for shape " + x.shape());
        }
        long rows = Numbers.product(sizes, 0, at);
        return x.move(t -> t.reshape(rows, Numbers.product(sizes, at, sizes.length)));
    }

    private static OnnxTensor transpose(Call call) {
        OnnxTensor x = call.tensor(0);
        long[] given = call.integers("perm");
        int rank = x.rank();
        int[] order = given != null ? Arrays.stream(given).mapToInt(axis -> (int) axis).toArray()
                : IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
        return x.move(t -> t.permute(order));
    }

    private static OnnxTensor squeeze(Call call, long[] given) {
        OnnxTensor x = call.tensor(0);
        boolean[] gone = new boolean[x.rank()];
        for (int axis : Numbers.axes(given, x.rank())) {
            gone[axis] = given != null || x.size(axis) == 1;
            if (gone[axis] && x.size(axis) != 1) {
                throw new IllegalArgumentException("axis " + axis + " of shape " + x.shape() + " has not size 1");
            }
        }
        long[] sizes = IntStream.range(0, x.rank()).filter(i -> !gone[i]).mapToLong(x::size).toArray();
        return x.move(t -> t.reshape(sizes));
    }

    private static OnnxTensor unsqueeze(Call call, long[] axes) {
        OnnxTensor x = call.tensor(0);
        int rank = x.rank() + axes.length;
        boolean[] added = new boolean[rank];
        for (int axis : Numbers.axes(axes, rank)) {
            if (added[axis]) {
                throw new IllegalArgumentException("axis " + axis + " is named twice");
            }
            added[axis] = true;
        }
        long[] sizes = new long[rank];
        for (int i = 0, next = 0; i < rank; i++) {
            sizes[i] = added[i] ? 1 : x.size(next++);
        }
        return x.move(t -> t.reshape(sizes));
    }

    // ---- joining and cutting ---------------------------------------------------------------------------------------

    private static OnnxTensor concat(Call call) {
        List<OnnxTensor> parts = call.tensors();
        int axis = (int) (call.version() < 4 ? call.integer("axis", 1) : call.integer("axis"));
        return OnnxTensor.move(parts, all -> Tensor.cat(axis, all.toArray(Tensor[]::new)));
    }

    private static List<OnnxValue> split(Call call) {
        OnnxTensor x = call.tensor(0);
        int axis = Numbers.axis(call.integer("axis", 0), x.rank());
        long[] lengths = call.version() < 13 && call.hasAttribute("split") ? call.integers("split")
                : call.has(1) ? call.integersOf(1) : null;
        if (lengths == null) {
            long parts = call.integer("num_outputs", call.outputs());
            long each = Math.ceilDiv(x.size(axis), parts);
            lengths = new long[(int) parts];
            for (int i = 0; i < parts; i++) {
                lengths[i] = Math.clamp(x.size(axis) - i * each, 0, each);
            }
        }
        return pieces(x, axis, lengths);
    }

    /** Returns pieces of the given lengths along an axis. */
    static List<OnnxValue> pieces(OnnxTensor x, int axis, long[] lengths) {
        if (Arrays.stream(lengths).sum() != x.size(axis)) {
            throw new IllegalArgumentException("lengths " + Arrays.toString(lengths) + " do not add up to the "
                    + x.size(axis) + " of axis " + axis);
        }
        List<OnnxValue> out = new ArrayList<>();
        long start = 0;
        for (long length : lengths) {
            long from = start;
            out.add(x.move(t -> t.narrow(axis, from, length)));
            start += length;
        }
        return out;
    }

    /** Bounds are attributes before version 10, inputs since. */
    private static OnnxTensor slice(Call call) {
        OnnxTensor x = call.tensor(0);
        boolean asInputs = call.version() >= 10;
        long[] starts = asInputs ? call.integersOf(1) : call.integers("starts");
        long[] ends = asInputs ? call.integersOf(2) : call.integers("ends");
        long[] given = asInputs ? (call.has(3) ? call.integersOf(3) : null) : call.integers("axes");
        int[] axes = Numbers.axes(given, given == null ? starts.length : x.rank());
        long[] steps = asInputs && call.has(4) ? call.integersOf(4) : null;
        OnnxTensor out = x;
        for (int i = 0; i < axes.length; i++) {
            int axis = axes[i];
            Steps taken = Steps.of(starts[i], ends[i], steps == null ? 1 : steps[i], x.size(axis));
            out = out.move(t -> taken.of(t, axis));
        }
        return out;
    }

    /** Positions along an axis: so many, from one on, so far apart. */
    private record Steps(long from, long count, long stride) {
        /** Resolves bounds that may count back from the axis's end, and may lie beyond it. */
        static Steps of(long start, long end, long step, long size) {
            if (step == 0) {
                throw new IllegalArgumentException("a step of 0 leads nowhere");
            }
            if (size == 0) {
                return new Steps(0, 0, 1);
            }
            boolean up = step > 0;
            long from = Math.clamp(start < 0 ? start + size : start, 0, up ? size : size - 1);
            long to = Math.clamp(end < 0 ? end + size : end, up ? 0 : -1, up ? size : size - 1);
            long stride = Math.clamp(step, -size, size); // a longer one leads out of the axis as well
            return new Steps(from, Math.max(0, Math.ceilDiv(to - from, stride)), stride);
        }

        Tensor of(Tensor x, int axis) {
            if (count == 0) {
                return x.narrow(axis, 0, 0);
            }
            return stride > 0 ? x.slice(axis, from, from + (count - 1) * stride + 1, stride)
                    : x.indexSelect(axis, Tensor.arange(count).mul(stride).add(from));
        }
    }

    private static OnnxTensor tile(OnnxTensor x, long[] repeats) {
        int rank = x.rank();
        if (repeats.length != rank) {
            throw new IllegalArgumentException(repeats.length + " numbers of repeats given for shape " + x.shape());
        }
        long[] apart = new long[2 * rank];
        long[] repeated = new long[2 * rank];
        long[] joined = new long[rank];
        for (int i = 0; i < rank; i++) {
            apart[2 * i] = 1;
            apart[2 * i + 1] = x.size(i);
            repeated[2 * i] = repeats[i];
            repeated[2 * i + 1] = x.size(i);
            joined[i] = repeats[i] * x.size(i);
        }
        return x.move(t -> t.reshape(apart).expandTo(Shape.of(repeated)).reshape(joined));
    }

    // ---- blocks ----------------------------------------------------------------------------------------------------

    private static OnnxTensor depthToSpace(Call call) {
        OnnxTensor x = call.tensor(0);
        long b = call.integer("blocksize");
        long n = x.size(0);
        long c = x.size(1) / (b * b);
        long h = x.size(2);
        long w = x.size(3);
        boolean columnsFirst = switch (call.text("mode", "DCR")) {
            case "DCR" -> false;
            case "CRD" -> true;
            default -> throw new IllegalArgumentException("attribute 'mode' must be DCR or CRD");
        };
        return x.move(t -> (columnsFirst ? t.reshape(n, c, b, b, h, w).permute(0, 1, 4, 2, 5, 3)
                : t.reshape(n, b, b, c, h, w).permute(0, 3, 4, 1, 5, 2)).reshape(n, c, h * b, w * b));
    }

    private static OnnxTensor spaceToDepth(Call call) {
        OnnxTensor x = call.tensor(0);
        long b = call.integer("blocksize");
        long n = x.size(0);
        long c = x.size(1);
        long h = x.size(2) / b;
        long w = x.size(3) / b;
        boolean channelsFirst = call.text("mode", "DCR").equals("CRD");
        return x.move(t -> t.reshape(n, c, h, b, w, b)
                .permute(channelsFirst ? new int[] {0, 1, 3, 5, 2, 4} : new int[] {0, 3, 5, 1, 2, 4})
                .reshape(n, c * b * b, h, w));
    }

    // ---- borders ---------------------------------------------------------------------------------------------------

    private static OnnxTensor pad(Call call) {
        OnnxTensor x = call.tensor(0);
        int rank = x.rank();
        long[] given = call.version() >= 11 ? call.integersOf(1)
                : call.integers(call.version() < 2 ? "paddings" : "pads");
        int[] axes = Numbers.axes(call.version() >= 18 && call.has(3) ? call.integersOf(3) : null, rank);
        if (given.length != 2 * axes.length) {
            throw new IllegalArgumentException(given.length + " pads given for " + axes.length + " axes");
        }
        long[] before = new long[rank];
        long[] after = new long[rank];
        for (int i = 0; i < axes.length; i++) {
            before[axes[i]] = given[i];
            after[axes[i]] = given[axes.length + i];
        }
        String mode = call.text("mode", "constant");
        if (mode.equals("constant")) {
            OnnxTensor fill = call.version() >= 11 && call.has(2) ? call.tensor(2)
                    : x.type() == ElementType.STRING ? OnnxTensor.ofStrings(new String[] {""})
                            : Casts.cast(OnnxTensor.of(Tensor.scalar(call.version() < 11 ? call.real("value", 0) : 0)),
                                    x.type());
            return padConstant(x, fill, before, after);
        }
        OnnxTensor out = x;
        for (int i = 0; i < rank; i++) {
            int axis = i;
            long size = x.size(i);
            long[] source = new long[Numbers.size(before[i] + size + after[i])];
            for (int j = 0; j < source.length; j++) {
                source[j] = mirrored(j - before[i], size, mode);
            }
            if (before[i] != 0 || after[i] != 0) {
                out = out.move(t -> t.indexSelect(axis, Tensor.of(source)));
            }
        }
        return out;
    }

    /** Returns where an element beyond the border comes from. */
    private static long mirrored(long position, long size, String mode) {
        return switch (mode) {
            case "edge" -> Math.clamp(position, 0, size - 1);
            case "wrap" -> Math.floorMod(position, size);
            case "reflect" -> {
                if (size == 1) {
                    yield 0;
                }
                long turn = Math.floorMod(position, 2 * (size - 1));
                yield turn < size ? turn : 2 * (size - 1) - turn;
            }
            default -> throw new IllegalArgumentException(
                    "attribute 'mode' must be constant, reflect, edge or wrap, got " + mode);
        };
    }

    /** Surrounds an array with a value; negative pads cut. */
    static OnnxTensor padConstant(OnnxTensor x, OnnxTensor fill, long[] before, long[] after) {
        return OnnxTensor.move(List.of(x, fill), parts -> {
            Tensor inner = parts.getFirst();
            for (int i = 0; i < x.rank(); i++) {
                long from = Math.max(0, -before[i]);
                long to = inner.size(i) - Math.max(0, -after[i]);
                inner = inner.narrow(i, from, Math.max(0, to - from));
            }
            long[] sizes = inner.shape().toArray();
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = Math.addExact(sizes[i], Math.max(0, before[i]) + Math.max(0, after[i]));
            }
            Tensor out = Tensor.empty(inner.dtype(), sizes).copy_(parts.get(1).reshape());
            Tensor middle = out;
            for (int i = 0; i < sizes.length; i++) {
                middle = middle.narrow(i, Math.max(0, before[i]), inner.size(i));
            }
            middle.copy_(inner);
            return out;
        });
    }

    private static OnnxTensor centerCropPad(Call call) {
        OnnxTensor x = call.tensor(0);
        long[] target = call.integersOf(1);
        int[] axes = Numbers.axes(call.integers("axes"), x.rank());
        long[] before = new long[x.rank()];
        long[] after = new long[x.rank()];
        for (int i = 0; i < axes.length; i++) {
            long more = target[i] - x.size(axes[i]);
            // Both when cropping and when padding an odd number, the end gets one more.
            before[axes[i]] = more < 0 ? -(-more / 2) : more / 2;
            after[axes[i]] = more - before[axes[i]];
        }
        OnnxTensor zero = x.type() == ElementType.STRING ? OnnxTensor.ofStrings(new String[] {""})
                : OnnxTensor.of(x.type(), Tensor.zeros(x.type().storage(), 1));
        return padConstant(x, zero, before, after);
    }

    private static OnnxTensor trilu(Call call) {
        OnnxTensor x = call.tensor(0);
        long k = call.has(1) ? call.integerOf(1) : 0;
        return x.move(t -> call.flag("upper", true) ? t.triu(k) : t.tril(k));
    }
}
