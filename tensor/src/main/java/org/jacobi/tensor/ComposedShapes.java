package org.jacobi.tensor;

import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * The ops on shapes that are composed of others: views of views, repetition, padding with what is there. On variables they
 * differentiate because their parts do.
 *
 * @param <T> Tensor or Variable
 */
public interface ComposedShapes<T extends ComposedShapes<T>> extends TensorLike<T> {
    // ---- axes merged, cut up, moved --------------------------------------------------------------------------------

    /** Returns all axes merged into one; a scalar becomes a vector of one element. */
    default T flatten() {
        return reshape(-1);
    }

    /** Returns the axes from start to end (inclusive) merged into one. */
    default T flatten(int start, int end) {
        return rank() == 0 && shape().isAxisOfScalar(start) && shape().isAxisOfScalar(end) ? reshape(1)
                : reshape(shape().flattened(start, end).toArray());
    }

    /** Returns one axis cut up into axes of the given sizes, one of which may be -1. */
    default T unflatten(int axis, long... sizes) {
        return reshape(shape().unflattened(axis, sizes).toArray());
    }

    /** Returns two axes exchanged. */
    default T transpose(int a, int b) {
        return permute(shape().swapped(a, b));
    }

    /** Returns the transpose of a matrix. */
    default T t() {
        if (rank() != 2) {
            throw new IllegalArgumentException(
                    "t: needs a matrix, got shape " + shape() + "; use transpose(a, b) or mT()");
        }
        return transpose(0, 1);
    }

    /** Returns the matrices that the last two axes hold, transposed. */
    default T mT() {
        if (rank() < 2) {
            throw new IllegalArgumentException("mT: needs at least two axes, got shape " + shape());
        }
        return transpose(-2, -1);
    }

    /** Returns one axis moved to another place; the others keep their order. */
    default T movedim(int source, int destination) {
        return movedim(new int[] {source}, new int[] {destination});
    }

    /** Returns axes moved to other places, the first source to the first destination; the others keep their order. */
    default T movedim(int[] sources, int[] destinations) {
        return permute(shape().moved(sources, destinations));
    }

    /** Returns this with axes of size 1 repeated; -1 leaves a size as it is. */
    default T expand(long... sizes) {
        return expandTo(shape().expandedTo(Checks.required("expand", "the array of sizes", sizes)));
    }

    // ---- pieces ----------------------------------------------------------------------------------------------------

    /** Returns pieces of the given size along an axis; the last may be smaller. */
    default T[] split(int axis, long size) {
        return split(axis, shape().splitLengths(axis, size));
    }

    /** Returns at most so many pieces of equal size along an axis; the last may be smaller. */
    default T[] chunk(int axis, int chunks) {
        if (chunks < 1) {
            throw new IllegalArgumentException("chunk: the number of chunks is " + chunks + "; it must be at least 1");
        }
        long size = shape().size(shape().axis("chunk", axis));
        if (size == 0) {
            return split(axis, new long[Checks.length("chunk", chunks, "chunks")]); // so does PyTorch
        }
        return split(axis, Math.ceilDiv(size, chunks));
    }

    /** Returns so many pieces along an axis; the first ones are longer by one where the size is no multiple. */
    default T[] tensorSplit(int axis, int sections) {
        if (sections < 1) {
            throw new IllegalArgumentException("tensorSplit: " + sections + " sections; there must be at least 1");
        }
        long size = shape().size(shape().axis("tensorSplit", axis));
        long[] lengths = new long[Checks.length("tensorSplit", sections, "sections")];
        Arrays.setAll(lengths, i -> size / sections + (i < size % sections ? 1 : 0));
        return split(axis, lengths);
    }

    /** Returns the pieces of an axis between the given positions, which are cut to the axis as a slice's ends are. */
    default T[] tensorSplit(int axis, long[] positions) {
        long size = shape().size(shape().axis("tensorSplit", axis));
        // Positions in any order would make pieces overlap, as in PyTorch; lengths cannot tell that.
        long[] lengths = new long[positions.length + 1];
        long start = 0;
        for (int i = 0; i <= positions.length; i++) {
            long position = i == positions.length ? size : positions[i];
            long end = Math.clamp(position < 0 ? position + size : position, 0, size);
            if (end < start) {
                throw new IllegalArgumentException("tensorSplit: the positions " + Arrays.toString(positions)
                        + " along axis " + axis + " of shape " + shape() + " must not decrease");
            }
            lengths[i] = end - start;
            start = end;
        }
        return split(axis, lengths);
    }

    /** Returns the positions of an axis one by one, without that axis. */
    default T[] unbind(int axis) {
        int at = shape().axis("unbind", axis);
        long[] ones = new long[Checks.length("unbind", size(at), "positions")];
        Arrays.fill(ones, 1);
        T[] parts = split(at, ones);
        long[] sizes = shape().without(at).toArray();
        for (int i = 0; i < parts.length; i++) {
            parts[i] = parts[i].reshape(sizes);
        }
        return parts;
    }

    // ---- order -----------------------------------------------------------------------------------------------------

    /** Returns the elements shifted in row-major order, whatever the axes; what leaves at the end enters at the beginning. */
    default T roll(long shift) {
        return flatten().roll(new long[] {shift}, new int[] {0}).reshape(shape().toArray());
    }

    /** Returns the elements shifted along an axis; what leaves at the end enters at the beginning. */
    default T roll(long shift, int axis) {
        return roll(new long[] {shift}, new int[] {axis});
    }

    /** Returns this turned by 90 degrees k times in the plane of two axes, from the first towards the second. */
    default T rot90(int k, int a, int b) {
        if (rank() < 2 || shape().axis("rot90", a) == shape().axis("rot90", b)) {
            throw new IllegalArgumentException(
                    "rot90: needs two different axes, got " + a + " and " + b + " for shape " + shape());
        }
        return switch (Math.floorMod(k, 4)) {
            case 1 -> flip(b).permute(shape().swapped(a, b));
            case 2 -> flip(a, b);
            case 3 -> flip(a).permute(shape().swapped(a, b));
            default -> flip();
        };
    }

    // ---- more of the same ------------------------------------------------------------------------------------------

    /** Returns this repeated so many times along each axis; there are as many numbers as axes, or more for new ones. */
    default T repeat(long... counts) {
        return repeated("repeat", counts);
    }

    /** Returns this repeated, for an op of any name. */
    private T repeated(String op, long... counts) {
        if (counts.length < rank()) {
            throw new IllegalArgumentException(op + ": " + counts.length + " counts given for shape " + shape()
                    + "; there must be one for each axis, or more; tile takes fewer");
        }
        int rank = counts.length;
        long[] spread = new long[2 * rank];
        long[] repeated = new long[2 * rank];
        long[] merged = new long[rank];
        for (int i = 0; i < rank; i++) {
            long size = i < rank - rank() ? 1 : size(i - rank + rank());
            if (counts[i] < 0) {
                throw new IllegalArgumentException(
                        op + ": counts " + Arrays.toString(counts) + " must not be negative");
            }
            spread[2 * i] = 1;
            spread[2 * i + 1] = size;
            repeated[2 * i] = counts[i];
            repeated[2 * i + 1] = size;
            merged[i] = Checks.product(op, counts[i], size);
        }
        Checks.product(op, Shape.of(op, repeated).numel(), Long.BYTES);
        return reshape(spread).expandTo(Shape.of(repeated)).reshape(merged);
    }

    /** Returns this repeated so many times along each axis; what is missing at the front of the counts is 1. */
    default T tile(long... counts) {
        long[] all = new long[Math.max(rank(), counts.length)];
        Arrays.fill(all, 1);
        System.arraycopy(counts, 0, all, all.length - counts.length, counts.length);
        return repeated("tile", all);
    }

    /** Returns each element repeated so many times, as a vector. */
    default T repeatInterleave(long repeats) {
        return flatten().repeatInterleave(repeats, 0);
    }

    /** Returns each slice along an axis repeated so many times. */
    default T repeatInterleave(long repeats, int axis) {
        int at = shape().axis("repeatInterleave", axis);
        if (repeats < 0) {
            throw new IllegalArgumentException("repeatInterleave: repeats is " + repeats + "; it must not be negative");
        }
        long[] sizes = shape().toArray();
        long[] spread = Arrays.copyOf(sizes, sizes.length + 1);
        System.arraycopy(sizes, at + 1, spread, at + 2, sizes.length - at - 1);
        spread[at + 1] = 1;
        long[] repeated = spread.clone();
        repeated[at + 1] = repeats;
        sizes[at] = Checks.product("repeatInterleave", repeats, sizes[at]);
        Checks.product("repeatInterleave", Shape.of("repeatInterleave", repeated).numel(), Long.BYTES);
        return reshape(spread).expandTo(Shape.of(repeated)).reshape(sizes);
    }

    /** Returns each element repeated as often as the integer vector says, as a vector. */
    default T repeatInterleave(Tensor repeats) {
        return flatten().repeatInterleave(repeats, 0);
    }

    /** Returns each slice along an axis repeated as often as the integer vector says. */
    default T repeatInterleave(Tensor repeats, int axis) {
        int at = shape().axis("repeatInterleave", axis);
        return indexSelect(at, Construction.repeated(repeats, size(at)).to(device()));
    }

    /** Returns this with zeros added before and after its last axes; see {@link #pad(long[], double)} for the order. */
    default T pad(long... amounts) {
        return pad(amounts, 0);
    }

    /**
     * Returns this with amounts added before and after its last axes, made of what is there. Negative amounts cut off.
     *
     * @param amounts before and after the last axis, before and after the one before it, and so on, as
     *                torch.nn.functional.pad takes them
     */
    default T pad(long[] amounts, PadMode mode) {
        shape().padded(amounts); // which says what is wrong
        T out = reshape(shape().toArray());
        for (int i = 0; i < amounts.length / 2; i++) {
            int at = rank() - 1 - i;
            long before = amounts[2 * i];
            long after = amounts[2 * i + 1];
            long size = size(at);
            if (before > mode.most(size) || after > mode.most(size)) {
                throw new IllegalArgumentException("pad: " + before + " elements before and " + after + " after axis "
                        + at
                        + " of shape " + shape() + " are more than the " + mode.most(size) + " that mode " + mode
                        + " can take from the axis");
            }
            long[] index = new long[Checks.length("pad", shape().padded(amounts).size(at), "positions")];
            Arrays.setAll(index, p -> mode.source(p - before, size));
            out = out.indexSelect(at, Tensor.of(index).to(device()));
        }
        return out;
    }

    // ---- several at once: what Tensor and Variable offer under the same names --------------------------------------

    /** Returns vectors and scalars expanded to the grid that they are the coordinates of. */
    static <T extends ComposedShapes<T>> T[] meshgrid(String indexing, T[] vectors) {
        if (!Checks.required("meshgrid", "indexing", indexing).equals("ij") && !indexing.equals("xy")) {
            throw new IllegalArgumentException(
                    "meshgrid: indexing is \"" + indexing + "\"; it must be \"ij\" or \"xy\"");
        }
        boolean exchanged = indexing.equals("xy") && vectors.length >= 2;
        long[] sizes = gridSizes("meshgrid", vectors);
        T[] grids = vectors.clone();
        for (int i = 0; i < grids.length; i++) {
            long[] alone = new long[sizes.length];
            Arrays.fill(alone, 1);
            alone[i] = sizes[i];
            T grid = vectors[i].reshape(alone).expandTo(Shape.of(sizes));
            grids[i] = exchanged ? grid.transpose(0, 1) : grid;
        }
        return grids;
    }

    /** Returns the sizes of a grid with an axis for each vector. */
    private static <T extends ComposedShapes<T>> long[] gridSizes(String op, T[] vectors) {
        long[] sizes = new long[Checks.allRequired(op, "vector", vectors).length];
        for (int i = 0; i < sizes.length; i++) {
            if (vectors[i].rank() > 1) {
                throw new IllegalArgumentException(op + ": needs vectors, got shape " + vectors[i].shape());
            }
            sizes[i] = vectors[i].shape().numel();
        }
        return sizes;
    }

    /** Returns all operands expanded to the shape they broadcast to. */
    static <T extends ComposedShapes<T>> T[] broadcast(T[] operands) {
        Shape target = Shape.of();
        for (T operand : Checks.allRequired("broadcastTensors", "operand", operands)) {
            target = Shape.broadcast("broadcastTensors", target, operand.shape());
        }
        T[] expanded = operands.clone();
        for (int i = 0; i < expanded.length; i++) {
            expanded[i] = operands[i].expandTo(target);
        }
        return expanded;
    }

    /** Returns all combinations of one element of each vector, one a row. */
    static <T extends ComposedShapes<T>> T cartesianProd(T[] vectors, BiFunction<Integer, T[], T> cat) {
        if (vectors.length == 0) {
            throw new IllegalArgumentException("cartesianProd: needs at least one vector");
        }
        gridSizes("cartesianProd", vectors);
        if (vectors.length == 1) {
            return vectors[0];
        }
        T[] columns = meshgrid("ij", vectors);
        for (int i = 0; i < columns.length; i++) {
            columns[i] = columns[i].reshape(-1, 1);
        }
        return cat.apply(1, columns);
    }

    /** Returns the combinations of r elements of this vector, in order, one a row. */
    default T combinations(int r, boolean withReplacement) {
        if (rank() != 1) {
            throw new IllegalArgumentException("combinations: needs a vector, got shape " + shape());
        }
        if (r < 1) {
            throw new IllegalArgumentException("combinations: r is " + r + "; it must be at least 1");
        }
        int n = Checks.length("combinations", size(0), "elements");
        return indexSelect(0, Construction.combinations(n, r, withReplacement).to(device())).reshape(-1, r);
    }

    /** Returns matrices on the diagonal of one that is zero elsewhere; vectors count as rows, scalars as 1 x 1. */
    static <T extends ComposedShapes<T>> T blockDiag(T[] blocks, BiFunction<Integer, T[], T> cat) {
        T[] rows = Checks.allRequired("blockDiag", "block", blocks).clone();
        if (rows.length == 0) {
            throw new IllegalArgumentException("blockDiag: needs at least one block");
        }
        long columns = 0;
        for (int i = 0; i < rows.length; i++) {
            if (blocks[i].rank() > 2) {
                throw new IllegalArgumentException(
                        "blockDiag: needs matrices, block " + i + " has shape " + blocks[i].shape());
            }
            rows[i] = atLeast(2, blocks[i]);
            columns += rows[i].size(1);
        }
        long before = 0;
        for (int i = 0; i < rows.length; i++) {
            long width = rows[i].size(1);
            rows[i] = rows[i].pad(before, columns - before - width);
            before += width;
        }
        return cat.apply(0, rows);
    }

    /** Returns operands joined side by side: vectors along their only axis, others along the second. */
    static <T extends ComposedShapes<T>> T hstack(T[] parts, BiFunction<Integer, T[], T> cat) {
        T[] wide = allAtLeast("hstack", 1, parts);
        int axis = wide.length > 0 && wide[0].rank() == 1 ? 0 : 1;
        joined("hstack", axis, wide);
        return cat.apply(axis, wide);
    }

    /** Returns operands joined one below the other; vectors count as rows. */
    static <T extends ComposedShapes<T>> T vstack(T[] parts, BiFunction<Integer, T[], T> cat) {
        T[] tall = allAtLeast("vstack", 2, parts);
        joined("vstack", 0, tall);
        return cat.apply(0, tall);
    }

    /** Returns operands joined along the third axis; vectors count as (1, n, 1), matrices as (n, m, 1). */
    static <T extends ComposedShapes<T>> T dstack(T[] parts, BiFunction<Integer, T[], T> cat) {
        T[] deep = allAtLeast("dstack", 3, parts);
        joined("dstack", 2, deep);
        return cat.apply(2, deep);
    }

    /** Returns operands joined along a new axis. */
    static <T extends ComposedShapes<T>> T stack(int axis, T[] parts, BiFunction<Integer, T[], T> cat) {
        T[] wider = Checks.allRequired("stack", "part", parts).clone();
        if (wider.length == 0) {
            throw new IllegalArgumentException("stack: needs at least one tensor");
        }
        Shape first = parts[0].shape();
        if (axis < -first.rank() - 1 || axis > first.rank()) {
            throw new IllegalArgumentException("stack: axis " + axis + " is out of range: parts of shape " + first
                    + " have positions " + (-first.rank() - 1) + " to " + first.rank() + " for a new axis");
        }
        for (int i = 0; i < wider.length; i++) {
            if (!parts[i].shape().equals(first)) {
                throw new IllegalArgumentException("stack: part 0 has shape " + first + ", part " + i + " has shape "
                        + parts[i].shape() + "; all must be alike; cat joins those that differ along one axis");
            }
            wider[i] = parts[i].reshape(first.unsqueezed(axis).toArray());
        }
        return cat.apply(axis, wider);
    }

    /** Returns the shape of operands that an op joins along an axis. */
    static <T extends TensorLike<T>> Shape joined(String op, int axis, T[] parts) {
        Shape[] shapes = new Shape[Checks.allRequired(op, "part", parts).length];
        Arrays.setAll(shapes, i -> parts[i].shape());
        return Shape.joined(op, axis, shapes);
    }

    private static <T extends ComposedShapes<T>> T[] allAtLeast(String op, int rank, T[] parts) {
        T[] all = Checks.allRequired(op, "part", parts).clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = atLeast(rank, parts[i]);
        }
        return all;
    }

    /** Gives x so many axes as torch.atleast_1d, 2d and 3d do. */
    private static <T extends ComposedShapes<T>> T atLeast(int rank, T x) {
        if (x.rank() >= rank) {
            return x;
        }
        long[] sizes = IntStream.range(0, rank).mapToLong(_ -> 1).toArray();
        switch (x.rank()) {
            case 1 -> sizes[rank == 1 ? 0 : 1] = x.size(0);
            case 2 -> {
                sizes[0] = x.size(0);
                sizes[1] = x.size(1);
            }
            default -> {
            }
        }
        return x.reshape(sizes);
    }
}
