package org.jacobi.layers.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.jacobi.tensor.io.FileErrors;

/**
 * The lines of text files in UTF-8, of any size: each is read when it is asked for, and only where lines begin is kept in memory,
 * 8 bytes a line. The lines of several files, such as shards, follow one another.
 *
 * <pre>{@code
 * try (LineDataset lines = new LineDataset(Path.of("clicks-0.csv"), Path.of("clicks-1.csv"))) {
 *     DataLoader<Batch> loader = DataLoader.of(lines.map(Clicks::parse)).batchSize(256)
 *             .sampler(Sampler.buffered(lines.size(), 100_000)).seed(42).workers(2).build();
 *     ...
 * }
 * }</pre>
 *
 * <p>A line ends with a line feed, before which a carriage return is left out, or with its file. Files are open until {@link #close},
 * and must not change until then.
 */
public final class LineDataset implements Dataset<String>, AutoCloseable {
    private static final int BLOCK = 1 << 16;
    private static final byte LINE_FEED = '\n';
    private static final byte CARRIAGE_RETURN = '\r';

    /** A file and where its lines begin, with the file's end behind the last. */
    private record Lines(Path file, FileChannel channel, long[] starts) {
        int count() {
            return starts.length - 1;
        }
    }

    private final List<Lines> files = new ArrayList<>();
    /** How many lines come before each file, and in the end of all. */
    private final long[] before;

    /**
     * Opens files and finds their lines, for which it reads them once.
     *
     * @throws DataException if one cannot be read
     */
    public LineDataset(Path... paths) {
        before = new long[paths.length + 1];
        try {
            for (Path path : paths) {
                Lines lines = opened(path);
                files.add(lines);
                before[files.size()] = before[files.size() - 1] + lines.count();
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static Lines opened(Path path) {
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new Lines(path, channel, starts(path, channel));
            } catch (IOException | RuntimeException | Error e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DataException(path + ": cannot be read: " + FileErrors.describe(e), e);
        }
    }

    private static long[] starts(Path path, FileChannel channel) throws IOException {
        long[] starts = new long[1024];
        int count = 0;
        long at = 0;
        boolean begins = true;
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        while (channel.read(block.clear(), at) >= 0) {
            block.flip();
            for (int i = 0; i < block.limit(); i++) {
                if (begins) {
                    if (count == Integer.MAX_VALUE / 2) {
                        throw new DataException(
                                path + ": has more than " + count + " lines; cut it into several files");
                    }
                    starts = count + 1 == starts.length ? Arrays.copyOf(starts, 2 * starts.length) : starts;
                    starts[count++] = at + i;
                }
                begins = block.get(i) == LINE_FEED;
            }
            at += block.limit();
        }
        starts[count] = at;
        return Arrays.copyOf(starts, count + 1);
    }

    @Override
    public long size() {
        return before[files.size()];
    }

    @Override
    public String get(long index) {
        int which = fileOf(index);
        Lines lines = files.get(which);
        int line = (int) (index - before[which]);
        long start = lines.starts[line];
        long length = lines.starts[line + 1] - start;
        if (length > Integer.MAX_VALUE - 8) {
            throw new DataException(describe(index) + " has " + length + " bytes; lines have up to 2^31");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) length);
        try {
            while (bytes.hasRemaining()) {
                if (lines.channel.read(bytes, start + bytes.position()) < 0) {
                    throw new EOFException("the file has become shorter");
                }
            }
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip().limit(withoutEnd(bytes))).toString();
        } catch (CharacterCodingException e) {
            throw new DataException(describe(index) + " is not text in UTF-8", e);
        } catch (IOException e) {
            throw new DataException(describe(index) + " cannot be read: " + FileErrors.describe(e), e);
        }
    }

    private static int withoutEnd(ByteBuffer line) {
        int end = line.limit();
        if (end > 0 && line.get(end - 1) == LINE_FEED) {
            end--;
            if (end > 0 && line.get(end - 1) == CARRIAGE_RETURN) {
                end--;
            }
        }
        return end;
    }

    /** Returns a line's file and its number there, from 1 as editors count. */
    @Override
    public String describe(long index) {
        int which = fileOf(index);
        return files.get(which).file + ", line " + (index - before[which] + 1);
    }

    private int fileOf(long index) {
        Objects.checkIndex(index, size());
        int found = Arrays.binarySearch(before, index);
        if (found < 0) {
            return -found - 2;
        }
        while (before[found + 1] == index) { // of a file without lines
            found++;
        }
        return found;
    }

    /** Closes the files; a line that is asked for afterwards cannot be read. */
    @Override
    public void close() {
        for (Lines lines : files) {
            try {
                lines.channel.close();
            } catch (IOException _) {
                // Nothing was written, so nothing is lost.
            }
        }
    }
}
