package org.jacobi.tensor.backend.cpu;

/**
 * The transforms of {@link Winograd} along one axis, of as many channels at a time as a vector has lanes.
 *
 * <p>Each does {@code count} columns of numbers: column i's first number is at {@code from + i next}, the others {@code step}
 * bytes apart, and its result at {@code to + i nextTo}, its numbers {@code stepTo} bytes apart. In the formulas a is the root of a half
 * and b the root of 2.
 */
interface WinogradLanes {
    /** Returns how many numbers make one of a column. */
    int lanes();

    /** Six numbers of an input to six. */
    void input(long from, long step, long next, long to, long stepTo, long nextTo, int count);

    /** Six sums to four outputs, to each of which a number of the bias is added. */
    void output(long from, long step, long next, long to, long stepTo, long nextTo, int count, long bias);

    /** Four outputs' gradients to those of six sums: the transpose of {@link #output}. */
    void outputBack(long from, long step, long next, long to, long stepTo, long nextTo, int count);

    /** Three places of a kernel to six factors. */
    void weight(long from, long step, long next, long to, long stepTo, long nextTo, int count);

    /** Six factors' gradients to those of three places: the transpose of {@link #weight}. */
    void weightBack(long from, long step, long next, long to, long stepTo, long nextTo, int count);

    /** Element (i, j) of a matrix goes to (j, i); distances of rows in bytes. */
    void transpose(long to, long rowTo, long from, long rowFrom, int rows, int columns);
}
