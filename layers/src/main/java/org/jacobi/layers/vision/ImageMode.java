package org.jacobi.layers.vision;

/** Which channels an image is read with. */
public enum ImageMode {
    /** One channel: colours become 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). */
    GRAY(1),
    /** Red, green, blue; grey images have three equal channels, transparency is dropped. */
    RGB(3),
    /** Red, green, blue, and how opaque the pixel is. */
    RGBA(4);

    private final int channels;

    ImageMode(int channels) {
        this.channels = channels;
    }

    /** Returns the number of channels. */
    public int channels() {
        return channels;
    }
}
