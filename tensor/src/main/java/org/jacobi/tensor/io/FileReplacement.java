package org.jacobi.tensor.io;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.Tensor;

/** Writes files so that at any moment there is either the old one or the new one, whole. */
final class FileReplacement {
    private static final int CHUNK = 16 << 20;

    /** Writes a file's content. */
    @FunctionalInterface
    interface Content {
        void write(FileChannel channel) throws IOException;
    }

    private FileReplacement() {
    }

    /**
     * Writes a file beside its place, forces it to the disk and moves it there.
     *
     * @throws NoSuchFileException if the folder does not exist
     * @throws IOException         if the file cannot be written; what was there before is left as it was
     */
    static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        if (!Files.isDirectory(target.getParent())) {
            throw new NoSuchFileException(file.toString(), null,
                    "the folder " + target.getParent() + " does not exist; create it first");
        }
        Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (var channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.write(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        forceFolder(target.getParent());
    }

    /** Writes a tensor's elements in row-major order. */
    static void write(WritableByteChannel channel, Tensor tensor) throws IOException {
        long bytes = tensor.numel() * tensor.dtype().bytes();
        if (tensor.isContiguous()) {
            for (long done = 0; done < bytes; done += CHUNK) {
                write(channel, buffer(tensor.address() + done, Math.min(CHUNK, bytes - done)));
            }
            Reference.reachabilityFence(tensor);
        } else if (bytes <= CHUNK) {
            Tensor copy = tensor.copy();
            write(channel, copy);
            copy.release();
        } else {
            // Slice by slice: saving takes no second copy of a large tensor.
            for (long i = 0; i < tensor.size(0); i++) {
                Tensor slice = tensor.select(0, i);
                write(channel, slice);
                slice.release();
            }
        }
    }

    static void write(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Shows native memory as a buffer. */
    static ByteBuffer buffer(long address, long bytes) {
        return NativeMemory.ALL.asSlice(address, bytes).asByteBuffer();
    }

    /** Makes the move itself last through a power failure; Windows neither needs nor allows it. */
    private static void forceFolder(Path folder) throws IOException {
        if (!System.getProperty("os.name").startsWith("Windows")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
