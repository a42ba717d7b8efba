package org.jacobi.tensor;

/**
 * What tensors and variables have in common: the ops that {@link ComposedShapes} and its siblings are composed of. What is written in terms of this interface is written once, and differentiates on variables.
 *
 * @param <T> the type itself: Tensor, or org.jacobi.autograd's Variable
 */
public interface TensorLike<T extends TensorLike<T>> {
    /** Returns the sizes of the axes. */
    Shape shape();

    /** Returns the type of the elements. */
    DType dtype();

    /** Returns where the elements live. */
    Device device();

    /** Returns the number of axes. */
    int rank();

    /** Returns the size of one axis; negative axes count from the end. */
    long size(int axis);

    /** Returns the same elements in another shape; one size may be -1. */
    T reshape(long... sizes);

    /** Returns the axes in another order. */
    T permute(int... axes);

    /** Returns this with axes of size 1 repeated to fill a shape. */
    T expandTo(Shape shape);

    /** Returns consecutive pieces of an axis, of the given lengths. */
    T[] split(int axis, long... lengths);

    /** Returns the diagonal of the matrices that two axes make, as a new last axis. */
    T diagonal(long offset, int axis1, int axis2);

    /** Returns the elements in reverse order along the given axes. */
    T flip(int... axes);

    /** Returns the elements shifted along axes; what leaves one end enters at the other. */
    T roll(long[] shifts, int[] axes);

    /** Returns this with the amounts added before and after its last axes, filled with a value. */
    T pad(long[] amounts, double value);

    /** Returns the slices along an axis that an i64 vector names. */
    T indexSelect(int axis, Tensor index);

    /** Returns the sum over the given axes, or over all when none is given. */
    T sum(int... axes);

    /** Returns the mean over the given axes, or over all when none is given, which stay with size 1 if asked for. */
    T mean(boolean keepAxes, int... axes);

    /** Returns the product with other, element by element. */
    T mul(T other);

    /** Returns other subtracted from this. */
    T sub(T other);

    /** Returns this divided by other. */
    T div(T other);

    /** Returns the larger of each element and a number. */
    T maximum(double other);

    /** Returns the square root. */
    T sqrt();

    /** Returns the matrix product, by torch.matmul's rules for vectors and batches. */
    T matmul(T other);

    /** Returns this plus a number. */
    T add(double other);

    /** Returns the magnitude of each element. */
    T abs();

    /** Returns 1 / (1 + e^-this). */
    T sigmoid();

    /** Returns the hyperbolic tangent. */
    T tanh();

    /** Returns this limited to the range from min to max. */
    T clamp(double min, double max);
}
