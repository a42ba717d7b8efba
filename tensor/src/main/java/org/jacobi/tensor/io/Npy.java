package org.jacobi.tensor.io;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

import org.jacobi.tensor.Tensor;

/**
 * Reads and writes .npy files, in which numpy keeps one array each.
 *
 * <p>The format is described at
 * <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>; versions 1.0, 2.0
 * and 3.0 are read, of either byte order and in C or Fortran order, and 1.0 is written. Types that tensors lack become the
 * smallest one that holds all their numbers: u2 becomes I32, u4 becomes I64; u8 becomes I64 too, and is refused if
 * a number is too large for it. Arrays of Python objects are refused, never unpickled. A file is checked as if an enemy had
 * written it, before memory is taken for its numbers.
 */
public final class Npy {
    private Npy() {
    }

    /**
     * Returns the array of a file; one in Fortran order comes as a view whose first axis runs fastest.
     *
     * @throws NpyException if the file is damaged or has an unsupported type
     * @throws IOException  if it cannot be read
     */
    public static Tensor load(Path file) throws IOException {
        try (FileChannel channel = TensorFiles.open(file, "a .npy file", problem(file));
                InputStream in = new BufferedInputStream(Channels.newInputStream(channel))) {
            return new NpyReader(file, null, in).read(channel.size());
        }
    }

    /**
     * Writes a tensor into a file: beside its place, forced to the disk and then moved.
     *
     * @throws NpyException if the tensor is BF16, which numpy lacks, or the file cannot be written; what was there before is
     *                      left as it was
     */
    public static void save(Path file, Tensor tensor) throws IOException {
        byte[] header = header(file, null, tensor);
        TensorFiles.replace(file, header.length + TensorFiles.bytes(tensor), problem(file), channel -> {
            TensorFiles.write(channel, ByteBuffer.wrap(header));
            TensorFiles.write(channel, tensor);
        });
    }

    static TensorFiles.Problem problem(Path file) {
        return (problem, cause) -> new NpyException(file, null, problem, cause);
    }

    static byte[] header(Path file, String member, Tensor tensor) throws NpyException {
        try {
            return NpyHeader.describe(tensor);
        } catch (IllegalArgumentException e) {
            throw new NpyException(file, member, e.getMessage(), e);
        }
    }
}
