package org.jacobi.tensor.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Reads one array in .npy format from a stream: a whole file, or a member of a .npz. */
final class NpyReader {
    /** A multiple of every element's size. */
    private static final int CHUNK = 1 << 16;

    private final Path file;
    private final String member;
    private final InputStream in;

    /**
     * Makes a reader.
     *
     * @param member the array's name in a .npz file; null for a .npy file
     */
    NpyReader(Path file, String member, InputStream in) {
        this.file = file;
        this.member = member;
        this.in = in;
    }

    /**
     * Returns the array.
     *
     * @param bytes how many bytes the whole array takes in the file, its header included: memory is only asked for once
     *              they are seen to agree with the array's shape
     */
    Tensor read(long bytes) throws IOException {
        byte[] start = in.readNBytes(NpyHeader.MAGIC.length + 2);
        if (start.length < NpyHeader.MAGIC.length + 2
                || !Arrays.equals(start, 0, NpyHeader.MAGIC.length, NpyHeader.MAGIC, 0, NpyHeader.MAGIC.length)) {
            throw error(
                    "does not begin as a .npy array does, with \\x93NUMPY and a version; it is another kind of file",
                    null);
        }
        int version = start[NpyHeader.MAGIC.length];
        if (version < 1 || version > 3 || start[NpyHeader.MAGIC.length + 1] != 0) {
            throw error("has version " + (version & 0xFF) + "." + (start[NpyHeader.MAGIC.length + 1] & 0xFF)
                    + " of the .npy format; known are 1.0, 2.0 and 3.0", null);
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        byte[] length = Arrays.copyOf(exactly(lengthBytes), Integer.BYTES);
        long headerBytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getInt() & 0xFFFFFFFFL;
        if (headerBytes > NpyHeader.MAX_BYTES) {
            throw error("has a header of " + headerBytes + " bytes, at most " + NpyHeader.MAX_BYTES
                    + " are read; the file is damaged", null);
        }
        byte[] text = exactly((int) headerBytes);
        NpyHeader header;
        try {
            header = NpyHeader.parse(version, text);
        } catch (IllegalArgumentException e) {
            throw error(e.getMessage(), e);
        }
        long dataBytes = bytes - start.length - lengthBytes - headerBytes;
        if (header.dataBytes() != dataBytes) {
            throw error("has " + dataBytes + " bytes of numbers, expected " + header.dataBytes() + " for shape "
                    + header.shape() + " of type " + header.type().name().toLowerCase(Locale.ROOT)
                    + "; the file was cut short, is damaged, or something was appended", null);
        }
        return numbers(header);
    }

    private Tensor numbers(NpyHeader header) throws IOException {
        long[] sizes = header.shape().toArray();
        Tensor tensor =
                Tensor.make("Npy.load", header.type().dtype, Shape.of(header.fortran() ? reversed(sizes) : sizes));
        try {
            fill(tensor, header);
            if (in.read() >= 0) {
                throw error("goes on behind its last number; the file is damaged", null);
            }
        } catch (Throwable e) {
            tensor.release();
            throw e;
        }
        if (!header.fortran() || sizes.length < 2) {
            return tensor;
        }
        int[] axes = new int[sizes.length];
        Arrays.setAll(axes, i -> axes.length - 1 - i);
        Tensor view = tensor.permute(axes);
        tensor.release();
        return view;
    }

    private static long[] reversed(long[] sizes) {
        long[] reversed = new long[sizes.length];
        Arrays.setAll(reversed, i -> sizes[sizes.length - 1 - i]);
        return reversed;
    }

    private void fill(Tensor tensor, NpyHeader header) throws IOException {
        int size = header.type().bytes();
        boolean plain = header.type().isPlain() && (size == 1 || header.order() == ByteOrder.nativeOrder());
        long to = tensor.hostAddress("Npy.load");
        for (long left = header.dataBytes(); left > 0;) {
            byte[] piece = exactly((int) Math.min(CHUNK, left));
            int count = piece.length / size;
            ByteBuffer target = TensorFiles.buffer(to, (long) count * tensor.dtype().bytes())
                    .order(ByteOrder.nativeOrder());
            if (plain) {
                target.put(piece);
            } else {
                convert(header.type(), ByteBuffer.wrap(piece).order(header.order()), target);
            }
            to += (long) count * tensor.dtype().bytes();
            left -= piece.length;
        }
    }

    private void convert(NpyHeader.Type type, ByteBuffer from, ByteBuffer to) throws IOException {
        while (from.hasRemaining()) {
            switch (type) {
                case B1 -> to.put(truth(from.get()));
                case I1, U1 -> to.put(from.get());
                case U2 -> to.putInt(from.getShort() & 0xFFFF);
                case I2, F2 -> to.putShort(from.getShort());
                case U4 -> to.putLong(from.getInt() & 0xFFFFFFFFL);
                // The bytes of a float are those of an int: nothing is rounded, no NaN changes.
                case I4, F4 -> to.putInt(from.getInt());
                case U8 -> to.putLong(signed(from.getLong()));
                case I8, F8 -> to.putLong(from.getLong());
            }
        }
    }

    private byte truth(byte value) throws NpyException {
        if (value != 0 && value != 1) {
            throw error("of type b1 holds the byte " + value + ", expected 0 or 1; the file is damaged", null);
        }
        return value;
    }

    private long signed(long value) throws NpyException {
        if (value < 0) {
            throw error("of type u8 holds " + Long.toUnsignedString(value) + ", which " + DType.I64
                    + " does not; convert the array to f8 first", null);
        }
        return value;
    }

    private byte[] exactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw error("ends within its header or its numbers; the file was cut short", null);
        }
        return bytes;
    }

    private NpyException error(String problem, Throwable cause) {
        return new NpyException(file, member, problem, cause);
    }
}
