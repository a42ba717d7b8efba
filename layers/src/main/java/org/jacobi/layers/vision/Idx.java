package org.jacobi.layers.vision;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * Reads idx files of bytes, the format of MNIST's files (LeCun, Cortes and Burges), also packed by gzip.
 *
 * <p>A file is two zeros, the type of its elements (8: unsigned bytes), the number of axes, each axis's size as a big-endian 32-bit
 * number, and the elements.
 */
public final class Idx {
    private static final int UNSIGNED_BYTES = 8;
    /** What is read at a time: a size in a header must not take memory that its file does not fill. */
    private static final int CHUNK = 1 << 20;

    private Idx() {
    }

    /**
     * Returns a file's elements as a u8 tensor.
     *
     * @throws DataException if the file is missing, no idx file of bytes, cut short, or longer than it says
     */
    public static Tensor read(Path file) {
        try (InputStream plain = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = isGzip(plain) ? new BufferedInputStream(new GZIPInputStream(plain)) : plain) {
            return read(file, in);
        } catch (EOFException e) {
            throw new DataException(file + ": the packed data end too early; the file is cut short", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e, e);
        }
    }

    private static boolean isGzip(InputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip;
    }

    private static Tensor read(Path file, InputStream in) throws IOException {
        byte[] magic = header(file, in, 4, "the magic number");
        if (magic[0] != 0 || magic[1] != 0 || magic[2] != UNSIGNED_BYTES || magic[3] < 1) {
            throw new DataException(String.format(
                    "%s: begins with the bytes %02x %02x %02x %02x, expected 00 00 08 and the number of axes: not an"
                            + " idx file of unsigned bytes",
                    file, magic[0], magic[1], magic[2], magic[3]));
        }
        long[] sizes = new long[magic[3]];
        long count = 1;
        for (int i = 0; i < sizes.length; i++) {
            byte[] size = header(file, in, 4, "the size of axis " + i);
            sizes[i] = (size[0] & 0xFFL) << 24 | (size[1] & 0xFF) << 16 | (size[2] & 0xFF) << 8 | size[3] & 0xFF;
            count = Math.multiplyHigh(count, sizes[i]) != 0 ? Long.MAX_VALUE : count * sizes[i];
            if (count < 0 || count > Integer.MAX_VALUE - 8) {
                throw new DataException(file + ": says at offset " + (4 + 4 * i) + " that axis " + i + " has size "
                        + sizes[i] + ", which makes more than 2^31 elements");
            }
        }
        byte[] elements = new byte[(int) Math.min(count, CHUNK)];
        int filled = 0;
        while (filled < count) {
            if (filled == elements.length) {
                elements = Arrays.copyOf(elements, (int) Math.min(count, 2L * filled));
            }
            int read = in.readNBytes(elements, filled, elements.length - filled);
            if (read == 0) {
                throw new DataException(file + ": has " + filled + " elements after its header of "
                        + (4 + 4 * sizes.length) + " bytes, expected the " + count + " of shape " + Shape.of(sizes)
                        + "; the file is cut short");
            }
            filled += read;
        }
        if (in.read() >= 0) {
            throw new DataException(file + ": goes on after the " + count + " elements of shape " + Shape.of(sizes)
                    + " that its header announces");
        }
        return Tensor.ofBits(DType.U8, elements, sizes);
    }

    private static byte[] header(Path file, InputStream in, int bytes, String what) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            throw new DataException(file + ": ends in the header, in " + what + "; the file is cut short");
        }
        return read;
    }
}
