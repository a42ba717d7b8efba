package org.jacobi.layers.vision;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jacobi.tensor.Tensor;

/**
 * What ImageIO leaves out of a JPEG file's header.
 *
 * @param components  how many numbers a pixel has; 0 in a file of another format
 * @param orientation how the camera was held, from Exif data (JEITA CP-3451), 1 to 8; 1 where nothing is said
 * @param transform   how Adobe's programs say that the colours are stored, 0 to 2; -1 where they say nothing
 */
record JpegHeader(int components, int orientation, int transform) {

    private static final JpegHeader NONE = new JpegHeader(0, 1, -1);
    private static final int START_OF_IMAGE = 0xFFD8;
    private static final int START_OF_SCAN = 0xFFDA;
    private static final int APP1 = 0xFFE1;
    private static final int APP14 = 0xFFEE;
    private static final int ORIENTATION = 0x0112;
    private static final int YCCK = 2;

    /** Reads a file's header; of a file of another format there is none. */
    static JpegHeader of(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file); DataInputStream in = new DataInputStream(stream)) {
            return in.readUnsignedShort() == START_OF_IMAGE ? read(in) : NONE;
        } catch (EOFException _) {
            return NONE; // whoever decodes the image says what is wrong
        }
    }

    private static JpegHeader read(DataInputStream in) throws IOException {
        JpegHeader header = NONE;
        for (int marker = in.readUnsignedShort(); marker > 0xFF00 && marker != START_OF_SCAN; marker =
                in.readUnsignedShort()) {
            ByteBuffer segment = ByteBuffer.wrap(in.readNBytes(Math.max(0, in.readUnsignedShort() - 2)));
            if (marker == APP1 && begins(segment, "Exif\0\0")) {
                header = new JpegHeader(header.components, orientation(segment.slice(6, segment.limit() - 6)),
                        header.transform);
            } else if (marker == APP14 && begins(segment, "Adobe") && segment.limit() >= 12) {
                header = new JpegHeader(header.components, header.orientation, segment.get(11) & 0xFF);
            } else if (isFrame(marker) && segment.limit() >= 6) {
                header = new JpegHeader(segment.get(5) & 0xFF, header.orientation, header.transform);
            }
        }
        return header;
    }

    /** Returns whether a marker begins the description of a frame (SOF0 to SOF15); three of these numbers mean something else. */
    private static boolean isFrame(int marker) {
        return marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC;
    }

    /** Returns whether pixels are cyan, magenta, yellow and black, which ImageIO takes for red, green, blue and opacity. */
    boolean isForPrinting() {
        return components == 4;
    }

    private static boolean begins(ByteBuffer bytes, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
        return bytes.limit() >= wanted.length
                && bytes.slice(0, wanted.length).equals(ByteBuffer.wrap(wanted));
    }

    /** Finds the orientation among the entries of a TIFF structure's first directory, of 12 bytes each. */
    private static int orientation(ByteBuffer tiff) {
        if (tiff.limit() < 10) {
            return 1;
        }
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = tiff.getInt(4) & 0xFFFFFFFFL;
        if (directory + 2 > tiff.limit()) {
            return 1;
        }
        long end = Math.min(tiff.limit(), directory + 2 + 12L * (tiff.getShort((int) directory) & 0xFFFF));
        for (int at = (int) directory + 2; at + 12 <= end; at += 12) {
            int value = tiff.getShort(at + 8) & 0xFFFF;
            if ((tiff.getShort(at) & 0xFFFF) == ORIENTATION && value >= 1 && value <= 8) {
                return value;
            }
        }
        return 1;
    }

    /** Turns an image (C, H, W) so that it stands as it was seen. */
    Tensor upright(Tensor image) {
        Tensor turned = orientation >= 5 ? image.transpose(1, 2) : image;
        boolean vertical = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        boolean horizontal = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        Tensor flipped = vertical ? turned.flip(1) : turned;
        return (horizontal ? flipped.flip(2) : flipped).contiguous();
    }

    /**
     * Makes red, green and blue, 0 to 255, of a pixel's four numbers as they are stored: cyan, magenta, yellow and black. Adobe's
     * programs store what is left without the ink, and may store the first three as luminance and colour differences (ITU-T T.871).
     */
    void toRgb(int[] pixel) {
        if (transform == YCCK) {
            double luminance = pixel[0];
            double blue = pixel[1] - 128;
            double red = pixel[2] - 128;
            pixel[0] = 255 - clamp(luminance + 1.402 * red);
            pixel[1] = 255 - clamp(luminance - 0.344136 * blue - 0.714136 * red);
            pixel[2] = 255 - clamp(luminance + 1.772 * blue);
        }
        boolean left = transform >= 0;
        int white = left ? pixel[3] : 255 - pixel[3];
        for (int c = 0; c < 3; c++) {
            pixel[c] = Math.round((left ? pixel[c] : 255 - pixel[c]) * white / 255f);
        }
        pixel[3] = 255;
    }

    private static int clamp(double value) {
        return Math.clamp(Math.round(value), 0, 255);
    }
}
