package org.jacobi.tensor.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Reads and writes safetensors files: the length of a header, the header in JSON, and the numbers, little-endian.
 *
 * <p>The format is described at
 * <a href="https://github.com/huggingface/safetensors">github.com/huggingface/safetensors</a>. Of its types those that
 * tensors have are supported: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL. A file is checked as if an enemy had written it: whatever
 * is wrong with it is an {@link IOException}.
 *
 * <p>Large files are not read but mapped: their tensors come from the file as they are used. They cannot be changed in
 * place. If another process shortens a mapped file, using its tensors may stop the whole JVM, and nothing in Java can
 * prevent that; if it writes into the file, the tensors change. Replace files in use by moving a new one over them, as
 * {@link #save} does: whoever has the old one mapped then keeps it.
 */
public final class Safetensors {
    /** Smaller files are copied into memory, which leaves nothing to chance; larger ones are mapped. */
    private static final long MAP_FROM = 16L << 20;
    private static final int LENGTH_BYTES = Long.BYTES;

    private Safetensors() {
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    /**
     * Returns the tensors of a file by name, in the order of the file's header.
     *
     * <p>Like all new tensors they belong to the innermost open {@link org.jacobi.tensor.TensorScope}.
     *
     * @throws SafetensorsException if the file is damaged, has an unsupported type, or changes while it is read
     * @throws IOException          if it cannot be opened
     */
    public static Map<String, Tensor> load(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (FileChannel channel = open(file)) {
            FileTime modified = Files.getLastModifiedTime(file);
            long size = channel.size();
            SafetensorsHeader header = readHeader(file, channel);
            long dataStart = LENGTH_BYTES + header.bytes();
            header.check(size - dataStart);
            MemorySegment mapped = size < MAP_FROM ? null : map(file, channel, size);
            for (var entry : header.entries()) {
                tensors.put(entry.name(), tensor(file, channel, mapped, entry, dataStart + entry.begin()));
            }
            if (channel.size() != size || !Files.getLastModifiedTime(file).equals(modified)) {
                throw new SafetensorsException(file, "the file was changed while it was read; load it again");
            }
            return tensors;
        } catch (Throwable e) {
            tensors.values().forEach(Tensor::release);
            throw e;
        }
    }

    /**
     * Returns the texts that a file's header holds beside the tensors; none make an empty map.
     *
     * @throws SafetensorsException if the header is damaged
     * @throws IOException          if the file cannot be opened
     */
    public static Map<String, String> metadata(Path file) throws IOException {
        try (FileChannel channel = open(file)) {
            return readHeader(file, channel).metadata();
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return TensorFiles.open(file, "a safetensors file",
                (problem, cause) -> new SafetensorsException(file, problem, cause));
    }

    private static MemorySegment map(Path file, FileChannel channel, long size) throws SafetensorsException {
        try {
            return channel.map(MapMode.READ_ONLY, 0, size, Arena.ofAuto());
        } catch (IOException e) {
            throw new SafetensorsException(file, "cannot be mapped: " + TensorFiles.reason(e), e);
        }
    }

    private static SafetensorsHeader readHeader(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new SafetensorsException(file,
                    "has " + size + " bytes, a safetensors file has at least " + LENGTH_BYTES
                            + "; it is another kind of file");
        }
        ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        read(file, channel, length, 0);
        long headerBytes = length.getLong(0);
        if (headerBytes < 0 || headerBytes > SafetensorsHeader.MAX_BYTES) {
            throw new SafetensorsException(file, "begins with a header length of " + Long.toUnsignedString(headerBytes)
                    + ", at most " + SafetensorsHeader.MAX_BYTES
                    + " is allowed; it is no safetensors file, or a damaged one");
        }
        if (headerBytes > size - LENGTH_BYTES) {
            throw new SafetensorsException(file, "has " + size + " bytes, but a header of " + headerBytes
                    + " bytes; the file was cut short or is no safetensors file");
        }
        ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
        read(file, channel, json, LENGTH_BYTES);
        return SafetensorsHeader.parse(file, json.array());
    }

    /**
     * Shows a tensor in the mapped file, or copies it: because no file is mapped, it is not aligned there, or its
     * values must stay what they were when they were checked.
     */
    private static Tensor tensor(Path file, FileChannel channel, MemorySegment mapped, SafetensorsHeader.Entry entry,
            long position) throws IOException {
        DType type = entry.dtype();
        if (mapped != null && position % type.bytes() == 0 && type != DType.BOOL) {
            return Tensor.foreign("Safetensors.load", type, entry.shape(), mapped.address() + position, mapped);
        }
        Tensor tensor = Tensor.make("Safetensors.load", type, entry.shape());
        try {
            long bytes = entry.end() - entry.begin();
            for (long done = 0; done < bytes; done += TensorFiles.CHUNK) {
                read(file, channel,
                        TensorFiles.buffer(tensor.hostAddress("Safetensors.load") + done,
                                Math.min(TensorFiles.CHUNK, bytes - done)),
                        position + done);
            }
            if (type == DType.BOOL) {
                requireTruthValues(file, entry, tensor);
            }
            return tensor;
        } catch (Throwable e) {
            tensor.release();
            throw e;
        }
    }

    private static void requireTruthValues(Path file, SafetensorsHeader.Entry entry, Tensor tensor)
            throws SafetensorsException {
        for (long i = 0; i < tensor.numel(); i++) {
            byte value = NativeMemory.ALL.get(ValueLayout.JAVA_BYTE, tensor.address() + i);
            if (value != 0 && value != 1) {
                throw new SafetensorsException(file, "tensor " + SafetensorsHeader.quote(entry.name())
                        + " of type BOOL holds the byte " + value + ", expected 0 or 1; the file is damaged");
            }
        }
    }

    private static void read(Path file, FileChannel channel, ByteBuffer into, long position)
            throws SafetensorsException {
        for (long at = position; into.hasRemaining();) {
            int count;
            try {
                count = channel.read(into, at);
            } catch (IOException e) {
                throw new SafetensorsException(file, "cannot be read: " + TensorFiles.reason(e), e);
            }
            if (count < 0) {
                throw new SafetensorsException(file, "the file became shorter while it was read; load it again");
            }
            at += count;
        }
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /** Writes tensors into a file as {@link #save(Path, Map, Map)} does, without further texts. */
    public static void save(Path file, Map<String, Tensor> tensors) throws IOException {
        save(file, tensors, Map.of());
    }

    /**
     * Writes tensors into a file: those with wider elements first, so that every one is aligned, otherwise in the map's
     * order.
     *
     * <p>The file is written beside its place, forced to the disk and then moved: at any moment there is either the old
     * file or the new one, whole. What a process leaves beside it that is killed meanwhile, the next save removes.
     * Tensors that are not contiguous are written as if they were.
     *
     * @param metadata texts to store beside the tensors, such as where they come from; may be empty
     * @throws IOException if the file cannot be written; what was there before is left as it was
     */
    public static void save(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Map<String, Tensor> ordered = new LinkedHashMap<>();
        tensors.entrySet().stream()
                .sorted(Comparator.comparingInt(named -> -named.getValue().dtype().bytes()))
                .forEach(named -> ordered.put(named.getKey(), named.getValue()));
        byte[] json = SafetensorsHeader.describe(file, ordered, metadata).toJson();
        ByteBuffer head = ByteBuffer.allocate(LENGTH_BYTES + json.length).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(json.length).put(json).flip();
        long bytes = head.remaining() + ordered.values().stream().mapToLong(TensorFiles::bytes).sum();
        TensorFiles.replace(file, bytes, (problem, cause) -> new SafetensorsException(file, problem, cause),
                channel -> {
                    TensorFiles.write(channel, head);
                    for (Tensor tensor : ordered.values()) {
                        TensorFiles.write(channel, tensor);
                    }
                });
    }
}
