package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Interpolation;

/** (N, C, L), (N, C, H, W) or (N, C, D, H, W) with the axes after the second resized. */
public final class Upsample extends Layer {
    private final long[] size;
    private final double scaleFactor;
    private final Interpolation mode;
    private final boolean alignCorners;

    /** Makes each axis scaleFactor times as long, by repeating what is nearest. */
    public Upsample(double scaleFactor) {
        this(scaleFactor, Interpolation.NEAREST, false);
    }

    /** Makes each axis scaleFactor times as long. */
    public Upsample(double scaleFactor, Interpolation mode, boolean alignCorners) {
        if (!(scaleFactor > 0)) {
            throw new IllegalArgumentException("Upsample: scaleFactor is " + scaleFactor + "; it must be positive");
        }
        this.size = null;
        this.scaleFactor = scaleFactor;
        this.mode = mode;
        this.alignCorners = alignCorners;
    }

    /** Gives the axes the sizes asked for. */
    public Upsample(long[] size, Interpolation mode, boolean alignCorners) {
        this.size = size.clone();
        this.scaleFactor = 0;
        this.mode = mode;
        this.alignCorners = alignCorners;
    }

    @Override
    protected Variable compute(Variable x) {
        return size == null ? x.interpolate(scaleFactor, mode, alignCorners) : x.interpolate(size, mode, alignCorners);
    }
}
