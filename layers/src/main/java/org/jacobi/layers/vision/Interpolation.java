package org.jacobi.layers.vision;

/** How a pixel between others gets its number. */
public enum Interpolation {
    /** From the nearest one: for masks, whose numbers mean something. */
    NEAREST,
    /** From the four around it, by distance. */
    BILINEAR,
    /** As {@link #BILINEAR}, and from all pixels that fall on a new one where the image gets smaller: torchvision's default. */
    ANTIALIASED
}
