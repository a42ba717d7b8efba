package org.jacobi.tensor;

/** Arithmetic on strides: how far apart, in elements, neighbours along each axis lie. */
final class Strides {
    private Strides() {
    }

    /** Returns the strides that show elements of a shape in another shape, or null if only a copy can. */
    static long[] viewAs(Shape shape, long[] strides, Shape target) {
        int rank = shape.rank();
        if (shape.numel() == 0 || rank == 0 || areContiguous(shape, strides)) {
            return target.contiguousStrides();
        }
        long[] out = new long[target.rank()];
        int at = target.rank() - 1;
        long base = strides[rank - 1];
        long mine = 1;
        // Walk from the last axis; a run of axes whose strides are regular may be cut up in any other way.
        for (int axis = rank - 1; axis >= 0; axis--) {
            mine *= shape.size(axis);
            boolean runEnds = axis == 0 || shape.size(axis - 1) != 1 && strides[axis - 1] != mine * base;
            if (runEnds) {
                long theirs = 1;
                while (at >= 0 && (theirs < mine || target.size(at) == 1)) {
                    out[at] = theirs * base;
                    theirs *= target.size(at);
                    at--;
                }
                if (theirs != mine) {
                    return null;
                }
                mine = 1;
                base = axis == 0 ? 0 : strides[axis - 1];
            }
        }
        return out;
    }

    /** Returns whether the elements lie in row-major order without gaps. */
    static boolean areContiguous(Shape shape, long[] strides) {
        long expected = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            if (shape.size(i) != 1 && strides[i] != expected && shape.numel() != 0) {
                return false;
            }
            expected *= shape.size(i);
        }
        return true;
    }

    /** Returns the entries but one. */
    static long[] without(long[] entries, int at) {
        long[] fewer = new long[entries.length - 1];
        System.arraycopy(entries, 0, fewer, 0, at);
        System.arraycopy(entries, at + 1, fewer, at, fewer.length - at);
        return fewer;
    }
}
