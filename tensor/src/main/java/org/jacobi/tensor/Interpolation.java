package org.jacobi.tensor;

/** How {@code interpolate} makes numbers between those that are there, along each axis by itself. */
public enum Interpolation {
    /** The element that the output's left edge lies in. */
    NEAREST,
    /** The element that the output's middle lies in. */
    NEAREST_EXACT,
    /** The straight line through two neighbours: PyTorch's linear, bilinear and trilinear. */
    LINEAR,
    /** The cubic convolution of four neighbours (Keys, 1981): PyTorch's bicubic. */
    CUBIC,
    /** The average of the elements that the output covers: an adaptive average pooling. */
    AREA
}
