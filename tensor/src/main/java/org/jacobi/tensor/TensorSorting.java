package org.jacobi.tensor;

import org.jacobi.tensor.backend.ScanOp;

/**
 * The ops of a tensor that sort, select, search, count and accumulate.
 *
 * <p>Wherever elements are put in order, NaN is larger than any number, -0 equals 0, and of equal elements the first comes
 * first, which PyTorch leaves open in topk, kthvalue and median.
 */
public sealed interface TensorSorting permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Returns the elements along an axis from the smallest to the largest, and where they were. */
    default Located<Tensor> sort(int axis) {
        return sort(axis, false);
    }

    /** Returns the elements along an axis in rising or falling order, and where they were; equal ones stay in order. */
    default Located<Tensor> sort(int axis, boolean descending) {
        return Sorting.sort("sort", self(), axis, descending);
    }

    /** Returns the i64 positions of the elements along an axis from the smallest to the largest. */
    default Tensor argsort(int axis) {
        return argsort(axis, false);
    }

    /** Returns the i64 positions of the elements along an axis in rising or falling order; equal ones stay in order. */
    default Tensor argsort(int axis, boolean descending) {
        return Sorting.argsort(self(), axis, descending);
    }

    /** Returns the k largest elements along an axis, the largest first, and where they were. */
    default Located<Tensor> topk(long k, int axis) {
        return topk(k, axis, true);
    }

    /** Returns the k largest or smallest elements along an axis, the most extreme first, and where they were. */
    default Located<Tensor> topk(long k, int axis, boolean largest) {
        return Sorting.topk(self(), k, axis, largest);
    }

    /** Returns the k-th smallest element along an axis, counted from 1, and where it was. */
    default Located<Tensor> kthvalue(long k, int axis) {
        return kthvalue(k, false, axis);
    }

    /** Returns the k-th smallest element along an axis, which is kept at size 1 if asked for. */
    default Located<Tensor> kthvalue(long k, boolean keepAxis, int axis) {
        return Sorting.kthvalue(self(), k, keepAxis, axis);
    }

    /** Returns the median of all elements, of two middle ones the lower; NaN if any is NaN, or if there is none. */
    default Tensor median() {
        return Sorting.median("median", self(), false);
    }

    /** Returns the medians along an axis, of two middle elements the lower, NaN where there is one, and where they were. */
    default Located<Tensor> median(int axis) {
        return median(false, axis);
    }

    /** Returns the medians along an axis, which is kept at size 1 if asked for. */
    default Located<Tensor> median(boolean keepAxis, int axis) {
        return Sorting.median("median", self(), false, keepAxis, axis);
    }

    /** Returns the median of all elements that are not NaN, of two middle ones the lower; NaN if there is none. */
    default Tensor nanMedian() {
        return Sorting.median("nanMedian", self(), true);
    }

    /** Returns the medians of what is not NaN along an axis, and where they were; NaN where there is nothing else. */
    default Located<Tensor> nanMedian(int axis) {
        return nanMedian(false, axis);
    }

    /** Returns the medians of what is not NaN along an axis, which is kept at size 1 if asked for. */
    default Located<Tensor> nanMedian(boolean keepAxis, int axis) {
        return Sorting.median("nanMedian", self(), true, keepAxis, axis);
    }

    /**
     * Returns the number below which the part q of the elements lies, over the given axes or all: what is at q (n - 1) in
     * the sorted order, linearly between two elements. NaN where there is one.
     */
    default Tensor quantile(double q, int... axes) {
        return quantile(new double[] {q}, QuantileMethod.LINEAR, axes).select(0, 0);
    }

    /** Returns several quantiles, in a new first axis; see {@link #quantile(double, int...)}. */
    default Tensor quantile(double[] q, QuantileMethod method, int... axes) {
        self().shape().requireElements("quantile", axes);
        Tensor rows = Reductions.rows(self(), self().shape().reducedAxes("quantile", axes));
        return Sorting.quantile("quantile", rows, q, method, false);
    }

    /** Returns a quantile of what is not NaN; see {@link #quantile(double, int...)}. */
    default Tensor nanQuantile(double q, int... axes) {
        return nanQuantile(new double[] {q}, QuantileMethod.LINEAR, axes).select(0, 0);
    }

    /** Returns several quantiles of what is not NaN, in a new first axis; NaN where there is nothing else. */
    default Tensor nanQuantile(double[] q, QuantileMethod method, int... axes) {
        self().shape().requireElements("nanQuantile", axes);
        Tensor rows = Reductions.rows(self(), self().shape().reducedAxes("nanQuantile", axes));
        return Sorting.quantile("nanQuantile", rows, q, method, true);
    }

    /** Returns the different elements in rising order, how they make up this, and how often. Each NaN differs. */
    default Unique unique() {
        return Sorting.unique(self());
    }

    /** Returns the different slices along an axis, in lexicographic order, with inverse and counts. */
    default Unique unique(int axis) {
        return Sorting.unique(self(), axis);
    }

    /** Returns the elements in row-major order without repetitions of the one before, with inverse and counts. */
    default Unique uniqueConsecutive() {
        return Sorting.uniqueConsecutive(self());
    }

    /**
     * Returns where values belong in this sequence, which rises along the last axis: how many of its elements are smaller,
     * or (right) not larger. This is a vector, or has the values' shape but for the last axis.
     */
    default Tensor searchsorted(Tensor values, boolean right) {
        return Sorting.searchsorted("searchsorted", self(), values, right);
    }

    /** Returns for each element how many of the rising boundaries are smaller, or (right) not larger. */
    default Tensor bucketize(Tensor boundaries, boolean right) {
        if (Checks.required("bucketize", "the tensor of boundaries", boundaries).rank() != 1) {
            throw new IllegalArgumentException(
                    "bucketize: the boundaries must be a vector, got shape " + boundaries.shape());
        }
        return Sorting.searchsorted("bucketize", boundaries, self(), right);
    }

    /** Returns how often each of the whole numbers 0, 1, ... occurs in this vector of them, i64. */
    default Tensor bincount(long minLength) {
        return Sorting.bincount(self(), null, minLength);
    }

    /** Returns for each of the whole numbers 0, 1, ... the sum of the weights where it occurs in this vector of them. */
    default Tensor bincount(Tensor weights, long minLength) {
        return Sorting.bincount(self(), weights, minLength);
    }

    /**
     * Returns how many elements lie in each of the bins of equal width between min and max, in this tensor's type; what
     * lies outside, or is NaN, is not counted. With both 0 the limits are the smallest and the largest element.
     */
    default Tensor histc(long bins, double min, double max) {
        return Sorting.histogram(self(), Sorting.edges("histc", self(), bins, min, max)).counts();
    }

    /** Returns {@link #histc} together with the bins' edges. */
    default Histogram histogram(long bins, double min, double max) {
        return Sorting.histogram(self(), Sorting.edges("histogram", self(), bins, min, max));
    }

    /** Returns how many elements lie between neighbouring edges, the left one included; in the last bin both. */
    default Histogram histogram(Tensor edges) {
        return Sorting.histogram(self(), edges);
    }

    /** Returns the sum of the elements up to each position of an axis; integers and bool sum in i64. */
    default Tensor cumsum(int axis) {
        return Sorting.scan(ScanOp.SUM, "cumsum", self(), Reductions.sumType(self()), axis);
    }

    /** Returns the product of the elements up to each position of an axis; of integers and bool in i64. */
    default Tensor cumprod(int axis) {
        return Sorting.scan(ScanOp.PROD, "cumprod", self(), Reductions.sumType(self()), axis);
    }

    /** Returns log sum e^x of the elements up to each position of an axis, without overflow. */
    default Tensor logcumsumexp(int axis) {
        return Sorting.scan(ScanOp.LOG_SUM_EXP, "logcumsumexp", self(), Reductions.floating("logcumsumexp", self()),
                axis);
    }

    /** Returns the largest element up to each position of an axis, and its last position; NaN from the first NaN on. */
    default Located<Tensor> cummax(int axis) {
        return Sorting.scanExtreme(true, "cummax", self(), axis);
    }

    /** Returns the smallest element up to each position of an axis, and its last position; NaN from the first NaN on. */
    default Located<Tensor> cummin(int axis) {
        return Sorting.scanExtreme(false, "cummin", self(), axis);
    }

    /** Returns the differences of neighbours along an axis, each less the one before; of bool, whether they differ. */
    default Tensor diff(int axis) {
        return diff(1, axis);
    }

    /** Returns the differences of neighbours along an axis, of these the differences and so on, the given number of times. */
    default Tensor diff(int times, int axis) {
        return Sorting.diff(self(), times, axis);
    }
}
