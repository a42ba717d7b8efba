package org.jacobi.tensor;

/**
 * What is taken of one axis, or of several, in {@link Tensor#get} and {@link Tensor#set}: what NumPy and PyTorch write in
 * brackets.
 *
 * <table>
 * <caption>The same in Python</caption>
 * <tr><th>here</th><th>Python</th></tr>
 * <tr><td>{@code x.get(Index.at(0), Index.range(1, -1, 2))}</td><td>{@code x[0, 1:-1:2]}</td></tr>
 * <tr><td>{@code x.get(Index.ellipsis(), Index.from(3))}</td><td>{@code x[..., 3:]}</td></tr>
 * <tr><td>{@code x.get(Index.all(), Index.newAxis())}</td><td>{@code x[:, None]}</td></tr>
 * <tr><td>{@code x.get(Index.of(2, 0, 2))}</td><td>{@code x[[2, 0, 2]]}</td></tr>
 * <tr><td>{@code x.set(0, Index.mask(x.lt(0)))}</td><td>{@code x[x < 0] = 0}</td></tr>
 * </table>
 */
public sealed interface Index {
    /** Returns one position of an axis, which is then dropped; a negative one counts from the end. */
    static Index at(long position) {
        return new At(position);
    }

    /** Returns the positions from start to end (exclusive); negative ones count from the end. */
    static Index range(long start, long end) {
        return range(start, end, 1);
    }

    /**
     * Returns every step-th position from start to end (exclusive); negative ones count from the end, and what lies outside
     * of the axis is left out.
     *
     * @param step at least 1: as in PyTorch, an axis is not walked backwards
     */
    static Index range(long start, long end, long step) {
        if (step < 1) {
            throw new IllegalArgumentException(
                    "Index.range: step " + step + " must be at least 1; turn an axis around with flip");
        }
        return new Span(start, end, step);
    }

    /** Returns the positions from start to the end of the axis. */
    static Index from(long start) {
        return range(start, Long.MAX_VALUE);
    }

    /** Returns the positions before end. */
    static Index to(long end) {
        return range(0, end);
    }

    /** Returns a whole axis. */
    static Index all() {
        return from(0);
    }

    /** Returns as many whole axes as the other indices leave over. */
    static Index ellipsis() {
        return new Ellipsis();
    }

    /** Returns a new axis of size 1. */
    static Index newAxis() {
        return new NewAxis();
    }

    /**
     * Returns the positions that an integer tensor holds, in its shape; negative ones count from the end. Several such
     * tensors broadcast. A tensor of no axes is one position, as in {@link #at}.
     */
    static Index of(Tensor positions) {
        if (!Checks.isPosition(Checks.required("Index.of", "the tensor of positions", positions).dtype())) {
            throw new IllegalArgumentException("Index.of: positions must be integers, such as I64, got "
                    + positions.dtype() + (positions.dtype().isFloating() ? "" : "; a bool tensor is an Index.mask"));
        }
        return positions.rank() == 0 ? at(positions.getLong()) : new Positions(positions);
    }

    /** Returns the given positions; negative ones count from the end. */
    static Index of(long... positions) {
        Checks.required("Index.of", "the array of positions", positions);
        return new Positions(Tensor.of(positions));
    }

    /** Returns the positions where a bool tensor holds; it stands for as many axes as it has. */
    static Index mask(Tensor mask) {
        Checks.mask("Index.mask", mask);
        return new Mask(mask);
    }

    /** Returns the tensor that this index holds, or null. */
    default Tensor tensor() {
        return switch (this) {
            case Positions(Tensor positions) -> positions;
            case Mask(Tensor mask) -> mask;
            default -> null;
        };
    }

    /** One position. */
    record At(long position) implements Index {
    }

    /** Every step-th position from start to end. */
    record Span(long start, long end, long step) implements Index {
    }

    /** All axes that are left. */
    record Ellipsis() implements Index {
    }

    /** An axis that was not there. */
    record NewAxis() implements Index {
    }

    /** The positions in a tensor of one axis or more. */
    record Positions(Tensor positions) implements Index {
    }

    /** The positions where a tensor holds. */
    record Mask(Tensor mask) implements Index {
    }
}
