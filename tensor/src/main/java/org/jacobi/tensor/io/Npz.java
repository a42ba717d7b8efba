package org.jacobi.tensor.io;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

import org.jacobi.tensor.Tensor;

/**
 * Reads and writes .npz files, in which numpy keeps arrays by name: zip archives of {@link Npy} members, stored or deflated.
 *
 * <p>What a member holds is bounded before it is unpacked: by its array's shape, by the size that the archive declares for
 * it, and by what its packed bytes can become at most. Every member's checksum is verified.
 */
public final class Npz {
    private static final String SUFFIX = ".npy";
    /** Deflate makes at most 1032 bytes of one. */
    private static final long MAX_RATIO = 1032;
    /** No member has a date of its own: equal tensors make equal files. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private Npz() {
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    /**
     * Returns the arrays of a file by name, in the order of the archive, as {@link Npy#load} does.
     *
     * @throws NpyException if the file is damaged, has an unsupported type, or a member that is no array
     * @throws IOException  if it cannot be read
     */
    public static Map<String, Tensor> load(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        long fileBytes;
        try (var channel = TensorFiles.open(file, "a .npz file", Npy.problem(file))) {
            fileBytes = channel.size();
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (Iterator<? extends ZipEntry> entries = zip.stream().iterator(); entries.hasNext();) {
                ZipEntry entry = entries.next();
                String name = name(file, entry);
                if (tensors.containsKey(name)) {
                    throw new NpyException(file, name, "occurs twice; names must differ", null);
                }
                tensors.put(name, member(file, fileBytes, zip, entry, name));
            }
            return tensors;
        } catch (Throwable e) {
            tensors.values().forEach(Tensor::release);
            if (e instanceof ZipException || e instanceof EOFException || e instanceof IllegalArgumentException) {
                throw new NpyException(file, null, "is no zip archive that can be read, as a .npz file is ("
                        + (e instanceof EOFException ? "it ends too early" : e.getMessage())
                        + "); it is damaged or another kind of file", e);
            }
            throw e;
        }
    }

    private static String name(Path file, ZipEntry entry) throws NpyException {
        String name = entry.getName();
        if (!name.endsWith(SUFFIX)) {
            throw new NpyException(file, name, "is no array: its name does not end with " + SUFFIX, null);
        }
        return name.substring(0, name.length() - SUFFIX.length());
    }

    private static Tensor member(Path file, long fileBytes, ZipFile zip, ZipEntry entry, String name)
            throws IOException {
        long packed = entry.getCompressedSize();
        long unpacked = entry.getSize();
        boolean possible = entry.getMethod() == ZipEntry.STORED ? packed == unpacked
                : unpacked <= MAX_RATIO * packed;
        if (packed < 0 || packed > fileBytes || unpacked < 0 || !possible) {
            throw new NpyException(file, name, "is said to become " + unpacked + " bytes from " + packed
                    + " in a file of " + fileBytes + ", which cannot be; the file is damaged", null);
        }
        CRC32 checksum = new CRC32();
        Tensor tensor;
        try (var in = new CheckedInputStream(zip.getInputStream(entry), checksum)) {
            tensor = new NpyReader(file, name, in).read(unpacked);
        } catch (ZipException | EOFException e) {
            throw new NpyException(file, name, "cannot be unpacked (" + e.getMessage() + "); the file is damaged", e);
        }
        if (checksum.getValue() != entry.getCrc()) {
            tensor.release();
            throw new NpyException(file, name, "has the checksum " + Long.toHexString(checksum.getValue())
                    + ", the archive says " + Long.toHexString(entry.getCrc()) + "; the file is damaged", null);
        }
        return tensor;
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /**
     * Writes tensors into a file, unpacked as numpy.savez does: beside its place, forced to the disk and then moved.
     *
     * @throws NpyException if a tensor is BF16, which numpy lacks, or the file cannot be written; what was there before is
     *                      left as it was
     */
    public static void save(Path file, Map<String, Tensor> tensors) throws IOException {
        write(file, tensors, ZipEntry.STORED);
    }

    /** Writes as {@link #save} does, but deflated as numpy.savez_compressed does. */
    public static void saveCompressed(Path file, Map<String, Tensor> tensors) throws IOException {
        write(file, tensors, ZipEntry.DEFLATED);
    }

    private static void write(Path file, Map<String, Tensor> tensors, int method) throws IOException {
        Map<String, byte[]> headers = new LinkedHashMap<>();
        for (var named : tensors.entrySet()) {
            headers.put(named.getKey(), Npy.header(file, named.getKey(), named.getValue()));
        }
        long bytes = tensors.values().stream().mapToLong(TensorFiles::bytes).sum();
        TensorFiles.replace(file, bytes, Npy.problem(file), channel -> {
            try (ZipOutputStream zip = new ZipOutputStream(leftOpen(channel))) {
                for (var named : tensors.entrySet()) {
                    byte[] header = headers.get(named.getKey());
                    ZipEntry entry = entry(named.getKey() + SUFFIX, method, header, named.getValue());
                    zip.putNextEntry(entry);
                    write(zip, header, named.getValue());
                    zip.closeEntry();
                }
            }
        });
    }

    /** Shows a channel as a stream that whoever closes it does not close. */
    private static OutputStream leftOpen(WritableByteChannel channel) {
        return new BufferedOutputStream(Channels.newOutputStream(channel)) {
            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }

    private static ZipEntry entry(String name, int method, byte[] header, Tensor tensor) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(method);
        entry.setTimeLocal(NO_TIME);
        if (method == ZipEntry.STORED) {
            // An archive names size and checksum of a stored member before its bytes.
            CRC32 checksum = new CRC32();
            write(new CheckedOutputStream(OutputStream.nullOutputStream(), checksum), header, tensor);
            entry.setSize(header.length + TensorFiles.bytes(tensor));
            entry.setCrc(checksum.getValue());
        }
        return entry;
    }

    private static void write(OutputStream out, byte[] header, Tensor tensor) throws IOException {
        WritableByteChannel channel = Channels.newChannel(out);
        TensorFiles.write(channel, ByteBuffer.wrap(header));
        TensorFiles.write(channel, tensor);
    }
}
