package org.jacobi.tensor.io;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * What the formats share: files are opened only where they are files, and written so that at any moment there is either
 * the old one or the new one, whole.
 */
final class TensorFiles {
    static final int CHUNK = 16 << 20;
    private static final String TEMPORARY = ".tmp";
    /** What this process is writing: its other threads must not even open these, which would end their locks. */
    private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

    /** Writes a file's content. */
    @FunctionalInterface
    interface Content {
        void write(FileChannel channel) throws IOException;
    }

    /** Makes a format's exception, which names the file, of what is wrong with it and the cause, which may be null. */
    @FunctionalInterface
    interface Problem {
        IOException of(String problem, Throwable cause);
    }

    private TensorFiles() {
    }

    /** Opens a file, and nothing else: opening a pipe may never return, and a device may never end. */
    static FileChannel open(Path file, String expected, Problem problem) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        if (!found.isRegularFile()) {
            throw problem.of(kind(found.isDirectory()) + ", expected " + expected, null);
        }
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    private static String kind(boolean folder) {
        return folder ? "is a folder" : "is no file but a pipe, a socket or a device";
    }

    /**
     * Writes a file beside its place, forces it to the disk and moves it there.
     *
     * @param bytes how many bytes the content takes at most
     * @throws IOException the format's, if the file cannot be written; what was there before is left as it was
     */
    static void replace(Path file, long bytes, Problem problem, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        if (!Files.isDirectory(target.getParent())) {
            throw problem.of("the folder " + target.getParent() + " does not exist; create it first", null);
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw problem.of(kind(Files.isDirectory(target)) + ", which is not replaced; give another name", null);
        }
        removeAbandoned(target);
        Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + TEMPORARY);
        IN_USE.add(temporary);
        try (var channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            lock(channel);
            content.write(channel);
            channel.force(true);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AccessDeniedException e) {
            throw problem
                    .of("cannot be written: access to " + target.getParent() + " is denied; save elsewhere. What was"
                            + " there before is kept", e);
        } catch (IOException e) {
            delete(temporary);
            throw problem.of("cannot be written: " + reason(e) + "; it takes " + bytes + " bytes"
                    + room(target.getParent()) + "; make room or save elsewhere. What was there before is kept", e);
        } finally {
            delete(temporary);
            IN_USE.remove(temporary);
        }
        forceFolder(target.getParent());
    }

    /** Marks a file as in use for as long as the channel is open; where there are no locks, it stays unmarked. */
    private static void lock(FileChannel channel) {
        try {
            channel.lock();
        } catch (IOException _) {
            // then it is never taken for abandoned either
        }
    }

    /**
     * Removes what processes left that were killed while they saved this file: nobody's mark is on it. It is not yet on
     * a file that was just made, which has no content before.
     */
    private static void removeAbandoned(Path target) throws IOException {
        FileTime justMade = FileTime.from(Instant.now().minusSeconds(60));
        Pattern name = Pattern.compile(Pattern.quote(target.getFileName() + ".") + "[0-9a-f-]{36}"
                + Pattern.quote(TEMPORARY));
        try (var siblings = Files.newDirectoryStream(target.getParent(),
                file -> name.matcher(file.getFileName().toString()).matches()
                        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !IN_USE.contains(file))) {
            for (Path file : siblings) {
                try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    if (channel.tryLock() != null
                            && (channel.size() > 0 || Files.getLastModifiedTime(file).compareTo(justMade) < 0)) {
                        Files.delete(file);
                    }
                } catch (IOException | OverlappingFileLockException _) {
                    // another user's, or just moved to its place, or not to be locked: not ours to remove
                }
            }
        }
    }

    private static String room(Path folder) {
        try {
            return ", and " + Files.getFileStore(folder).getUsableSpace() + " are free there";
        } catch (IOException _) {
            return ""; // the folder itself is gone
        }
    }

    /** Deletes what was not moved to its place; where that fails too, the next save tries again. */
    private static void delete(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException _) {
            // what went wrong first is what there is to tell
        }
    }

    /** Makes the move itself last through a power failure; Windows neither needs nor allows it. */
    private static void forceFolder(Path folder) throws IOException {
        if (!System.getProperty("os.name").startsWith("Windows")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Returns why the system refused something; its exceptions often hold the name of a file and nothing else. */
    static String reason(IOException e) {
        return e instanceof FileSystemException || e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Returns how many bytes a tensor's elements take in a file. */
    static long bytes(Tensor tensor) {
        return tensor.numel() * tensor.dtype().bytes();
    }

    /** Writes a tensor's elements in row-major order. */
    static void write(WritableByteChannel channel, Tensor tensor) throws IOException {
        long bytes = bytes(tensor);
        if (tensor.device() != Device.CPU) {
            Tensor host = tensor.cpu();
            write(channel, host);
            host.release();
        } else if (tensor.isContiguous()) {
            for (long done = 0; done < bytes; done += CHUNK) {
                write(channel, buffer(tensor.hostAddress("save") + done, Math.min(CHUNK, bytes - done)));
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
}
